"""Wrong drivers that create otherwise than they were asked, or leave something behind: sentences 8, 10, 12, 15, 19 and 20."""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.errors import NotFound

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec


class LosesOverrides(MemoryDriver):
    """Makes every instance in the default size."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), overrides={})


class ReusesIds(MemoryDriver):
    """Gives the lowest free id, as Deltacloud's mock driver did."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        number = 1
        while f"i-{number}" in self.cloud.records:
            number += 1
        return super().make(spec, f"i-{number}")


class AllowsTwins(MemoryDriver):
    """Does not look whether the name is taken."""

    def check_new(self, spec: InstanceSpec) -> None:
        if spec.image.id not in self.cloud.images:
            raise NotFound("no image")


class LooksBeforeItLeaps(MemoryDriver):
    """Looks whether the name is taken, and takes it a moment later."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        super().check_new(spec)
        sleep(0.02)
        return super().create(spec, job)

    def check_new(self, spec: InstanceSpec) -> None:
        """Checked already, it believes."""


class LeavesVolumes(MemoryDriver):
    """Rolls back nothing."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        self.cloud.volumes.add(f"seed of {spec.name}")
        instance = super().create(spec, job)
        self.cloud.volumes.discard(f"seed of {spec.name}")
        return instance


class LeavesPending(MemoryDriver):
    """Leaves an instance that never gets anywhere when it is cancelled."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        with self.cloud.lock:
            record = self.cloud.records[instance.id]
            becomes, record.becomes = record.becomes, None
        job.stage("label")
        with self.cloud.lock:
            return self.cloud.put(instance, becomes)


class CutsNames(MemoryDriver):
    """Declares names of twenty characters, and keeps fifteen."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), name=spec.name[:15])


class ChangesItsArguments(MemoryDriver):
    """Uses up what it was given."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        instance = super().make(spec, identifier)
        if isinstance(spec.overrides, dict):
            spec.overrides.clear()
        return instance


WRONG: dict[type[Driver], int] = {
    LosesOverrides: 8,
    ReusesIds: 10,
    AllowsTwins: 12,
    LooksBeforeItLeaps: 12,
    LeavesVolumes: 15,
    LeavesPending: 15,
    CutsNames: 19,
    ChangesItsArguments: 20,
}
