"""A driver whose instances run programs as they should, and some that do it wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract.memory import MemoryDriver
from dcctl.abilities import Commands
from dcctl.errors import NotAllowed
from dcctl.model import Instance, State
from dcctl.nouns.commands import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.driver import Driver
    from dcctl.job import Job


class RunsPrograms(MemoryDriver, Commands):
    """Keeps every sentence. A program has ended when it is asked for the second time."""

    def begin_command(self, instance: Instance, command: Sequence[str], stdin: bytes, job: Job) -> str:
        self.check_on(self.look(instance.id))
        word = f"program {self.cloud.next_number()}"
        self.cloud.volumes.add(word)
        return word

    def check_on(self, instance: Instance) -> None:
        if instance.state is not State.RUNNING:
            raise NotAllowed(f"{instance.name} is {instance.state}")

    def end_of_command(self, instance: Instance, word: str) -> Ended | None:
        if word in self.cloud.volumes:
            self.cloud.volumes.discard(word)
            return None
        return self.ended()

    def ended(self) -> Ended:
        return Ended(0)


class RunsInTheDead(RunsPrograms):
    """Takes programs for an instance that is off."""

    def check_on(self, instance: Instance) -> None:
        pass


class WritesText(RunsPrograms):
    """Gives what a program wrote as text, which it need not be."""

    def ended(self) -> Ended:
        text: Any = "text"
        return Ended(0, text)


WRONG: dict[type[Driver], int] = {
    RunsInTheDead: 5,
    WritesText: 8,
}
