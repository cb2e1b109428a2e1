"""``dcctl context``: named configurations."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli.options import ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.config import use_context
from dcctl.render.nouns.context import CONTEXT, Context


def list_contexts(context: typer.Context, *, shown: Shown) -> None:
    """List the contexts of the configuration file; the selected one is marked."""
    session = session_of(context)
    output = session.output(CONTEXT, shown)
    selected = session.config.context.value
    output.list(Context(name, driver, name == selected) for name, driver in session.config.contexts.items())


def use(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The context to select.", metavar="NAME")],
) -> None:
    """Select a context: changes one word of the configuration file."""
    session = session_of(context)
    use_context(session.config_file, name)
    session.note(f"{name} is selected")


VERBS = {
    "list": Verb(list_contexts, ROWS),
    "use": Verb(use),
}
