"""Which images nobody needs any more, and who needs one. Pure."""

from __future__ import annotations

from dcctl.model import DiskMode, Image, ImageState, Instance, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def unused(images: Iterable[Image], instances: Iterable[Instance], before: datetime) -> list[Image]:
    """The images of one endpoint that none of its instances started from, and that were made before this time.

    One that an interrupted import left is of no use at any age. Of an image whose age nobody knows it cannot be said that it is old. The
    driver's own check still comes: an image that something else needs is not destroyed.
    """
    needed = {(instance.realm, instance.image) for instance in instances if instance.state is not State.FINISH}
    needed_anywhere = {image for _, image in needed}

    def in_use(image: Image) -> bool:
        if image.realm is None:
            return image.id in needed_anywhere
        return (image.realm, image.id) in needed or (None, image.id) in needed

    return [
        image
        for image in images
        if image.state is ImageState.ERROR
        or (
            image.state is ImageState.AVAILABLE
            and not in_use(image)
            and image.created is not None
            and image.created < before
        )
    ]


def users(image: Image, instances: Iterable[Instance]) -> list[str]:
    """The names of the instances of its endpoint that cannot do without the image: whose disks are no copies of their own."""
    return sorted(
        instance.name
        for instance in instances
        if instance.image == image.id
        and (image.realm is None or instance.realm in (None, image.realm))
        and instance.state is not State.FINISH
        and instance.disk_mode in (None, DiskMode.OVERLAY)
    )
