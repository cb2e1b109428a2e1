"""A driver that gives new instances disks and volumes as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from contract.wrong.cloning import Clones
from contract.wrong.volumes import HasVolumes
from dcctl.abilities import AttachVolumes, OwnDisks
from dcctl.errors import Cancelled
from dcctl.nouns.disks import Disks
from dcctl.nouns.volumes import VolumeState

if TYPE_CHECKING:
    from dcctl.abilities import Ability
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec
    from dcctl.nouns.changes import CloneSpec
    from dcctl.nouns.volumes import Volume


class HasDisks(HasVolumes, Clones):
    """Keeps every sentence."""

    abilities: ClassVar[tuple[Ability, ...]] = (
        *HasVolumes.abilities,
        OwnDisks(max_count=2),
        AttachVolumes(max_count=2),
    )

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        disks = spec.disks or Disks()
        for volume in disks.volumes:
            self.check_free(self.now(volume))
        for volume in disks.volumes:
            self.lend(volume, identifier)
        return self.with_disks(super().make(spec, identifier), disks.own_gib)

    def lend(self, volume: Volume, identifier: str) -> None:
        self.have[volume.name] = replace(self.have[volume.name], instance=identifier)

    def with_disks(self, instance: Instance, sizes: tuple[int, ...]) -> Instance:
        self.cloud.volumes |= {f"disk {number} of {instance.id}" for number in range(len(sizes))}
        return replace(instance, disks_gib=sizes)

    def copy(self, now: Instance, identifier: str, spec: CloneSpec) -> Instance:
        return self.with_disks(super().copy(now, identifier, spec), now.disks_gib)

    def destroy(self, instance: Instance, job: Job) -> Instance:
        gone = super().destroy(instance, job)
        self.cloud.volumes -= {f"disk {number} of {gone.id}" for number in range(len(gone.disks_gib))}
        return gone


class SortsDisks(HasDisks):
    """Has an order of its own."""

    def with_disks(self, instance: Instance, sizes: tuple[int, ...]) -> Instance:
        return super().with_disks(instance, tuple(sorted(sizes)))


class MakesOneDisk(HasDisks):
    """Declares two."""

    def with_disks(self, instance: Instance, sizes: tuple[int, ...]) -> Instance:
        return super().with_disks(instance, sizes if sizes != (1, 1) else (1,))


class KeepsDisks(HasDisks):
    """Destroys the root disk."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        kept = {name for name in self.cloud.volumes if name.endswith(f" of {instance.id}")}
        gone = super().destroy(instance, job)
        self.cloud.volumes |= kept
        return gone


class ClonesTheRootDisk(HasDisks):
    """And nothing else."""

    def copy(self, now: Instance, identifier: str, spec: CloneSpec) -> Instance:
        return super().copy(replace(now, disks_gib=()), identifier, spec)


class TakesVolumesWithIt(HasDisks):
    """Takes what it was lent for its own."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        gone = super().destroy(instance, job)
        for name in [volume.name for volume in self.have.values() if volume.instance == gone.id]:
            del self.have[name]
        return gone


class LendsTwice(HasDisks):
    """Gives a new instance what another one has."""

    def check_free(self, volume: Volume) -> None:
        """All are the same to it."""


class KeepsWhatItWasLent(HasDisks):
    """Leaves volumes in the middle when it is cancelled."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        try:
            return super().create(spec, job)
        except Cancelled:
            for volume in (spec.disks or Disks()).volumes:
                self.have[volume.name] = replace(self.have[volume.name], state=VolumeState.ERROR)
            raise

    def seen(self, volume: Volume) -> Volume:
        return volume if volume.state is VolumeState.ERROR else super().seen(volume)


WRONG: dict[type[Driver], int] = {
    SortsDisks: 8,
    MakesOneDisk: 19,
    KeepsDisks: 17,
    ClonesTheRootDisk: 8,
    TakesVolumesWithIt: 17,
    LendsTwice: 12,
    KeepsWhatItWasLent: 15,
}
