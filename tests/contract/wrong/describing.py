"""A driver that keeps labels and descriptions as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.abilities import Describable, Describe, Labels
from dcctl.errors import NotAllowed
from dcctl.model import Field, State

if TYPE_CHECKING:
    from dcctl.abilities import Ability
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec, Query
    from dcctl.nouns.changes import Description


class Labelled(MemoryDriver, Describe):
    """Keeps every sentence."""

    abilities: ClassVar[tuple[Ability, ...]] = (
        *MemoryDriver.abilities,
        Labels(max_count=4, max_length=20),
        Describable(max_length=50),
    )

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), labels=dict(spec.labels), description=spec.description)

    def instances(self, query: Query) -> list[Instance]:
        found = super().instances(query)
        if Field.NOTES in query.fields:
            return found
        return [replace(each, labels={}, description=None) for each in found]

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.look(instance.id)
            after = replace(now, labels=change.labels_after(now.labels), description=change.text_after(now.description))
            self.cloud.records[now.id].instance = after
            return after


class ForgetsLabels(Labelled):
    """Takes labels at create, and that is it."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return replace(super().make(spec, identifier), labels={})


class ReplacesLabels(Labelled):
    """Takes the change for all that there is."""

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        return super().describe(replace(instance, labels={}), change, job)

    def look(self, identifier: str) -> Instance:
        found = super().look(identifier)
        return replace(found, labels={})


class LabelsOnlyTheRunning(Labelled):
    """Needs the guest."""

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        if instance.state is not State.RUNNING:
            raise NotAllowed(f"{instance.name} does not run")
        return super().describe(instance, change, job)


class LabelsTheGone(Labelled):
    """Makes what it is to label."""

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        with self.cloud.lock:
            if self.cloud.look(instance.id) is None:
                self.cloud.put(replace(instance, state=State.STOPPED))
        return super().describe(instance, change, job)


class StartsWhatItLabels(Labelled):
    """Is eager."""

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        after = super().describe(instance, change, job)
        with self.cloud.lock:
            return self.cloud.put(replace(after, state=State.STOPPED))


class NeverListsLabels(Labelled):
    """Has them where one instance is asked for, and not in a list of all."""

    def instances(self, query: Query) -> list[Instance]:
        found = super().instances(query)
        return found if query.ids is not None else [replace(each, labels={}) for each in found]


class LabelsTheLastOne(Labelled):
    """Has one place for the instance that it is at work on."""

    at_work: ClassVar[list[Instance]] = []

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        self.at_work[:] = [instance]
        sleep(0.1)
        super().describe(self.at_work[0], change, job)
        return replace(instance, labels=change.labels_after({}))


WRONG: dict[type[Driver], int] = {
    ForgetsLabels: 8,
    ReplacesLabels: 8,
    LabelsOnlyTheRunning: 8,
    LabelsTheGone: 5,
    StartsWhatItLabels: 9,
    NeverListsLabels: 14,
    LabelsTheLastOne: 8,
}
