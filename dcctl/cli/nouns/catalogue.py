"""``dcctl catalogue``: the file with profiles and realms."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli.options import ONE, RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.errors import raise_all
from dcctl.render.nouns.catalogue import CATALOGUE


def show(context: typer.Context, *, shown: Shown) -> None:
    """Show what the catalogue holds, whatever the driver."""
    session = session_of(context)
    session.output(CATALOGUE, shown).one(session.catalogue)


def check(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(help="Check this file; the selected catalogue if none is given.", metavar="FILE")
    ] = None,
    *,
    shown: Shown,
) -> None:
    """Check a catalogue: every problem as file:line:column, and what would be right."""
    from dcctl import catalogue  # noqa: PLC0415  no other command here needs the module

    session = session_of(context)
    output = session.output(CATALOGUE, shown)
    path = file if file is not None else session.config.catalogue.value
    found, problems = catalogue.inspect(path)
    from dcctl.cli.sections import section_problems  # noqa: PLC0415  checking only

    raise_all([*problems, *section_problems(session, found)])
    output.list([found])


VERBS = {
    "show": Verb(show, ONE),
    "check": Verb(check, RESULT),
}
