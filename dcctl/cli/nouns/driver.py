"""``dcctl driver``: which drivers there are, and what one declares."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl import registry
from dcctl.cli.options import ONE, ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.render.nouns.driver import DRIVER, SOURCE, DriverRow


def list_drivers(context: typer.Context, *, shown: Shown) -> None:
    """List the drivers that can be had by name. None is imported."""
    session = session_of(context)
    session.output(SOURCE, shown).list(registry.sources())


def show(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A name or module:Class; the selected driver if none is given.", metavar="NAME")
    ] = None,
    *,
    shown: Shown,
) -> None:
    """Show what a driver declares: actions, what create takes, settings, options of its realms."""
    from dcctl.abilities import OPTIONAL  # noqa: PLC0415  the list imports no driver's words

    session = session_of(context)
    driver = session.driver if name is None else registry.load(name)
    optional = [ability.__name__ for ability in OPTIONAL if issubclass(driver, ability)]
    row = DriverRow(driver, f"{driver.__module__}:{driver.__qualname__}", optional)
    session.output(DRIVER, shown).one(row)


VERBS = {
    "list": Verb(list_drivers, ROWS),
    "show": Verb(show, ONE),
}
