"""Wrong drivers that create otherwise than they were asked, or leave something behind: sentences 8, 10, 12, 15, 19 and 20."""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver, ProviderError
from dcctl.errors import Conflict, DcctlError, NotFound, Usage

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
        sleep(0.1)
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


class LeavesVolumesOfLosers(MemoryDriver):
    """Rolls back what it did itself, but not when somebody else was faster."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        try:
            return super().create(spec, job)
        except Conflict:
            self.cloud.volumes.add(f"volume of {spec.token}")
            raise


class RollsBackOnlyWhatItExpects(MemoryDriver):
    """Cleans up when it is cancelled or refused, and not when the provider breaks down."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        seed = f"seed of {spec.token}"
        self.cloud.volumes.add(seed)
        try:
            instance = super().create(spec, job)
        except DcctlError:
            self.cloud.volumes.discard(seed)
            raise
        self.cloud.volumes.discard(seed)
        return instance


class IgnoresUserData(MemoryDriver):
    """Declares it, and drops it."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return super().make(replace(spec, user_data=None), identifier)


class KeepsOneKey(MemoryDriver):
    """Declares several, and passes on the first."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return super().make(replace(spec, ssh_keys=spec.ssh_keys[:1]), identifier)


class TakesUserDataForText(MemoryDriver):
    """Fails on user data that is compressed."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        (spec.user_data or b"").decode("utf-8")
        return super().make(spec, identifier)


class WritesNamesSmall(MemoryDriver):
    """Takes Web for web."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return super().make(replace(spec, name=spec.name.lower()), identifier)


class WantsLongNames(MemoryDriver):
    """Declares how long names may be, not how short."""

    def check_new(self, spec: InstanceSpec) -> None:
        super().check_new(spec)
        if len(spec.name) < 3:
            raise Usage(f"{spec.name} is too short")


class WantsNamesToBeginWithALetter(MemoryDriver):
    """Has a rule that it does not declare."""

    def check_new(self, spec: InstanceSpec) -> None:
        super().check_new(spec)
        if spec.name[0].isdigit():
            raise Usage(f"{spec.name} begins with a digit")


class FailsVaguelyWithoutAnImage(MemoryDriver):
    """Cannot say what is missing."""

    def check_new(self, spec: InstanceSpec) -> None:
        try:
            super().check_new(spec)
        except NotFound as error:
            raise ProviderError("error 17") from error


WRONG: dict[type[Driver], int] = {
    LosesOverrides: 8,
    ReusesIds: 10,
    AllowsTwins: 12,
    LooksBeforeItLeaps: 12,
    LeavesVolumes: 15,
    LeavesPending: 15,
    CutsNames: 19,
    ChangesItsArguments: 20,
    LeavesVolumesOfLosers: 15,
    RollsBackOnlyWhatItExpects: 15,
    IgnoresUserData: 19,
    KeepsOneKey: 19,
    TakesUserDataForText: 19,
    WritesNamesSmall: 19,
    WantsLongNames: 19,
    WantsNamesToBeginWithALetter: 19,
    FailsVaguelyWithoutAnImage: 5,
}
