"""A driver that clones as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.abilities import Clone
from dcctl.errors import Conflict, NotAllowed
from dcctl.model import State

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.nouns.changes import CloneSpec


class Clones(MemoryDriver, Clone):
    """Keeps every sentence."""

    cloned_in: ClassVar[frozenset[State]] = frozenset((State.STOPPED,))

    def clone(self, instance: Instance, spec: CloneSpec, job: Job) -> Instance:
        number = self.cloud.next_number()
        job.stage("volume")
        self.cloud.volumes.add(f"volume{number}")
        try:
            job.stage("record")
            with self.cloud.lock:
                now = self.look(instance.id)
                self.check_state(now)
                self.check_name(spec)
                return self.cloud.put(self.copy(now, f"i-{number}", spec))
        except BaseException:
            self.undo(f"volume{number}")
            raise

    def check_state(self, now: Instance) -> None:
        if now.state not in self.cloned_in:
            raise NotAllowed(f"{now.name} is {now.state}")

    def check_name(self, spec: CloneSpec) -> None:
        if any(record.instance.name == spec.name for record in self.cloud.records.values()):
            raise Conflict(f"{spec.name} is taken")

    def copy(self, now: Instance, identifier: str, spec: CloneSpec) -> Instance:
        return replace(now, id=identifier, name=spec.name)

    def undo(self, volume: str) -> None:
        self.cloud.volumes.discard(volume)


class ClonesAnybody(Clones):
    """Does not look at the state."""

    def check_state(self, now: Instance) -> None:
        """All are the same to it."""


class ClonesIntoTwins(Clones):
    """Does not look whether the name is taken."""

    def check_name(self, spec: CloneSpec) -> None:
        """All names are free to it."""


class ClonesInTheDefaultSize(Clones):
    """Forgets what was asked for."""

    def copy(self, now: Instance, identifier: str, spec: CloneSpec) -> Instance:
        return replace(super().copy(now, identifier, spec), overrides={})


class LeavesHalfClones(Clones):
    """Rolls back nothing."""

    def undo(self, volume: str) -> None:
        """It will be overwritten some day."""


class MovesInsteadOfCloning(Clones):
    """Takes the original along."""

    def copy(self, now: Instance, identifier: str, spec: CloneSpec) -> Instance:
        self.cloud.records[now.id].instance = replace(now, hwp=None)
        return super().copy(now, identifier, spec)


WRONG: dict[type[Driver], int] = {
    ClonesAnybody: 5,
    ClonesIntoTwins: 12,
    ClonesInTheDefaultSize: 8,
    LeavesHalfClones: 15,
    MovesInsteadOfCloning: 8,
}
