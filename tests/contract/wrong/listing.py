"""Wrong drivers that do not answer what they are asked: sentences 10, 13 and 14."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.model import Field, Query, State

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Image, Instance


class FindsNothingNew(MemoryDriver):
    """Returns an id under which nothing is found."""

    def instances(self, query: Query) -> list[Instance]:
        return [i for i in super().instances(query) if query.ids is None or i.state is not State.PENDING]


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


WRONG: dict[type[Driver], int] = {
    FindsNothingNew: 10,
    ListsEverything: 13,
    TakesNothingForEverything: 13,
    AsksOnceForEach: 13,
    ForgetsWhatWasAsked: 14,
}
