"""A driver that takes snapshots as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from contract.wrong.describing import Labelled
from dcctl.abilities import Snapshots
from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.model import State
from dcctl.nouns.snapshots import Snapshot, SnapshotSpec

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance

HAVE: dict[tuple[int, str], list[tuple[Snapshot, Instance]]] = {}
"""The snapshots of the instances of each memory cloud, with what the instance was."""


class HasSnapshots(Labelled, Snapshots):
    """Keeps every sentence."""

    snapshots_in: ClassVar[frozenset[State]] = frozenset((State.RUNNING, State.STOPPED))

    def have(self, instance: Instance) -> list[tuple[Snapshot, Instance]]:
        return HAVE.setdefault((id(self.cloud), instance.id), [])

    def snapshots(self, instance: Instance) -> list[Snapshot]:
        with self.cloud.lock:
            self.look(instance.id)
            return [snapshot for snapshot, _ in self.have(instance)]

    def resting(self, instance: Instance) -> Instance:
        now = self.look(instance.id)
        if now.state not in self.snapshots_in:
            raise NotAllowed(f"{now.name} is {now.state}")
        return now

    def create_snapshot(self, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
        with self.cloud.lock:
            now = self.resting(instance)
            self.check_free(now, spec)
            snapshot = Snapshot(spec.name, now.name, now.state, description=spec.description, current=True)
            have = self.have(now)
            have[:] = [(replace(each, current=False), was) for each, was in have]
            have.append((snapshot, now))
            self.cloud.volumes.add(f"snapshot {spec.name} of {now.id}")
            return snapshot

    def check_free(self, instance: Instance, spec: SnapshotSpec) -> None:
        if any(snapshot.name == spec.name for snapshot, _ in self.have(instance)):
            raise Conflict(f"{spec.name} is taken")

    def revert_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.resting(instance)
            was = next(was for each, was in self.have(now) if each.name == snapshot.name)
            return self.cloud.put(self.gone_back(now, was))

    def gone_back(self, now: Instance, was: Instance) -> Instance:
        return replace(now, state=was.state)

    def destroy_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> None:
        with self.cloud.lock:
            have = self.have(self.look(instance.id))
            left = [(each, was) for each, was in have if each.name != snapshot.name]
            if len(left) == len(have):
                raise NotFound(f"no snapshot {snapshot.name}")
            have[:] = left
            self.cloud.volumes.discard(f"snapshot {snapshot.name} of {instance.id}")

    def destroy(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            gone = super().destroy(instance, job)
            self.clear(gone)
            return gone

    def clear(self, instance: Instance) -> None:
        for snapshot, _ in self.have(instance):
            self.cloud.volumes.discard(f"snapshot {snapshot.name} of {instance.id}")


class StopsForSnapshots(HasSnapshots):
    """Needs the guest to stand still, and leaves it so."""

    def create_snapshot(self, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
        snapshot = super().create_snapshot(instance, spec, job)
        with self.cloud.lock:
            self.cloud.put(replace(self.look(instance.id), state=State.STOPPED))
        return snapshot


class RevertsToStopped(HasSnapshots):
    """Knows disks only."""

    def gone_back(self, now: Instance, was: Instance) -> Instance:
        return replace(now, state=State.STOPPED)


class RevertsEverything(HasSnapshots):
    """Takes back also what was written on it."""

    def gone_back(self, now: Instance, was: Instance) -> Instance:
        return was


class SnapshotsAnybody(HasSnapshots):
    """Does not look at the state."""

    def resting(self, instance: Instance) -> Instance:
        return self.look(instance.id)


class SnapshotsInTwins(HasSnapshots):
    """Does not look whether the name is taken."""

    def check_free(self, instance: Instance, spec: SnapshotSpec) -> None:
        """All names are free to it."""


class DestroysTheLastSnapshot(HasSnapshots):
    """Has a stack of them."""

    def destroy_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> None:
        have = self.have(self.look(instance.id))
        if not have:
            raise NotFound(f"no snapshot {snapshot.name}")
        super().destroy_snapshot(instance, have[-1][0], job)


class LeavesSnapshots(HasSnapshots):
    """Forgets them when the instance goes."""

    def clear(self, instance: Instance) -> None:
        """They are small."""


WRONG: dict[type[Driver], int] = {
    StopsForSnapshots: 9,
    RevertsToStopped: 9,
    RevertsEverything: 9,
    SnapshotsAnybody: 5,
    SnapshotsInTwins: 12,
    DestroysTheLastSnapshot: 17,
    LeavesSnapshots: 17,
}
