"""The words of ``dcctl instance create``."""

from __future__ import annotations

import typer

from dcctl.cli.create.making import create_instance
from dcctl.cli.create.wanted import Wanted
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of


def create(context: typer.Context, wanted: Wanted, *, shown: Shown) -> None:
    """Create an instance from an image, sized by a hardware profile.

    \b
    dcctl instance create --image debian-12 --hwp small --ssh-key ~/.ssh/id_ed25519.pub --for address
    dcctl instance create --image debian-12 --hwp small --count 3 --name 'web-{}'
    """
    create_instance(session_of(context), wanted, shown)


VERBS = {"create": Verb(create, RESULT, gathers=Wanted)}
