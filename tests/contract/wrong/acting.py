"""Wrong drivers whose actions are not what they declare: sentences 4 to 6, 8 and 9."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver, ProviderError
from dcctl.errors import NotAllowed
from dcctl.model import Action, State
from dcctl.states import machine

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec
    from dcctl.states import StateMachine


class IgnoresRefusals(MemoryDriver):
    """Lists what it refuses, and does it all the same."""

    def checked(self, action: Action, instance: Instance) -> Instance:
        now = self.look(instance.id)
        if self.states.step(now.state, action) is None:
            raise NotAllowed(f"cannot {action}")
        return now


class TrustsTheCaller(MemoryDriver):
    """Takes the state from the argument, which was true a moment ago."""

    def checked(self, action: Action, instance: Instance) -> Instance:
        now = self.look(instance.id)
        if self.states.step(instance.state, action) is None or action in now.refused:
            raise NotAllowed(f"cannot {action}")
        return replace(now, state=instance.state)


class RefusesInItsOwnWords(MemoryDriver):
    """Lets the provider's exception out, and translate does not know it."""

    def checked(self, action: Action, instance: Instance) -> Instance:
        try:
            return super().checked(action, instance)
        except NotAllowed as error:
            raise RuntimeError("operation invalid") from error


class FallsOverWhenShared(MemoryDriver):
    """Declares eight calls at once, and bears one."""

    busy: ClassVar[Lock] = Lock()

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        if not self.busy.acquire(blocking=False):
            raise ProviderError("busy")
        try:
            sleep(0.05)
            return super().create(spec, job)
        finally:
            self.busy.release()


class ReturnsAnotherInstance(MemoryDriver):
    """Answers with an instance that is not the one that it was asked to stop."""

    def stop(self, instance: Instance, job: Job) -> Instance:
        return replace(super().stop(instance, job), id="i-0")


class SkipsPending(MemoryDriver):
    """Starts in a state that its machine does not have there."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), state=State.SUSPENDED)


class NeverStops(MemoryDriver):
    """Accepts stop, and goes on running."""

    def stop(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            return self.cloud.put(replace(self.checked(Action.STOP, instance), state=State.STOPPING), State.RUNNING)


class StopsOthers(MemoryDriver):
    """Stops all other machines when one is rebooted."""

    def reboot(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            for record in list(self.cloud.records.values()):
                if record.instance.id != instance.id and record.instance.state is State.RUNNING:
                    self.cloud.put(replace(record.instance, state=State.STOPPED))
        return super().reboot(instance, job)


class NeverLooksAtItsJob(MemoryDriver):
    """Takes long now and then, and cannot be told to stop."""

    asked: ClassVar[int] = 0

    def reboot(self, instance: Instance, job: Job) -> Instance:
        type(self).asked += 1
        if self.asked <= 2:
            sleep(2.1)
        return super().reboot(instance, job)


class LooksOnlyAtTheStart(NeverLooksAtItsJob):
    """Looks whether it should stop before anybody can have said so."""

    asked = 0

    def reboot(self, instance: Instance, job: Job) -> Instance:
        job.stage("reboot")
        return super().reboot(instance, job)


class MixesUpWhoIsMeant(MemoryDriver):
    """Keeps the instance at work on where every thread finds it."""

    meant: Instance

    def act(self, action: Action, instance: Instance) -> Instance:
        self.meant = instance
        sleep(0.1)
        return super().act(action, self.meant)


class ClaimsMoreThanItsClass(MemoryDriver):
    """Learns from its endpoint that running instances could be destroyed, which its class never said."""

    @property
    def machine(self) -> StateMachine:
        return machine(*self.states.transitions, State.RUNNING.to(State.FINISH).on(Action.DESTROY))


class UsesUpTheInstance(MemoryDriver):
    """Empties what it was handed."""

    def stop(self, instance: Instance, job: Job) -> Instance:
        result = super().stop(instance, job)
        if isinstance(instance.overrides, dict):
            instance.overrides.clear()
        return result


class ActsByName(MemoryDriver):
    """Remembers names instead of ids: who has the name of a destroyed instance now is taken for it."""

    names: ClassVar[dict[str, str]] = {}

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        self.names[identifier] = spec.name
        return super().make(spec, identifier)

    def look(self, identifier: str) -> Instance:
        for record in self.cloud.records.values():
            if record.instance.name == self.names.get(identifier):
                return super().look(record.instance.id)
        return super().look(identifier)


class ReturnsNothing(MemoryDriver):
    """Does it, and says nothing."""

    def reboot(self, instance: Instance, job: Job) -> Instance:
        super().reboot(instance, job)
        return None  # type: ignore[return-value]


WRONG: dict[type[Driver], int] = {
    IgnoresRefusals: 4,
    TrustsTheCaller: 5,
    RefusesInItsOwnWords: 5,
    FallsOverWhenShared: 6,
    NeverLooksAtItsJob: 7,
    LooksOnlyAtTheStart: 7,
    ReturnsAnotherInstance: 8,
    SkipsPending: 9,
    NeverStops: 9,
    StopsOthers: 9,
    MixesUpWhoIsMeant: 6,
    ClaimsMoreThanItsClass: 9,
    UsesUpTheInstance: 20,
    ActsByName: 5,
    ReturnsNothing: 8,
}
