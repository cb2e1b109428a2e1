"""Checks of drivers that destroy images: sentences 11 and 17."""

from __future__ import annotations

from dataclasses import replace

from dcctl.abilities import ImportImages
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.model import Query
from dcctl.testing.images import destroy
from dcctl.testing.optional.import_images import importable, imported
from dcctl.testing.verdict import Broken, Check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check("image destroy: refused while an instance needs it, naming the instance", 17, _in_use)
    if issubclass(driver, ImportImages):
        yield Check("image destroy: exactly what import made is removed", 17, _exactly)
        yield Check("image destroy: twice does no harm", 17, _twice)


def _in_use(world: World) -> None:
    image = imported(world, importable(world)) if isinstance(world.driver, ImportImages) else world.image()
    instance = world.created(world.spec(image=image))
    try:
        destroy(world, image)
    except NotAllowed as error:
        if instance.name not in error.message and instance.name not in (error.hint or ""):
            raise Broken(
                17, f"the image is in use by {instance.name}, which the refusal does not name: {error}"
            ) from None
        if not world.images(Query(ids=frozenset((image.id,)))):
            raise Broken(17, "destroying an image that is in use was refused, but the image is gone") from None
        return
    raise Broken(17, f"the image {image.id} was destroyed while {instance.name} needs it")


def _exactly(world: World) -> None:
    before = world.belongings()
    image = imported(world, importable(world))
    destroy(world, image)
    if world.images(Query(ids=frozenset((image.id,)))):
        raise Broken(11, f"the image {image.id} was destroyed, and is still listed")
    after = world.belongings()
    if after != before:
        raise Broken(17, f"importing and destroying an image leaves a difference: {', '.join(sorted(after ^ before))}")


def _twice(world: World) -> None:
    image = imported(world, importable(world))
    destroy(world, image)
    namesake = imported(world, replace(importable(world), name=image.name))
    if namesake.id == image.id:  # where names are ids it is the same image
        destroy(world, namesake)
    before = world.belongings()
    try:
        destroy(world, image)
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(17, f"destroying an image twice raised {type(error).__name__}: {error.message}") from error
    if world.belongings() != before:
        raise Broken(17, "destroying an image twice changed something")
