"""A driver that adopts instances as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Adopt
from dcctl.errors import NotAllowed
from dcctl.model import State
from dcctl.nouns.adoption import Adopted, AdoptSpec

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance


class Adopts(MemoryDriver, Adopt):
    """Keeps every sentence."""

    def to_adopt(self, instance: Instance, spec: AdoptSpec) -> Adopted:
        with self.cloud.lock:
            now = self.look(instance.id)
            self.check_foreign(now)
            return self.adopted(now, spec).adopted or Adopted()

    def adopt(self, instance: Instance, spec: AdoptSpec, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.look(instance.id)
            self.check_foreign(now)
            job.check()
            return self.cloud.put(self.adopted(now, spec))

    def check_foreign(self, instance: Instance) -> None:
        if not instance.foreign and instance.adopted is None:
            raise NotAllowed(f"{instance.name} is ours")

    def adopted(self, now: Instance, spec: AdoptSpec) -> Instance:
        had = now.adopted or Adopted()
        return replace(
            now,
            foreign=False,
            refused={},
            adopted=Adopted((f"disk of {now.id}",)) if spec.with_disks else had,
            image=now.image if spec.image is None else spec.image.id,
            hwp=now.hwp if spec.hwp is None else spec.hwp.name,
        )

    def destroy_with_disks(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            gone = self.destroy(instance, job)
            self.cloud.volumes.discard(f"disk of {gone.id}")
            return gone


class AdoptsInWords(Adopts):
    """Writes it down, and goes on calling it foreign."""

    def adopted(self, now: Instance, spec: AdoptSpec) -> Instance:
        return replace(super().adopted(now, spec), foreign=True)


class StartsToAdopt(Adopts):
    """Wants to see whether it works."""

    def adopted(self, now: Instance, spec: AdoptSpec) -> Instance:
        return replace(super().adopted(now, spec), state=State.RUNNING)


class GoesOnRefusing(Adopts):
    """Takes it on, and does not trust it."""

    def adopted(self, now: Instance, spec: AdoptSpec) -> Instance:
        return replace(super().adopted(now, spec), refused=now.refused)


class AdoptsForItself(Adopts):
    """Tells nobody."""

    def adopt(self, instance: Instance, spec: AdoptSpec, job: Job) -> Instance:
        now = self.look(instance.id)
        self.check_foreign(now)
        return self.adopted(now, spec)


class AdoptsAnew(Adopts):
    """Forgets what it was told before."""

    def adopted(self, now: Instance, spec: AdoptSpec) -> Instance:
        return super().adopted(replace(now, adopted=None, image=None, hwp=None), spec)


class AdoptsItsOwn(Adopts):
    """Does not look whose it is."""

    def check_foreign(self, instance: Instance) -> None:
        """All are as good to it."""


class AdoptsInItsDryRun(Adopts):
    """Finds out by doing it."""

    def to_adopt(self, instance: Instance, spec: AdoptSpec) -> Adopted:
        with self.cloud.lock:
            now = self.look(instance.id)
            self.check_foreign(now)
            return self.cloud.put(self.adopted(now, spec)).adopted or Adopted()


class PromisesNoDisks(Adopts):
    """Does not look before."""

    def to_adopt(self, instance: Instance, spec: AdoptSpec) -> Adopted:
        self.check_foreign(self.look(instance.id))
        return Adopted()


class DestroysTheDisksOfOthers(Adopts):
    """Removes whatever an instance has."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            gone = super().destroy(instance, job)
            self.cloud.volumes.discard(f"disk of {gone.id}")
            return gone


class LeavesAdoptedDisks(Adopts):
    """Removes nothing that it has not made, whatever is said."""

    def destroy_with_disks(self, instance: Instance, job: Job) -> Instance:
        return self.destroy(instance, job)


WRONG: dict[type[Driver], int] = {
    AdoptsInWords: 8,
    StartsToAdopt: 8,
    GoesOnRefusing: 4,
    AdoptsForItself: 10,
    AdoptsAnew: 5,
    AdoptsItsOwn: 5,
    AdoptsInItsDryRun: 5,
    PromisesNoDisks: 8,
    DestroysTheDisksOfOthers: 17,
    LeavesAdoptedDisks: 17,
}
