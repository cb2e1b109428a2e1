"""Wrong drivers that import and destroy images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.memory import MemoryDriver

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Query


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


WRONG: dict[type[Driver], int] = {
    IgnoresDigest: 15,
    TakesAnyFile: 15,
    DestroysImagesInUse: 17,
    ListsImagesOneByOne: 13,
    LeavesCopies: 15,
    DestroysImagesByName: 17,
}
