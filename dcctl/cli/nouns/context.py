"""``dcctl context``: named configurations."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text
from dcctl.config import check_context, use_context
from dcctl.render.nouns.context import CONTEXT, Context
from dcctl.words import visible


def list_contexts(context: typer.Context, *, shown: Shown) -> None:
    """List the contexts of the configuration file; the selected one is marked."""
    session = session_of(context)
    output = session.output(CONTEXT, shown)
    selected = session.config.context.value
    output.list(Context(name, driver, name == selected) for name, driver in session.config.contexts.items())


def use(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The context to select.", metavar="NAME", callback=must_be_text)],
    dry_run: opt.DryRun = False,
) -> None:
    """Select a context: changes one word of the configuration file."""
    session = session_of(context)
    path = session.config_file
    if dry_run:
        check_context(path, name)
        session.environment.stdout.write(f"{visible(path)}: context: {visible(name)}\n")
        return
    use_context(path, name)
    session.note(f"{name} is selected")


VERBS = {
    "list": Verb(list_contexts, ROWS),
    "use": Verb(use),
}
