"""A driver that protects, renames and starts with the host as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.abilities import Autostart, Protect, Rename
from dcctl.errors import Conflict, NotAllowed
from dcctl.model import Action, State

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec


class Changes(MemoryDriver, Protect, Rename, Autostart):
    """Keeps every sentence."""

    renamed_in: ClassVar[frozenset[State]] = frozenset((State.STOPPED,))

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), autostart=spec.autostart)

    def keep(self, instance: Instance) -> Instance:
        """Write the instance down without touching what it is about to become."""
        self.cloud.records[instance.id].instance = instance
        return instance

    def protect(self, instance: Instance, job: Job, *, protected: bool) -> Instance:
        with self.cloud.lock:
            refused = {Action.DESTROY: "it is protected"} if protected else {}
            return self.keep(replace(self.look(instance.id), protected=protected, refused=refused))

    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.look(instance.id)
            if now.state not in self.renamed_in:
                raise NotAllowed(f"{now.name} is {now.state}")
            self.must_be_free(name, now.id)
            return self.keep(replace(now, name=name))

    def must_be_free(self, name: str, but: str) -> None:
        instances = (record.instance for record in self.cloud.records.values())
        if any(each.name == name and each.id != but for each in instances):
            raise Conflict(f"{name} is taken")

    def autostart(self, instance: Instance, job: Job, *, on: bool) -> Instance:
        with self.cloud.lock:
            return self.keep(replace(self.look(instance.id), autostart=on))


class ProtectsInWords(Changes):
    """Says that it is protected, and lets it be destroyed."""

    def checked(self, action: Action, instance: Instance) -> Instance:
        now = self.look(instance.id)
        if self.states.step(now.state, action) is None:
            raise NotAllowed(f"cannot {action} {now.name}: it is {now.state}")
        return now


class ProtectsSilently(Changes):
    """Gives no reason beforehand."""

    def protect(self, instance: Instance, job: Job, *, protected: bool) -> Instance:
        after = super().protect(instance, job, protected=protected)
        return self.keep(replace(after, refused={}))


class RemembersProtectionItself(Changes):
    """Keeps it in the object."""

    def protect(self, instance: Instance, job: Job, *, protected: bool) -> Instance:
        after = super().protect(instance, job, protected=protected)
        self.keep(replace(after, protected=False, refused={}))
        return after


class RenamesACopy(Changes):
    """Leaves the old one where it is."""

    def keep(self, instance: Instance) -> Instance:
        if self.look(instance.id).name != instance.name:
            super().keep(self.look(instance.id))
            return instance
        return super().keep(instance)


class RenamesAnybody(Changes):
    """Does not look at the state."""

    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        with self.cloud.lock:
            self.must_be_free(name, instance.id)
            return self.keep(replace(self.look(instance.id), name=name))


class RefusesItsOwnName(Changes):
    """Takes an instance for somebody else who has the name."""

    def must_be_free(self, name: str, but: str) -> None:
        super().must_be_free(name, "")

    def check_rename(self, instance: Instance, name: str) -> None:
        if name == instance.name:
            raise Conflict(f"{name} is taken")


class RenamesIntoTwins(Changes):
    """Does not look whether the name is taken."""

    def must_be_free(self, name: str, but: str) -> None:
        """All names are free to it."""


class LooksBeforeItRenames(Changes):
    """Finds the name free, and takes it a moment later."""

    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        now = self.look(instance.id)
        if now.state not in self.renamed_in:
            raise NotAllowed(f"{now.name} is {now.state}")
        self.must_be_free(name, now.id)
        sleep(0.1)
        return self.keep(replace(now, name=name))


class StartsWhenItLikes(Changes):
    """Ignores what create was asked for."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), autostart=False)


class TogglesAutostart(Changes):
    """Has a button instead of a switch."""

    def autostart(self, instance: Instance, job: Job, *, on: bool) -> Instance:
        return super().autostart(instance, job, on=not self.look(instance.id).autostart)


WRONG: dict[type[Driver], int] = {
    ProtectsInWords: 5,
    ProtectsSilently: 4,
    RemembersProtectionItself: 10,
    RenamesACopy: 8,
    RenamesAnybody: 5,
    RefusesItsOwnName: 8,
    RenamesIntoTwins: 12,
    LooksBeforeItRenames: 12,
    StartsWhenItLikes: 8,
    TogglesAutostart: 5,
}
