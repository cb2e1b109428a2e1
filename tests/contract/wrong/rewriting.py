"""A driver that lets disks be rewritten on their way to images, and some that do it badly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from contract.wrong.capturing import CapturesLive
from dcctl.abilities import CaptureRewritten
from dcctl.errors import Conflict
from dcctl.nouns.image_content import ImageContent

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance
    from dcctl.nouns.image_content import Rewrite


DISK = bytes(510) + b"\x55\xaa"
"""The mark of a partition table without partitions."""


class Rewrites(CapturesLive, CaptureRewritten):
    """Keeps every sentence."""

    def capture_rewritten(
        self, instance: Instance, spec: ImageSpec, rewrite: Rewrite, job: Job, *, live: bool = False
    ) -> Image:
        job.stage("copy")
        if live:
            self.check_on(instance)
        else:
            self.check_off(instance)
        self.check_free(spec)
        image = self.publish(spec, self.rewritten(spec, rewrite, job), job)
        return replace(image, description=self.words()) if live else image

    def check_free(self, spec: ImageSpec) -> None:
        with self.cloud.lock:
            if any(image.name == spec.name for image in self.cloud.images.values()):
                raise Conflict(f"{spec.name} is taken")

    def rewritten(self, spec: ImageSpec, rewrite: Rewrite, job: Job) -> bytes:
        disk = self.disk()
        with rewrite(ImageContent(len(disk), iter((disk[:6], disk[6:]))), job) as path:
            return Path(path).read_bytes()

    def disk(self) -> bytes:
        return DISK


class PublishesTheOriginal(Rewrites):
    """Has it rewritten, and takes what it had."""

    def rewritten(self, spec: ImageSpec, rewrite: Rewrite, job: Job) -> bytes:
        super().rewritten(spec, rewrite, job)
        return DISK


class HandsOverAPart(Rewrites):
    """Offers half of a disk, and thinks that nobody looks into it."""

    def disk(self) -> bytes:
        return DISK[:256]


class ForgetsHowLive(Rewrites):
    """Does not say what a rewritten live image is worth."""

    def capture_rewritten(
        self, instance: Instance, spec: ImageSpec, rewrite: Rewrite, job: Job, *, live: bool = False
    ) -> Image:
        image = super().capture_rewritten(instance, spec, rewrite, job, live=live)
        return replace(image, description=None)


class RewritesWhatRuns(Rewrites):
    """Never asks whether the guest is off."""

    def check_off(self, instance: Instance) -> None:
        """It will be all right."""


class LooksAfterAnHour(Rewrites):
    """Finds out that the name is taken when all the work is done."""

    def check_free(self, spec: ImageSpec) -> None:
        """Who would take it?"""


class KeepsTheCopy(Rewrites):
    """Forgets the copy that it made for reading when that goes wrong."""

    def rewritten(self, spec: ImageSpec, rewrite: Rewrite, job: Job) -> bytes:
        self.cloud.volumes.add(f"copy for {spec.token}")
        content = super().rewritten(spec, rewrite, job)
        self.cloud.volumes.discard(f"copy for {spec.token}")
        return content


WRONG: dict[type[Driver], int] = {
    PublishesTheOriginal: 8,
    HandsOverAPart: 8,
    ForgetsHowLive: 8,
    RewritesWhatRuns: 5,
    LooksAfterAnHour: 12,
    KeepsTheCopy: 15,
}
