"""Wrong drivers that cannot pull the plug as they say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.model import Action, State

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance


class PowerOffOnlyAsks(MemoryDriver):
    """Pulls no plug."""

    def power_off(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.look(instance.id)
            if now.state is not State.STOPPING:
                self.checked(Action.STOP, now)
            return now


class NoPowerOffWhileStopping(MemoryDriver):
    """Lets nobody interrupt a guest that takes its time."""

    def power_off(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            return self.cloud.put(replace(self.checked(Action.STOP, instance), state=State.STOPPED))


WRONG: dict[type[Driver], int] = {
    PowerOffOnlyAsks: 9,
    NoPowerOffWhileStopping: 9,
}
