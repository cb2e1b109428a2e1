"""Wrong drivers whose declaration is not true, or that do too much too early: sentences 1 to 3 and 18."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver, ProviderError
from dcctl.errors import NotFound

if TYPE_CHECKING:
    from dcctl.driver import Driver, Endpoint
    from dcctl.errors import DcctlError
    from dcctl.model import Instance, Query, Realm


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


class TranslatesEverything(MemoryDriver):
    """Claims to know every exception, bugs included."""

    def translate(self, error: Exception) -> DcctlError | None:
        return NotFound(str(error))


WRONG: dict[type[Driver], int] = {
    EndpointChanges: 1,
    ReadsInConstructor: 2,
    HidesThatNobodyAnswers: 2,
    ClosesOnlyOnce: 3,
    TranslatesEverything: 18,
}
