"""``dcctl doctor``: what is wrong with realms and with dcctl itself."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ROWS, Shown, Verb
from dcctl.cli.session import session_of


def check(
    context: typer.Context,
    realm: opt.RealmOption = None,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended, saying each step.")] = False,
    yes: opt.Yes = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Look at this machine and at every realm, and say what is good and what is wrong. dcctl doctor alone is the same.

    Nothing is changed without --fix. With it only that is removed which dcctl made, by its name, and which belongs to nobody.

    \b
    dcctl doctor
    dcctl doctor --fix --dry-run
    """
    from dcctl.cli.diagnosis import examine  # noqa: PLC0415  beside its only use

    examine(session_of(context), realm, shown, fix=fix, yes=yes, dry_run=dry_run)


VERBS = {
    "check": Verb(check, ROWS),
}
