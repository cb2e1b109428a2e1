"""Wrong drivers whose declaration is not true, or that do too much too early: sentences 1 to 3 and 18."""

from __future__ import annotations

import os
from threading import Event, Thread
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver, ProviderError
from dcctl.errors import NotFound
from dcctl.model import State

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


class ConnectsForItsRealms(MemoryDriver):
    """Asks the provider before anybody wanted to talk to it."""

    @classmethod
    def implicit_realms(cls) -> tuple[Realm, ...]:
        with open(os.devnull, "rb"):
            return super().implicit_realms()


class BeginsInTheBackground(MemoryDriver):
    """Connects in a thread, so that nobody notices."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.closed = Event()
        Thread(target=self.closed.wait, daemon=True).start()

    def close(self) -> None:
        self.closed.set()


class ClosesForEverybody(MemoryDriver):
    """Thinks that it is alone."""

    def close(self) -> None:
        with self.cloud.lock:
            for identifier, record in list(self.cloud.records.items()):
                if record.instance.state is State.RUNNING:
                    del self.cloud.records[identifier]


class TranslatesNothing(MemoryDriver):
    """Has no words for what its provider says."""

    def translate(self, error: Exception) -> DcctlError | None:
        return None


WRONG: dict[type[Driver], int] = {
    EndpointChanges: 1,
    ReadsInConstructor: 2,
    HidesThatNobodyAnswers: 2,
    ClosesOnlyOnce: 3,
    TranslatesEverything: 18,
    ConnectsForItsRealms: 1,
    BeginsInTheBackground: 2,
    ClosesForEverybody: 3,
    TranslatesNothing: 18,
}
