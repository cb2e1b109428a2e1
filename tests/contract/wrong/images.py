"""Wrong drivers that import and destroy images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.memory import MemoryDriver

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Image, ImageSpec


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


WRONG: dict[type[Driver], int] = {
    IgnoresDigest: 15,
    TakesAnyFile: 15,
    DestroysImagesInUse: 17,
}
