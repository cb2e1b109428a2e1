"""A driver that lets people choose the form of root disks as it should, and some that do not; the table says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.abilities import DiskModes
from dcctl.errors import Cancelled, NotAllowed
from dcctl.model import DiskMode

if TYPE_CHECKING:
    from dcctl.abilities import Ability
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, Instance, InstanceSpec


class HasModes(MemoryDriver):
    """Keeps every sentence; it makes no raw disks."""

    abilities: ClassVar[tuple[Ability, ...]] = (
        *MemoryDriver.abilities,
        DiskModes((DiskMode.OVERLAY, DiskMode.FULL)),
    )

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        mode = None if spec.disks is None else spec.disks.mode
        return replace(super().make(spec, identifier), disk_mode=mode or DiskMode.OVERLAY)

    def check_unused(self, image: Image) -> None:
        overlays = [r.instance for r in self.cloud.records.values() if r.instance.disk_mode is DiskMode.OVERLAY]
        users = [instance.name for instance in overlays if instance.image == image.id]
        if users:
            raise NotAllowed(f"{image.name} is in use by {', '.join(users)}")


class MakesOverlays(HasModes):
    """Whatever was asked for."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        return super().make(replace(spec, disks=None), identifier)


class CopiesUnasked(HasModes):
    """Declares overlays first."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        made = super().make(spec, identifier)
        return made if spec.disks is not None else replace(made, disk_mode=DiskMode.FULL)


class KeepsImagesForCopies(HasModes):
    """Takes every instance for an overlay."""

    def check_unused(self, image: Image) -> None:
        MemoryDriver.check_unused(self, image)


class LeavesHalfCopies(HasModes):
    """Forgets about a copy that was cancelled."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        try:
            return super().create(spec, job)
        except Cancelled:
            if spec.disks is not None and spec.disks.mode is DiskMode.FULL:
                self.cloud.volumes.add(f"copy for {spec.token}")
            raise


WRONG: dict[type[Driver], int] = {
    MakesOverlays: 8,
    CopiesUnasked: 8,
    KeepsImagesForCopies: 17,
    LeavesHalfCopies: 15,
}
