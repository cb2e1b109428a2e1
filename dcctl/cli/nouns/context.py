"""``dcctl context``: named configurations."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, session_of
from dcctl.config import use_context
from dcctl.render.nouns.context import CONTEXT, Context


def list_contexts(
    context: typer.Context,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    sort: opt.Sort = [],  # noqa: B006
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """List the contexts of the configuration file; the selected one is marked."""
    session = session_of(context)
    shown = session.output(CONTEXT, list_options(session, output, columns, sort, filters, no_header, quiet))
    selected = session.config.context.value
    shown.list(Context(name, driver, name == selected) for name, driver in session.config.contexts.items())


def use(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The context to select.", metavar="NAME")],
) -> None:
    """Select a context: changes one word of the configuration file."""
    session = session_of(context)
    use_context(session.config_file, name)
    session.note(f"{name} is selected")


VERBS = {"list": list_contexts, "use": use}
