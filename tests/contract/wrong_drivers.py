"""Drivers that break the contract, each in one way; the table at the end says which sentence."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from time import sleep
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver, ProviderError
from dcctl.errors import NotAllowed, NotFound
from dcctl.model import Action, Field, Instance, Query, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Endpoint
    from dcctl.errors import DcctlError
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, InstanceSpec, Realm


class EndpointChanges(MemoryDriver):
    """Makes up a new endpoint each time it is asked."""

    asked: ClassVar[list[str]] = []

    @classmethod
    def endpoint_of(cls, realm: Realm) -> str:
        cls.asked.append(realm.id)
        return f"endpoint{len(cls.asked)}"


class ReadsInConstructor(MemoryDriver):
    """Opens a file before anybody asked it anything."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        with open(os.devnull, "rb"):
            pass


class HidesThatNobodyAnswers(MemoryDriver):
    """Takes a provider that cannot be reached for an empty one."""

    def instances(self, query: Query) -> list[Instance]:
        try:
            return super().instances(query)
        except ProviderError:
            return []


class ClosesOnlyOnce(MemoryDriver):
    """Fails when it is closed again."""

    closed = False

    def close(self) -> None:
        if self.closed:
            raise ProviderError("already closed")
        self.closed = True


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


class LosesOverrides(MemoryDriver):
    """Makes every instance in the default size."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), overrides={})


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


class PowerOffOnlyAsks(MemoryDriver):
    """Pulls no plug."""

    def power_off(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.look(instance.id)
            if now.state is not State.STOPPING:
                self.checked(Action.STOP, now)
            return now


class MissesChanges(MemoryDriver):
    """Begins to listen only when it is asked to wait."""

    @contextmanager
    def watch(self, instance: Instance) -> Iterator[Callable[[float], bool]]:
        def changed(seconds: float) -> bool:
            sleep(min(seconds, 0.02))
            return False

        yield changed


class FindsNothingNew(MemoryDriver):
    """Returns an id under which nothing is found."""

    def instances(self, query: Query) -> list[Instance]:
        return [i for i in super().instances(query) if query.ids is None or i.state is not State.PENDING]


class ReusesIds(MemoryDriver):
    """Gives the lowest free id, as Deltacloud's mock driver did."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        number = 1
        while f"i-{number}" in self.cloud.records:
            number += 1
        return super().make(spec, f"i-{number}")


class KeepsNames(MemoryDriver):
    """Never forgets a name."""

    used: ClassVar[set[str]] = set()

    def check_new(self, spec: InstanceSpec) -> None:
        super().check_new(spec)
        if spec.name in self.used:
            raise NotAllowed(f"{spec.name} was used")
        self.used.add(spec.name)


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


class ListsEverything(MemoryDriver):
    """Leaves the sifting to others."""

    def instances(self, query: Query) -> list[Instance]:
        return super().instances(Query(fields=query.fields))


class TakesNothingForEverything(MemoryDriver):
    """Asks ``if query.ids`` where it should ask ``if query.ids is not None``."""

    def images(self, query: Query) -> list[Image]:
        if not query.ids and not query.names:
            return super().images(Query.everything())
        return super().images(query)


class AsksOnceForEach(MemoryDriver):
    """Looks every instance up, one after the other."""

    def instances(self, query: Query) -> list[Instance]:
        return [
            super(AsksOnceForEach, self).instances(Query.called(i.id, *query.fields))[0]
            for i in super().instances(query)
        ]


class ForgetsWhatWasAsked(MemoryDriver):
    """Returns the hardware only to those who do not ask."""

    def instances(self, query: Query) -> list[Instance]:
        return super().instances(Query(query.ids, query.names, frozenset(Field) - query.fields))


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


class IgnoresDigest(MemoryDriver):
    """Publishes whatever the file holds."""

    def check_digest(self, spec: ImageSpec, digest: str) -> None:
        """Trusts the file."""


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


class DestroysImagesInUse(MemoryDriver):
    """Pulls the image from under its instances."""

    def check_unused(self, image: Image) -> None:
        """It will be all right."""


class TranslatesEverything(MemoryDriver):
    """Claims to know every exception, bugs included."""

    def translate(self, error: Exception) -> DcctlError | None:
        return NotFound(str(error))


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


WRONG: dict[type[MemoryDriver], int] = {
    EndpointChanges: 1,
    ReadsInConstructor: 2,
    HidesThatNobodyAnswers: 2,
    ClosesOnlyOnce: 3,
    IgnoresRefusals: 4,
    TrustsTheCaller: 5,
    RefusesInItsOwnWords: 5,
    FallsOverWhenShared: 6,
    LosesOverrides: 8,
    ReturnsAnotherInstance: 8,
    SkipsPending: 9,
    NeverStops: 9,
    StopsOthers: 9,
    PowerOffOnlyAsks: 9,
    MissesChanges: 9,
    FindsNothingNew: 10,
    ReusesIds: 10,
    KeepsNames: 11,
    AllowsTwins: 12,
    LooksBeforeItLeaps: 12,
    ListsEverything: 13,
    TakesNothingForEverything: 13,
    AsksOnceForEach: 13,
    ForgetsWhatWasAsked: 14,
    LeavesVolumes: 15,
    LeavesPending: 15,
    IgnoresDigest: 15,
    DestroysTooLittle: 17,
    DestroysTooMuch: 17,
    DestroysOnlyOnce: 17,
    DestroysImagesInUse: 17,
    TranslatesEverything: 18,
    CutsNames: 19,
    ChangesItsArguments: 20,
}
"""Each wrong driver, with the number of the sentence that it breaks."""
