"""A driver that suspends to disk as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from contract.wrong.describing import Labelled
from contract.wrong.snapshots import HasSnapshots
from contract.wrong.volumes import HasVolumes
from dcctl.abilities import SuspendToDisk
from dcctl.errors import NotAllowed
from dcctl.job import Job
from dcctl.model import Action, State

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.nouns.volumes import Volume


class SavesMemory(MemoryDriver, SuspendToDisk):
    """What those that keep the contract and those that do not have in common."""

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.checked(Action.SUSPEND, instance)
            job.check()
            self.cloud.volumes.add(f"memory of {now.id}")
            return self.cloud.put(replace(now, state=State.SUSPENDED, saved=True))

    def resume(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.checked(Action.RESUME, instance)
            self.cloud.volumes.discard(f"memory of {now.id}")
            return self.cloud.put(replace(now, state=State.RUNNING, saved=False))

    def check_awake(self, identifier: str | None) -> None:
        record = self.cloud.records.get(identifier or "")
        if record is not None and record.instance.saved:
            raise NotAllowed(f"{record.instance.name} is on disk")


class Saves(SavesMemory, Labelled, HasVolumes):
    """Keeps every sentence."""

    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        self.check_awake(instance.id)
        return super().attach_volume(volume, instance, job)

    def detach_volume(self, volume: Volume, job: Job) -> Volume:
        self.check_awake(self.have[volume.name].instance)
        return super().detach_volume(volume, job)

    def resize_volume(self, volume: Volume, size_gib: int, job: Job) -> Volume:
        self.check_awake(self.have[volume.name].instance)
        return super().resize_volume(volume, size_gib, job)


class SavesSilently(Saves):
    """Does not say where the memory is."""

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        return self.cloud.put(replace(super().suspend_to_disk(instance, job), saved=False))


class SavesAndIsOff(Saves):
    """Says what the hypervisor says."""

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        return self.cloud.put(replace(super().suspend_to_disk(instance, job), state=State.STOPPED))


class StaysSaved(Saves):
    """Believes its own record more than the guest."""

    def resume(self, instance: Instance, job: Job) -> Instance:
        was = self.look(instance.id).saved
        return self.cloud.put(replace(super().resume(instance, job), saved=was))


class SavesAnybody(Saves):
    """Does not look at the state."""

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        now = self.look(instance.id)
        job.check()
        return self.cloud.put(replace(now, state=State.SUSPENDED, saved=True))


class ChangesTheSaved(Saves):
    """Takes a guest on disk for one that is off."""

    def check_awake(self, identifier: str | None) -> None:
        """It does not matter to it."""


class SnapshotsTheSaved(SavesMemory, HasSnapshots):
    """Takes a snapshot of the disk, and none of the memory that belongs to it."""

    snapshots_in: ClassVar[frozenset[State]] = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPED))


class TakesSavedLabelsBack(Saves):
    """Restores all that it has saved."""

    was: ClassVar[dict[str, Instance]] = {}

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        self.was[instance.id] = super().suspend_to_disk(instance, job)
        return self.was[instance.id]

    def resume(self, instance: Instance, job: Job) -> Instance:
        after = super().resume(instance, job)
        was = self.was.get(instance.id, after)
        return self.cloud.put(replace(after, labels=was.labels, description=was.description))


class SavesWithoutAsking(Saves):
    """Cannot be stopped."""

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        return super().suspend_to_disk(instance, Job())


class LeavesMemoryBehind(Saves):
    """Keeps the memory, in case somebody wants it again."""

    def resume(self, instance: Instance, job: Job) -> Instance:
        after = super().resume(instance, job)
        self.cloud.volumes.add(f"memory of {after.id}")
        return after


WRONG: dict[type[Driver], int] = {
    SavesSilently: 9,
    SavesAndIsOff: 9,
    StaysSaved: 9,
    SavesAnybody: 5,
    ChangesTheSaved: 5,
    SnapshotsTheSaved: 5,
    TakesSavedLabelsBack: 9,
    SavesWithoutAsking: 7,
    LeavesMemoryBehind: 17,
}
