"""A driver whose instances have consoles as they should, and some whose consoles are wrong."""

from __future__ import annotations

from contextlib import contextmanager
from socket import socketpair
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Console, ConsoleLog
from dcctl.errors import Conflict, Failed, NotAllowed, NotFound
from dcctl.model import Instance, InstanceSpec, State
from dcctl.nouns.consoles import ConsolePart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    from dcctl.driver import Driver
    from dcctl.job import Job

SAID = b"booting\r\nlogin: "


class HasConsoles(MemoryDriver, Console, ConsoleLog):
    """Keeps every sentence. A volume is the sign of a log that is kept."""

    def log_of(self, instance: Instance) -> str:
        return f"log of {instance.id}"

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        if spec.console_log:
            self.cloud.volumes.add(self.log_of(instance))
        return instance

    def destroy(self, instance: Instance, job: Job) -> Instance:
        finished = super().destroy(instance, job)
        self.cloud.volumes.discard(self.log_of(instance))
        self.cloud.volumes.discard(f"at {instance.id}")
        return finished

    @contextmanager
    def console(self, instance: Instance, *, force: bool = False) -> Iterator[socket]:
        self.check_console(self.look(instance.id))
        there = f"at {instance.id}"
        if there in self.cloud.volumes and not force:
            self.refuse_second(instance)
        self.cloud.volumes.add(there)
        ours, theirs = socketpair()
        with ours, theirs:
            yield theirs
        self.cloud.volumes.discard(there)

    def check_console(self, instance: Instance) -> None:
        if instance.state not in (State.RUNNING, State.SUSPENDED, State.STOPPING):
            raise NotAllowed(f"{instance.name} is {instance.state}")

    def refuse_second(self, instance: Instance) -> None:
        raise Conflict("somebody is there")

    def console_log(self, instance: Instance, start: int, most: int) -> ConsolePart:
        self.look(instance.id)
        if self.log_of(instance) not in self.cloud.volumes:
            raise NotFound(f"{instance.name} keeps no log")
        begin = max(0, len(SAID) + start) if start < 0 else start
        return self.part(begin, most)

    def part(self, start: int, most: int) -> ConsolePart:
        return ConsolePart(start, SAID[start : start + most])


class TalksToTheDead(HasConsoles):
    """Connects to the console of an instance that is off."""

    def check_console(self, instance: Instance) -> None:
        pass


class LosesItsTemper(HasConsoles):
    """Fails when somebody is there already."""

    def refuse_second(self, instance: Instance) -> None:
        raise Failed("no")


class AlwaysBeginsAnew(HasConsoles):
    """Gives the log from its beginning, wherever one wants to go on."""

    def part(self, start: int, most: int) -> ConsolePart:
        return ConsolePart(start, SAID[:most])


class GivesTooMuch(HasConsoles):
    """Gives all of the log."""

    def part(self, start: int, most: int) -> ConsolePart:
        return ConsolePart(start, SAID[start:])


class KeepsTheLog(HasConsoles):
    """Forgets the log when it destroys."""

    def destroy(self, instance: Instance, job: Job) -> Instance:
        return MemoryDriver.destroy(self, instance, job)


WRONG: dict[type[Driver], int] = {
    TalksToTheDead: 5,
    LosesItsTemper: 6,
    AlwaysBeginsAnew: 8,
    GivesTooMuch: 8,
    KeepsTheLog: 17,
}
