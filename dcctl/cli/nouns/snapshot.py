"""``dcctl snapshot``: what instances were at a moment."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text
from dcctl.render.nouns.snapshot import SNAPSHOT

Owner = Annotated[
    str,
    typer.Argument(help="The instance: a name, an id or REALM/NAME.", metavar="INSTANCE", callback=must_be_text),
]
Name = Annotated[str, typer.Argument(help="The name of the snapshot.", metavar="SNAPSHOT", callback=must_be_text)]


def list_snapshots(context: typer.Context, instance: Owner, *, shown: Shown) -> None:
    """List the snapshots of an instance, the oldest first."""
    session = session_of(context)
    output = session.output(SNAPSHOT, shown)
    snapshots = session.cloud.snapshots
    output.list(snapshots.of(session.cloud.instance(instance)))


def show(context: typer.Context, instance: Owner, name: Name, *, shown: Shown) -> None:
    """Show one snapshot."""
    session = session_of(context)
    output = session.output(SNAPSHOT, shown)
    snapshots = session.cloud.snapshots
    output.one(snapshots.one(session.cloud.instance(instance), name))


def create(
    context: typer.Context,
    instance: Owner,
    name: Annotated[str, typer.Argument(help="What to call it.", metavar="NEW_NAME", callback=must_be_text)],
    description: opt.DescriptionText = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Take a snapshot of an instance: of its disks and, unless it is stopped, of its memory. It goes on as before.

    \b
    dcctl snapshot create web before-upgrade
    dcctl snapshot revert web before-upgrade --yes
    """
    from dcctl.cli.snapshots import create_snapshot  # noqa: PLC0415  lists need none of it

    create_snapshot(session_of(context), instance, name, description, shown, dry_run=dry_run)


def revert(
    context: typer.Context,
    instance: Owner,
    name: Name,
    yes: opt.Yes = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Make an instance again what it was, running or not. What it became since is lost, unless there is a snapshot of it."""
    from dcctl.cli.snapshots import revert_snapshot  # noqa: PLC0415  lists need none of it

    revert_snapshot(session_of(context), instance, name, shown, yes=yes, dry_run=dry_run)


def destroy(
    context: typer.Context,
    instance: Owner,
    names: Annotated[
        list[str],
        typer.Argument(help="Names of snapshots; - reads them from standard input.", metavar="SNAPSHOT..."),
    ],
    yes: opt.Yes = False,
    ignore_missing: opt.IgnoreMissing = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Forget snapshots. What the instance is now stays."""
    from dcctl.cli.snapshots import destroy_snapshots  # noqa: PLC0415  lists need none of it

    destroy_snapshots(
        session_of(context), instance, names, shown, yes=yes, ignore_missing=ignore_missing, dry_run=dry_run
    )


VERBS = {
    "list": Verb(list_snapshots, ROWS),
    "show": Verb(show, ONE),
    "create": Verb(create, RESULT),
    "revert": Verb(revert, RESULT),
    "destroy": Verb(destroy, RESULT),
}
