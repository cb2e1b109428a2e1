"""A driver that keeps keys as it should, and some that do not; the table at the end says which sentence each breaks."""

from __future__ import annotations

from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING

from contract.memory import CLOUDS, MemoryDriver
from dcctl.abilities import Keys
from dcctl.errors import Conflict, NotFound
from dcctl.nouns.keys import Key

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Query
    from dcctl.nouns.keys import KeySpec

KEPT: dict[int, dict[str, Key]] = {}
"""The keys of each memory cloud, by name."""


class KeepsKeys(MemoryDriver, Keys):
    """Keeps every sentence."""

    @property
    def kept(self) -> dict[str, Key]:
        assert self.cloud in CLOUDS.values()
        return KEPT.setdefault(id(self.cloud), {})

    def keys(self, query: Query) -> list[Key]:
        with self.cloud.lock:
            return [key for key in self.kept.values() if query.wants(key.id, key.name)]

    def import_key(self, spec: KeySpec, job: Job) -> Key:
        with self.cloud.lock:
            if spec.name in self.kept:
                raise Conflict(f"{spec.name} is taken")
            return self.keep(spec)

    def keep(self, spec: KeySpec) -> Key:
        key = Key(f"k-{spec.name}", spec.name, None, self.written(spec.public_key), datetime.now(UTC))
        return self.kept.setdefault(spec.name, key)

    def written(self, public_key: str) -> str:
        return public_key

    def destroy_key(self, key: Key, job: Job) -> None:
        with self.cloud.lock:
            if self.kept.pop(key.name, None) is None:
                raise NotFound(f"no key {key.name}")


class LooksThenWrites(KeepsKeys):
    """Finds the name free, and writes it a moment later."""

    def import_key(self, spec: KeySpec, job: Job) -> Key:
        if spec.name in self.kept:
            raise Conflict(f"{spec.name} is taken")
        sleep(0.1)
        self.kept.pop(spec.name, None)
        return self.keep(spec)


class ReplacesKeys(KeepsKeys):
    """The last who imports under a name has it."""

    def import_key(self, spec: KeySpec, job: Job) -> Key:
        with self.cloud.lock:
            self.kept.pop(spec.name, None)
            return self.keep(spec)


class CutsLongKeys(KeepsKeys):
    """Has a field of 255 characters."""

    def written(self, public_key: str) -> str:
        return public_key[:255]


class ListsAllKeys(KeepsKeys):
    """Lets the core do the sifting."""

    def keys(self, query: Query) -> list[Key]:
        return list(self.kept.values())


class ForgetsAnyKey(KeepsKeys):
    """Forgets the last key that it has when it does not find the one that was meant."""

    def destroy_key(self, key: Key, job: Job) -> None:
        with self.cloud.lock:
            if self.kept.pop(key.name, None) is None:
                self.kept.popitem()


class KeepsWhatWasDestroyed(KeepsKeys):
    """Says that it is done."""

    def destroy_key(self, key: Key, job: Job) -> None:
        if key.name not in self.kept:
            raise NotFound(f"no key {key.name}")


WRONG: dict[type[Driver], int] = {
    LooksThenWrites: 12,
    ReplacesKeys: 12,
    CutsLongKeys: 8,
    ListsAllKeys: 13,
    ForgetsAnyKey: 17,
    KeepsWhatWasDestroyed: 11,
}
