"""``dcctl hwp``: hardware profiles, from the catalogue."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.render.nouns.hwp import HWP


def list_profiles(context: typer.Context, *, shown: Shown) -> None:
    """List hardware profiles: what each property may be, and its default.

    \b
    dcctl hwp list -f memory=4GiB -f architecture=x86_64
    """
    session = session_of(context)
    session.output(HWP, shown).list(session.catalogue.profiles.values())


def show(context: typer.Context, name: opt.ProfileName, *, shown: Shown) -> None:
    """Show one hardware profile."""
    session = session_of(context)
    session.output(HWP, shown).one(session.catalogue.profile(name))


VERBS = {
    "list": Verb(list_profiles, ROWS),
    "show": Verb(show, ONE),
}
