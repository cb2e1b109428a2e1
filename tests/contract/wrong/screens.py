"""A driver whose instances have screens as they should, and some whose screens are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Screens
from dcctl.errors import NotAllowed, NotFound, Usage
from dcctl.model import Instance, InstanceSpec, State
from dcctl.nouns.screens import Screen

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job


class HasScreens(MemoryDriver, Screens):
    """Keeps every sentence. A volume is the sign of a screen."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        if spec.vnc:
            self.cloud.volumes.add(f"screen of {instance.id}")
        return instance

    def destroy(self, instance: Instance, job: Job) -> Instance:
        finished = super().destroy(instance, job)
        self.cloud.volumes.discard(f"screen of {instance.id}")
        return finished

    def screen(self, instance: Instance) -> Screen:
        self.check_on(self.look(instance.id))
        if f"screen of {instance.id}" not in self.cloud.volumes:
            raise self.none(instance)
        return Screen("127.0.0.1", self.port())

    def check_on(self, instance: Instance) -> None:
        if instance.state is not State.RUNNING:
            raise NotAllowed(f"{instance.name} is {instance.state}")

    def none(self, instance: Instance) -> Exception:
        return NotFound(f"{instance.name} has no screen")

    def port(self) -> int:
        return 5900


class ShowsTheDead(HasScreens):
    """Shows the screen of an instance that is off."""

    def screen(self, instance: Instance) -> Screen:
        return Screen("127.0.0.1", self.port())


class HasNoPort(HasScreens):
    """Gives the port as libvirt has it of a guest that is off."""

    def port(self) -> int:
        return -1


class BlamesThePerson(HasScreens):
    """Says that a screen that is not there was asked for wrongly."""

    def none(self, instance: Instance) -> Exception:
        return Usage("no")


WRONG: dict[type[Driver], int] = {
    ShowsTheDead: 5,
    HasNoPort: 8,
    BlamesThePerson: 10,
}
