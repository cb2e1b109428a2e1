"""``dcctl instance suspend``: a module of its own, so that the other verbs need not pay for its option."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.actions import Manner, act
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.model import Action


def suspend(
    context: typer.Context,
    names: opt.Names,
    to_disk: Annotated[
        bool,
        typer.Option("--to-disk", help="Write their memory to disk: they take none, and outlast their host's end."),
    ] = False,
    wait: opt.Wait = True,
    timeout: opt.Timeout = None,
    force: opt.Force = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Suspend instances: they keep their memory and take no processor time. resume goes on from there.

    \b
    dcctl instance suspend web --to-disk
    """
    manner = Manner(wait=wait, timeout=timeout, force=force, to_disk=to_disk, dry_run=dry_run)
    act(session_of(context), Action.SUSPEND, names, manner, shown)


VERBS = {
    "suspend": Verb(suspend, RESULT),
}
