"""Wrong drivers that destroy too much or too little: sentences 11 and 17."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.errors import NotAllowed

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec


class KeepsNames(MemoryDriver):
    """Never forgets a name."""

    used: ClassVar[set[str]] = set()

    def check_new(self, spec: InstanceSpec) -> None:
        super().check_new(spec)
        if spec.name in self.used:
            raise NotAllowed(f"{spec.name} was used")
        self.used.add(spec.name)


class DestroysTooLittle(MemoryDriver):
    """Leaves the volume of a destroyed instance."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        volumes = set(self.cloud.volumes)
        last = super().destroy(instance, job)
        self.cloud.volumes.update(volumes)
        return last


class DestroysTooMuch(MemoryDriver):
    """Takes everything along that looks similar."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        last = super().destroy(instance, job)
        with self.cloud.lock:
            for identifier in list(self.cloud.records):
                if self.cloud.records[identifier].instance.image == instance.image:
                    del self.cloud.records[identifier]
        return last


class DestroysOnlyOnce(MemoryDriver):
    """Does not expect that somebody else was faster."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        if instance.id not in self.cloud.records:
            raise KeyError(instance.id)
        return super().destroy(instance, job)


WRONG: dict[type[Driver], int] = {
    KeepsNames: 11,
    DestroysTooLittle: 17,
    DestroysTooMuch: 17,
    DestroysOnlyOnce: 17,
}
