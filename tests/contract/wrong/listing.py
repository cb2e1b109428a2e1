"""Wrong drivers that do not answer what they are asked: sentences 10, 13 and 14."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.errors import NotSupported
from dcctl.hardware import Hardware
from dcctl.model import Address, Field, Query, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, Instance, InstanceSpec, Realm


class FindsNothingNew(MemoryDriver):
    """Returns an id under which nothing is found."""

    def instances(self, query: Query) -> list[Instance]:
        return [i for i in super().instances(query) if query.ids is None or i.state is not State.PENDING]


class ListsEverything(MemoryDriver):
    """Leaves the sifting to others."""

    def instances(self, query: Query) -> list[Instance]:
        return super().instances(Query(fields=query.fields))


class TakesRealmsForIds(MemoryDriver):
    """Looks for things that are called as their realm."""

    def instances(self, query: Query) -> list[Instance]:
        return super().instances(query if query.realms is None else replace(query, ids=query.realms))


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


class CachesListings(MemoryDriver):
    """Remembers what it has listed until it does something itself."""

    known: list[Instance] | None = None

    def instances(self, query: Query) -> list[Instance]:
        moving = (State.PENDING, State.STOPPING)
        if self.known is None or any(instance.state in moving for instance in self.known):
            self.known = super().instances(Query.everything(*Field))
        return [instance for instance in self.known if query.wants(instance.id, instance.name)]

    def connect(self) -> None:
        super().connect()
        self.known = None

    def look(self, identifier: str) -> Instance:
        self.known = None
        return super().look(identifier)

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        try:
            return super().create(spec, job)
        finally:
            self.known = None


class ForgetsTheStopped(MemoryDriver):
    """Lists what is switched on, and finds the rest only if asked for it."""

    def instances(self, query: Query) -> list[Instance]:
        found = super().instances(query)
        everything = query.ids is None and query.names is None
        return [instance for instance in found if not everything or instance.state is not State.STOPPED]


class LooksUpEachId(MemoryDriver):
    """Lists all at once, and what was named one by one."""

    def instances(self, query: Query) -> list[Instance]:
        self.cloud.calls += len(query.ids or ())
        return super().instances(query)


class LooksUpEachName(MemoryDriver):
    """The same, for names."""

    def instances(self, query: Query) -> list[Instance]:
        self.cloud.calls += len(query.names or ())
        return super().instances(query)


class UnderstandsOneName(MemoryDriver):
    """Takes one of the names that it is asked for, and forgets the others."""

    def instances(self, query: Query) -> list[Instance]:
        names = None if query.names is None else frozenset(sorted(query.names)[:1])
        return super().instances(Query(query.ids, names, query.fields))


class MadeJustNow(MemoryDriver):
    """Puts the time of the question where the time of the creation belongs."""

    def instances(self, query: Query) -> list[Instance]:
        return [replace(instance, created=datetime.now(UTC)) for instance in super().instances(query)]


class KnowsNoHardware(MemoryDriver):
    """Answers the question for the hardware with an empty form."""

    def instances(self, query: Query) -> list[Instance]:
        return [
            replace(instance, hardware=Hardware() if instance.hardware else None)
            for instance in super().instances(query)
        ]


class HidesWhoeverIsThere(MemoryDriver):
    """Says that nobody reaches instances which have an address."""

    def no_way_in(self, realm: Realm, networks: Sequence[str]) -> NotSupported:
        return NotSupported("nobody gets in", hint="use the console")

    def instances(self, query: Query) -> list[Instance]:
        return [replace(instance, addresses=(Address("192.0.2.1"),)) for instance in super().instances(query)]


class AsksWhetherAnybodyGetsIn(MemoryDriver):
    """Looks into a file to say whether instances can be reached."""

    def no_way_in(self, realm: Realm, networks: Sequence[str]) -> None:
        with open(os.devnull, "rb"):
            pass


class SaysNobodyGetsInWithoutAHint(MemoryDriver):
    """Leaves whoever cannot reach an instance without a way."""

    def no_way_in(self, realm: Realm, networks: Sequence[str]) -> NotSupported:
        return NotSupported("nobody gets in")


WRONG: dict[type[Driver], int] = {
    FindsNothingNew: 10,
    ListsEverything: 13,
    TakesRealmsForIds: 13,
    TakesNothingForEverything: 13,
    AsksOnceForEach: 13,
    ForgetsWhatWasAsked: 14,
    CachesListings: 10,
    ForgetsTheStopped: 13,
    LooksUpEachId: 13,
    LooksUpEachName: 13,
    UnderstandsOneName: 13,
    MadeJustNow: 14,
    KnowsNoHardware: 14,
    HidesWhoeverIsThere: 14,
    AsksWhetherAnybodyGetsIn: 14,
    SaysNobodyGetsInWithoutAHint: 14,
}
