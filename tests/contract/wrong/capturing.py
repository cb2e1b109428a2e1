"""A driver that makes images of instances that run, and some that do it badly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import CaptureRunning
from dcctl.errors import NotAllowed
from dcctl.model import State

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance


class CapturesLive(MemoryDriver, CaptureRunning):
    """Keeps every sentence."""

    def capture_running(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        job.stage("copy")
        self.check_on(instance)
        return replace(self.publish(spec, b"a disk", job), description=self.words())

    def check_on(self, instance: Instance) -> None:
        if self.look(instance.id).state is not State.RUNNING:
            raise NotAllowed(f"{instance.name} is off")

    def words(self) -> str | None:
        return "as after a power failure"


class PromisesNothing(CapturesLive):
    """Does not say what the image is worth."""

    def words(self) -> str | None:
        return None


class CapturesTheDead(CapturesLive):
    """Takes whatever is on the disk."""

    def check_on(self, instance: Instance) -> None:
        """It will be all right."""


class PublishesFirst(CapturesLive):
    """Records the image before the last moment at which it may be cancelled."""

    def capture_running(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        image = super().capture_running(instance, spec, job)
        job.stage("tidy")
        job.check()
        return image


WRONG: dict[type[Driver], int] = {
    PromisesNothing: 8,
    CapturesTheDead: 5,
    PublishesFirst: 15,
}
