"""A driver that keeps addresses for instances as it should, and some that do not; the table at the end says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from contract.wrong.networks import HasNetworks
from dcctl.abilities import ChosenInterfaces
from dcctl.errors import Conflict, Usage, raise_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec, Realm
    from dcctl.nouns.interfaces import Interface

KEPT: dict[int, set[str]] = {}
"""The addresses that each memory cloud keeps for somebody."""


class ChoosesAddresses(HasNetworks, ChosenInterfaces):
    """Keeps every sentence."""

    @property
    def kept(self) -> set[str]:
        return KEPT.setdefault(id(self.cloud), set())

    def interface_problems(self, realm: Realm, interfaces: Sequence[Interface]) -> list[DcctlError]:
        with self.cloud.lock:
            return [Conflict(f"{word} is kept") for each in interfaces for word in each.words if word in self.kept]

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        self.keep(spec)
        try:
            return super().create(spec, job)
        except BaseException:
            self.give_back(spec.interfaces)
            raise

    def keep(self, spec: InstanceSpec) -> None:
        with self.cloud.lock:
            raise_all(self.interface_problems(spec.realm, spec.interfaces))
            self.kept.update(word for each in spec.interfaces for word in each.words)

    def give_back(self, interfaces: Sequence[Interface]) -> None:
        with self.cloud.lock:
            self.kept.difference_update(word for each in interfaces for word in each.words)

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), interfaces=self.says(spec.interfaces))

    def says(self, interfaces: tuple[Interface, ...]) -> tuple[Interface, ...]:
        return interfaces

    def destroy(self, instance: Instance, job: Job) -> Instance:
        destroyed = super().destroy(instance, job)
        self.give_back(instance.interfaces)
        return destroyed


class ForgetsMacAddresses(ChoosesAddresses):
    """Tells of each interface only where it can be reached."""

    def says(self, interfaces: tuple[Interface, ...]) -> tuple[Interface, ...]:
        return tuple(replace(each, mac=None) for each in interfaces)


class LooksThenKeeps(ChoosesAddresses):
    """Finds the address free, and takes it a moment later."""

    def keep(self, spec: InstanceSpec) -> None:
        raise_all(self.interface_problems(spec.realm, spec.interfaces))
        sleep(0.1)
        self.kept.update(word for each in spec.interfaces for word in each.words)


class LooksOnlyWhenAsked(ChoosesAddresses):
    """Leaves it to the planner to find that an address is taken."""

    def keep(self, spec: InstanceSpec) -> None:
        self.kept.update(word for each in spec.interfaces for word in each.words)


class LooksOnlyAtAddresses(ChoosesAddresses):
    """Says nothing of MAC addresses until it creates."""

    def interface_problems(self, realm: Realm, interfaces: Sequence[Interface]) -> list[DcctlError]:
        return super().interface_problems(realm, [replace(each, mac=None) for each in interfaces])


class CallsItAMistake(ChoosesAddresses):
    """Has another word for what is taken by somebody else."""

    def interface_problems(self, realm: Realm, interfaces: Sequence[Interface]) -> list[DcctlError]:
        return [Usage(problem.message) for problem in super().interface_problems(realm, interfaces)]


class KeepsWhatWasCancelled(ChoosesAddresses):
    """Does not give back what a create has not needed in the end."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        self.keep(spec)
        return MemoryDriver.create(self, spec, job)


class KeepsAddressesForGood(ChoosesAddresses):
    """Never gives one back."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        return MemoryDriver.destroy(self, instance, job)


WRONG: dict[type[Driver], int] = {
    ForgetsMacAddresses: 8,
    LooksThenKeeps: 12,
    LooksOnlyWhenAsked: 12,
    LooksOnlyAtAddresses: 5,
    CallsItAMistake: 5,
    KeepsWhatWasCancelled: 15,
    KeepsAddressesForGood: 17,
}
