"""A driver that resizes as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.abilities import Resize
from dcctl.errors import NotAllowed
from dcctl.hardware import Hardware, Property
from dcctl.model import State
from dcctl.nouns.changes import Resized, Size

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, Query


class Resizes(MemoryDriver, Resize):
    """Keeps every sentence."""

    resizable: ClassVar[frozenset[Property]] = frozenset((Property.CPU, Property.MEMORY, Property.STORAGE))
    resized_in: ClassVar[frozenset[State]] = frozenset((State.RUNNING, State.STOPPED))

    def resize(self, instance: Instance, size: Size, job: Job) -> Resized:
        with self.cloud.lock:
            now = self.look(instance.id)
            if now.state not in self.resized_in:
                raise NotAllowed(f"{now.name} is {now.state}")
            had = now.hardware or Hardware()
            self.check_disk(had, size.hardware)
            waits = self.waits(now, size)
            after = replace(self.sized(now, had, size), at_next_start=self.noted(waits))
            self.cloud.records[now.id].instance = after
            return Resized(after, waits)

    def waits(self, now: Instance, size: Size) -> tuple[Property, ...]:
        had = now.hardware or Hardware()
        return (Property.CPU,) if now.state is State.RUNNING and had.cpu != size.hardware.cpu else ()

    def check_resize(self, instance: Instance, size: Size) -> tuple[Property, ...] | None:
        now = self.look(instance.id)
        if now.state not in self.resized_in:
            raise NotAllowed(f"{now.name} is {now.state}")
        return self.waits(now, size)

    def noted(self, waits: tuple[Property, ...]) -> tuple[Property, ...]:
        return waits

    def start(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            started = super().start(instance, job)
            return self.cloud.put(replace(started, at_next_start=self.left(started)))

    def left(self, started: Instance) -> tuple[Property, ...] | None:
        return ()

    def check_disk(self, had: Hardware, wanted: Hardware) -> None:
        if (wanted.storage_gib or 0) < (had.storage_gib or 0):
            raise NotAllowed("a disk does not shrink")

    def sized(self, now: Instance, had: Hardware, size: Size) -> Instance:
        return replace(now, hardware=size.hardware, overrides=dict(size.overrides), hwp=size.hwp.name)


class ShrinksDisks(Resizes):
    """Does what it is told."""

    def check_disk(self, had: Hardware, wanted: Hardware) -> None:
        """Everything is a size to it."""


class PromisesAllAtOnce(Resizes):
    """Its dry run knows of nothing that waits."""

    def check_resize(self, instance: Instance, size: Size) -> tuple[Property, ...]:
        super().check_resize(instance, size)
        return ()


class ForgetsOverrides(Resizes):
    """Changes the size, and not what was asked for."""

    def sized(self, now: Instance, had: Hardware, size: Size) -> Instance:
        return replace(now, hardware=size.hardware)


class AddsSizes(Resizes):
    """Takes the new value for an addition."""

    def sized(self, now: Instance, had: Hardware, size: Size) -> Instance:
        after = super().sized(now, had, size)
        more = (size.hardware.memory_mib or 0) - (had.memory_mib or 0)
        return replace(
            after, hardware=replace(size.hardware, memory_mib=(size.hardware.memory_mib or 0) + 1 - bool(more))
        )


class IgnoresMemory(Resizes):
    """Says yes."""

    def sized(self, now: Instance, had: Hardware, size: Size) -> Instance:
        after = super().sized(now, had, size)
        return replace(after, hardware=replace(size.hardware, memory_mib=had.memory_mib))


class RestartsToResize(Resizes):
    """Does not say that it needs to."""

    def sized(self, now: Instance, had: Hardware, size: Size) -> Instance:
        return replace(super().sized(now, had, size), state=State.STOPPED)


class ResizesAnybody(Resizes):
    """Does not look at the state."""

    def resize(self, instance: Instance, size: Size, job: Job) -> Resized:
        with self.cloud.lock:
            now = self.look(instance.id)
            after = self.sized(now, now.hardware or Hardware(), size)
            self.cloud.records[now.id].instance = after
            return Resized(after)


class SaysThatNothingWaits(Resizes):
    """Says it once, and is silent ever after."""

    def noted(self, waits: tuple[Property, ...]) -> tuple[Property, ...]:
        return ()


class WaitsForGood(Resizes):
    """Does not notice that it was started."""

    def left(self, started: Instance) -> tuple[Property, ...] | None:
        return started.at_next_start


class RemembersSizes(Resizes):
    """Keeps what it listed once."""

    listed: ClassVar[dict[str, Hardware | None]] = {}

    def instances(self, query: Query) -> list[Instance]:
        found = super().instances(query)
        if query.ids is not None or not query.fields:
            return found
        return [replace(each, hardware=self.listed.setdefault(each.id, each.hardware)) for each in found]


WRONG: dict[type[Driver], int] = {
    ShrinksDisks: 17,
    ForgetsOverrides: 9,
    PromisesAllAtOnce: 8,
    AddsSizes: 5,
    IgnoresMemory: 8,
    RestartsToResize: 9,
    ResizesAnybody: 5,
    SaysThatNothingWaits: 8,
    WaitsForGood: 8,
    RemembersSizes: 10,
}
