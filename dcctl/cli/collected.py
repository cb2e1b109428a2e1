"""The verbs that every optional collection has: list, show and destroy."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import raise_unanswered, session_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from dcctl.cli.session import Session
    from dcctl.collected import Collected
    from dcctl.lookup import Named
    from dcctl.render.noun import Noun

    Thing = TypeVar("Thing", bound=Named)


def list_verb(noun: Noun[Thing], of: Callable[[Session], Collected[Thing, Any]], summary: str) -> Verb:
    """``list``: everything, or what a realm has. ``of`` gives the collection of the session's cloud."""

    def command(context: typer.Context, realm: opt.RealmOption = None, *, shown: Shown) -> None:
        session = session_of(context)
        output = session.output(noun, shown)
        found = of(session).all(realm)
        output.list(found.items)
        raise_unanswered(found.failures, f"{noun.name}s")

    command.__doc__ = summary
    return Verb(command, ROWS)


def show_verb(noun: Noun[Thing], find: Callable[[Session, str], Thing], summary: str) -> Verb:
    """``show``: one thing, which ``find`` gets by its name."""

    def command(context: typer.Context, name: opt.Name, *, shown: Shown) -> None:
        session = session_of(context)
        output = session.output(noun, shown)
        output.one(find(session, name))

    command.__doc__ = summary
    return Verb(command, ONE)


def destroy_verb(
    noun: Noun[Thing],
    of: Callable[[Session], Collected[Thing, Any]],
    remove: Callable[[Session, Thing], None],
    summary: str,
) -> Verb:
    """``destroy``: all that are named, after asking; ``remove`` removes one."""

    def command(
        context: typer.Context,
        names: opt.Names,
        yes: opt.Yes = False,
        ignore_missing: opt.IgnoreMissing = False,
        dry_run: opt.DryRun = False,
        *,
        shown: Shown,
    ) -> None:
        from dcctl.cli.destroying import destroy_collected  # noqa: PLC0415  lists need none of it

        session = session_of(context)
        destroy_collected(
            session,
            of(session),
            lambda thing: remove(session, thing),
            noun,
            names,
            shown,
            yes=yes,
            ignore_missing=ignore_missing,
            dry_run=dry_run,
        )

    command.__doc__ = summary
    return Verb(command, RESULT)
