"""Wrong drivers that import and destroy images."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.nouns.image_content import ImageContent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance, Query


class IgnoresDigest(MemoryDriver):
    """Publishes whatever the file holds."""

    def check_digest(self, spec: ImageSpec, digest: str) -> None:
        """Trusts the file."""


class TakesAnyFile(MemoryDriver):
    """Says which formats it takes, and never looks."""

    image_formats = ("qcow2",)


class DestroysImagesInUse(MemoryDriver):
    """Pulls the image from under its instances."""

    def check_unused(self, image: Image) -> None:
        """It will be all right."""


class ListsImagesOneByOne(MemoryDriver):
    """Fetches the details of every image."""

    def images(self, query: Query) -> list[Image]:
        found = super().images(query)
        self.cloud.calls += len(found)
        return found


class LeavesCopies(MemoryDriver):
    """Copies first, and looks afterwards whether it may."""

    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        self.cloud.volumes.add(f"copy of {spec.token}")
        image = super().import_image(spec, job)
        self.cloud.volumes.discard(f"copy of {spec.token}")
        return image


class DestroysImagesByName(MemoryDriver):
    """Takes an image that has the name now for the one that had it."""

    def destroy_image(self, image: Image, job: Job) -> None:
        named = [known for known in self.cloud.images.values() if known.name == image.name]
        super().destroy_image(named[0] if named else image, job)


class CopiesOtherImages(MemoryDriver):
    """Hands on something that was never published."""

    @contextmanager
    def read_image(self, image: Image) -> Iterator[ImageContent]:
        yield ImageContent(5, iter([b"other"]))

    def check_digest(self, spec: ImageSpec, digest: str) -> None:
        if spec.source.startswith("/"):
            super().check_digest(spec, digest)


class CopiesOver(MemoryDriver):
    """Publishes under whatever name it is told."""

    def publish(self, spec: ImageSpec, content: bytes, job: Job) -> Image:
        taken = [image for image in self.cloud.images.values() if image.name == spec.name]
        return taken[0] if taken and not spec.source.startswith("/") else super().publish(spec, content, job)


class CopiesHalves(MemoryDriver):
    """Believes that what came is all of it."""

    def check_size(self, content: ImageContent, received: bytes) -> None:
        """Why should a line be cut?"""


class PublishesWhatCame(MemoryDriver):
    """Records the image before its content is there."""

    def write_image(self, spec: ImageSpec, content: ImageContent, job: Job) -> Image:
        image = self.publish(replace(spec, digest=None), b"", job)
        received = self.receive(content)
        self.check_size(content, received)
        self.check_digest(spec, f"sha256:{sha256(received).hexdigest()}")
        self.cloud.images[image.id] = replace(image, digest=spec.digest)
        return self.cloud.images[image.id]


class CapturesWhatRuns(MemoryDriver):
    """Never asks whether the guest is off."""

    def check_off(self, instance: Instance) -> None:
        """It will be all right."""


class CapturesAndForgets(MemoryDriver):
    """Makes the instance one of the new image."""

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        image = super().capture_image(instance, spec, job)
        with self.cloud.lock:
            self.cloud.put(replace(self.look(instance.id), image=image.id))
        return image


class CapturesOver(MemoryDriver):
    """Makes the image under whatever name it is told."""

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        taken = [image for image in self.cloud.images.values() if image.name == spec.name]
        return taken[0] if taken else super().capture_image(instance, spec, job)


class CapturesBeforeItLooks(MemoryDriver):
    """Records the image, and then asks whether it may."""

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        image = self.publish(spec, b"a disk", job)
        job.stage("check")
        job.check()
        self.check_off(instance)
        return image


WRONG: dict[type[Driver], int] = {
    IgnoresDigest: 15,
    TakesAnyFile: 15,
    DestroysImagesInUse: 17,
    CapturesWhatRuns: 5,
    CapturesAndForgets: 8,
    CapturesOver: 12,
    CapturesBeforeItLooks: 15,
    CopiesOtherImages: 8,
    CopiesOver: 12,
    CopiesHalves: 15,
    PublishesWhatCame: 15,
    ListsImagesOneByOne: 13,
    LeavesCopies: 15,
    DestroysImagesByName: 17,
}
