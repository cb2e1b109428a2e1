"""A driver that has volumes as it should, and some that do not; the table at the end says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Volumes
from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.nouns.volumes import Volume, VolumeSpec, VolumeState

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, Query

HAVE: dict[int, dict[str, Volume]] = {}
"""The volumes of each memory cloud, by name; ``instance`` is an id here."""


class HasVolumes(MemoryDriver, Volumes):
    """Keeps every sentence."""

    @property
    def have(self) -> dict[str, Volume]:
        return HAVE.setdefault(id(self.cloud), {})

    def volumes(self, query: Query) -> list[Volume]:
        with self.cloud.lock:
            return [self.seen(each) for each in self.have.values() if query.wants(each.id, each.name)]

    def seen(self, volume: Volume) -> Volume:
        record = self.cloud.records.get(volume.instance or "")
        if record is None:
            return replace(volume, instance=None, state=VolumeState.AVAILABLE)
        return replace(volume, instance=record.instance.name, state=VolumeState.IN_USE)

    def create_volume(self, spec: VolumeSpec, job: Job) -> Volume:
        with self.cloud.lock:
            if spec.name in self.have:
                raise Conflict(f"{spec.name} is taken")
            return self.add(spec)

    def add(self, spec: VolumeSpec) -> Volume:
        self.have[spec.name] = Volume(f"v-{spec.token}", spec.name, realm=spec.realm.id, size_gib=spec.size_gib)
        return self.have[spec.name]

    def now(self, volume: Volume) -> Volume:
        found = next((each for each in self.have.values() if each.id == volume.id), None)
        if found is None:
            raise NotFound(f"no volume {volume.name}")
        return self.seen(found)

    def destroy_volume(self, volume: Volume, job: Job) -> None:
        with self.cloud.lock:
            self.check_free(self.now(volume))
            del self.have[volume.name]

    def check_free(self, volume: Volume) -> None:
        if volume.instance is not None:
            raise NotAllowed(f"{volume.name} is attached to {volume.instance}")

    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        with self.cloud.lock:
            self.check_free(self.now(volume))
            return self.put(volume, instance=instance.id)

    def detach_volume(self, volume: Volume, job: Job) -> Volume:
        with self.cloud.lock:
            if self.now(volume).instance is None:
                raise NotAllowed(f"{volume.name} is free")
            return self.put(volume, instance=None)

    def resize_volume(self, volume: Volume, size_gib: int, job: Job) -> Volume:
        with self.cloud.lock:
            self.now(volume)
            self.have[volume.name] = replace(self.have[volume.name], size_gib=size_gib)
            return self.now(volume)

    def put(self, volume: Volume, instance: str | None) -> Volume:
        self.have[volume.name] = replace(self.have[volume.name], instance=instance)
        return self.now(volume)


class LooksFirst(HasVolumes):
    """Finds the name free, and makes the volume a moment later."""

    def create_volume(self, spec: VolumeSpec, job: Job) -> Volume:
        if spec.name in self.have:
            raise Conflict(f"{spec.name} is taken")
        sleep(0.1)
        return self.add(spec)


class MakesAllOfOneSize(HasVolumes):
    """Has one size."""

    def add(self, spec: VolumeSpec) -> Volume:
        return super().add(replace(spec, size_gib=1))


class ListsAllVolumes(HasVolumes):
    """Lets the core do the sifting."""

    def volumes(self, query: Query) -> list[Volume]:
        return [self.seen(each) for each in self.have.values()]


class TakesVolumesAway(HasVolumes):
    """Gives a volume to whoever asked last."""

    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        with self.cloud.lock:
            return self.put(volume, instance=instance.id)


class LooksAndAttaches(HasVolumes):
    """Finds the volume free, and attaches it a moment later."""

    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        self.check_free(self.now(volume))
        sleep(0.1)
        return self.put(volume, instance=instance.id)


class BelievesWhatItIsShown(HasVolumes):
    """Takes from the argument whether a volume is free, which was true a moment ago."""

    def destroy_volume(self, volume: Volume, job: Job) -> None:
        with self.cloud.lock:
            self.now(volume)
            self.check_free(volume)
            del self.have[volume.name]


class TakesVolumesAlong(HasVolumes):
    """Removes an instance with everything that it has."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        gone = super().destroy(instance, job)
        for volume in list(self.have.values()):
            if volume.instance == instance.id:
                del self.have[volume.name]
        return gone


class GrowsFreeOnesOnly(HasVolumes):
    """Forgets who had it."""

    def resize_volume(self, volume: Volume, size_gib: int, job: Job) -> Volume:
        super().resize_volume(volume, size_gib, job)
        return self.put(volume, instance=None)


class NeverLetsGo(HasVolumes):
    """Says that it is done."""

    def detach_volume(self, volume: Volume, job: Job) -> Volume:
        if self.now(volume).instance is None:
            raise NotAllowed(f"{volume.name} is free")
        return replace(self.now(volume), instance=None, state=VolumeState.AVAILABLE)


class KeepsDestroyedVolumes(HasVolumes):
    """Says that it is done."""

    def destroy_volume(self, volume: Volume, job: Job) -> None:
        self.check_free(self.now(volume))


WRONG: dict[type[Driver], int] = {
    LooksFirst: 12,
    MakesAllOfOneSize: 8,
    ListsAllVolumes: 13,
    TakesVolumesAway: 5,
    LooksAndAttaches: 5,
    BelievesWhatItIsShown: 17,
    TakesVolumesAlong: 17,
    GrowsFreeOnesOnly: 8,
    NeverLetsGo: 8,
    KeepsDestroyedVolumes: 11,
}
