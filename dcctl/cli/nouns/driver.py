"""``dcctl driver``: which drivers there are, and what one declares."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl import registry
from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, session_of
from dcctl.render.nouns.driver import DRIVER, SOURCE, DriverRow


def list_drivers(
    context: typer.Context,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    sort: opt.Sort = [],  # noqa: B006
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """List the drivers that can be had by name. None is imported."""
    session = session_of(context)
    shown = session.output(SOURCE, list_options(session, output, columns, sort, filters, no_header, quiet))
    shown.list(registry.sources())


def show(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A name or module:Class; the selected driver if none is given.", metavar="NAME")
    ] = None,
    output: opt.Output = None,
) -> None:
    """Show what a driver declares: actions, what create takes, settings, options of its realms."""
    from dcctl.abilities import OPTIONAL  # noqa: PLC0415  the list imports no driver's words

    session = session_of(context)
    driver = session.driver if name is None else registry.load(name)
    optional = [ability.__name__ for ability in OPTIONAL if issubclass(driver, ability)]
    row = DriverRow(driver, f"{driver.__module__}:{driver.__qualname__}", optional)
    session.output(DRIVER, session.options(output)).one(row)


VERBS = {"list": list_drivers, "show": show}
