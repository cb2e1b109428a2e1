"""``dcctl snapshot create``, ``revert`` and ``destroy``: from what was typed to what then is."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.rows import row_of, rows_of
from dcctl.cli.words_given import names_given
from dcctl.errors import DcctlError, NotFound
from dcctl.lookup import or_error
from dcctl.nouns.snapshots import Snapshot, SnapshotSpec
from dcctl.render.nouns.instance import INSTANCE
from dcctl.render.nouns.snapshot import SNAPSHOT
from dcctl.words import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session


def create_snapshot(
    session: Session, instance: str, name: str, description: str | None, shown: Shown, *, dry_run: bool
) -> None:
    """Take it and show it; in a dry run, the snapshot that there would be."""
    output = session.output(SNAPSHOT, shown)
    snapshots = session.cloud.snapshots
    owner = session.cloud.instance(instance)
    spec = SnapshotSpec(name, description or None)
    snapshots.check_create(owner, spec)
    snapshot = Snapshot(name, owner.name, owner.state, owner.realm, description=spec.description)
    if not dry_run:
        session.begin_work()
        with Progress(session, f"snapshot {owner.name}") as progress:
            snapshot = snapshots.create(owner, spec, progress.job(owner.name))
    output.list([snapshot])


def revert_snapshot(session: Session, instance: str, name: str, shown: Shown, *, yes: bool, dry_run: bool) -> None:
    """Go back and show the instance; in a dry run, the instance as it is and the snapshot in a note."""
    output = session.output(INSTANCE, shown)
    if not dry_run:
        session.require_consent([instance], yes=yes)
    snapshots = session.cloud.snapshots
    owner = session.cloud.instance(instance, *output.fields)
    snapshot = snapshots.one(owner, name)
    snapshots.check_revert(owner, snapshot)
    if dry_run:
        session.note(f"{owner.name} would be again what it was when {snapshot.name} was taken: {snapshot.state}")
        output.list([row_of(session, owner, output)])
        return
    session.confirm(f"Lose what {owner.name} became since {snapshot.name}?", yes=yes)
    session.begin_work()
    with Progress(session, f"revert {owner.name}") as progress:
        reverted = snapshots.revert(owner, snapshot, progress.job(owner.name))
    output.list(rows_of(session, [reverted], output))


def destroy_snapshots(
    session: Session,
    instance: str,
    names: Sequence[str],
    shown: Shown,
    *,
    yes: bool,
    ignore_missing: bool,
    dry_run: bool,
) -> None:
    """Forget them, one after the other since they share a disk, and show those that are gone."""
    output = session.output(SNAPSHOT, shown)
    if not dry_run:
        session.require_consent(names, yes=yes)
    wanted = names_given(names, session)
    snapshots = session.cloud.snapshots
    owner = session.cloud.instance(instance)
    there = {snapshot.name: snapshot for snapshot in snapshots.of(owner)}
    found = [there.get(name) or or_error(lambda name=name: snapshots.one(owner, name)) for name in wanted]  # type: ignore[misc]
    doomed = [each for each in found if isinstance(each, Snapshot)]
    failures = [each for each in found if isinstance(each, DcctlError)]
    if ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if doomed and not dry_run:
        session.confirm(f"Destroy {plural(len(doomed), 'snapshot')} of {owner.name} for good?", yes=yes)
        session.begin_work()
        gone = []
        with Progress(session, f"destroy snapshots of {owner.name}") as progress:
            job = progress.job(owner.name)
            for snapshot in doomed:
                try:
                    snapshots.destroy(owner, snapshot, job)
                    gone.append(snapshot)
                except DcctlError as error:
                    failures.append(error)
        doomed = gone
    if doomed or not failures:
        output.list(doomed)
    session.conclude(failures, len(wanted), "snapshot", "destroyed")
