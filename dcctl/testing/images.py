"""What the checks of importing, copying and capturing images have in common."""

from __future__ import annotations

from uuid import uuid4

from dcctl.abilities import DestroyImages
from dcctl.model import ImageSpec
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import Image, Instance
    from dcctl.testing.world import World


def capture_request(world: World, instance: Instance) -> ImageSpec:
    """A request for an image of the instance, as the core makes them."""
    return ImageSpec(
        token=str(uuid4()),
        name=world.new_name(),
        source=instance.name,
        realm=world.harness.realm,
        architecture=world.image().architecture,
    )


def kept(world: World, image: Image) -> Image:
    """A new image, destroyed in the end by drivers that can."""
    if isinstance(world.driver, DestroyImages):
        world.keep(f"image {image.id}", lambda: destroy(world, image))
    return image


def destroy(world: World, image: Image) -> None:
    driver = world.driver
    if not isinstance(driver, DestroyImages):
        raise Gap("this endpoint cannot destroy images")
    world.call(driver.destroy_image, image, WatchedJob())
    world.forget(f"image {image.id}")


def nothing_left(world: World, before: frozenset[str], what: str) -> None:
    if left := world.belongings() - before:
        raise Broken(15, f"{what} leaves behind: {', '.join(sorted(left))}")
