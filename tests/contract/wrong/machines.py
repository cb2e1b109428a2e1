"""A driver that makes machines as they are asked for, and some that do not; the table at the end says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Machines
from dcctl.errors import Usage, raise_all
from dcctl.nouns.machines import Machine

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec, Realm


class MakesMachines(MemoryDriver, Machines):
    """Keeps every sentence."""

    def machine_problems(self, realm: Realm, machine: Machine, architecture: str | None) -> list[DcctlError]:
        return [] if machine.type in (None, "q35") else [Usage(f"no machine {machine.type}", hint="q35")]

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        if spec.machine is not None:
            self.look_at(spec, spec.machine)
        return super().create(spec, job)

    def look_at(self, spec: InstanceSpec, machine: Machine) -> None:
        raise_all(self.machine_problems(spec.realm, machine, spec.hardware.architecture))

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), machine=self.made_of(spec.machine))

    def made_of(self, machine: Machine | None) -> Machine | None:
        return machine


class ForgetsTheFirmware(MakesMachines):
    """Says of each machine only whether it has a TPM."""

    def made_of(self, machine: Machine | None) -> Machine | None:
        return None if machine is None else Machine(tpm=machine.tpm)


class MakesWhatItRefuses(MakesMachines):
    """Has something against the type when it is asked, and not when it creates."""

    def look_at(self, spec: InstanceSpec, machine: Machine) -> None:
        """It does not."""


class KnowsEveryType(MakesMachines):
    """Has nothing against any type, until it creates."""

    def machine_problems(self, realm: Realm, machine: Machine, architecture: str | None) -> list[DcctlError]:
        return []


class RefusesTooLate(MakesMachines):
    """Finds out what it cannot make when it has made it."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = MemoryDriver.create(self, spec, job)
        if spec.machine is not None:
            self.look_at(spec, spec.machine)
        return instance


class GivesEverybodyATpm(MakesMachines):
    """Unasked."""

    def made_of(self, machine: Machine | None) -> Machine | None:
        return machine or Machine(tpm=True)


WRONG: dict[type[Driver], int] = {
    ForgetsTheFirmware: 8,
    MakesWhatItRefuses: 5,
    KnowsEveryType: 5,
    RefusesTooLate: 15,
    GivesEverybodyATpm: 8,
}
