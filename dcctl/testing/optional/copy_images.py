"""Checks of drivers that hand images on: sentences 8, 10, 12 and 15."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from dcctl.abilities import CopyImages
from dcctl.errors import Cancelled, Conflict, Failed
from dcctl.job import Job
from dcctl.model import ImageState, Query
from dcctl.nouns.image_content import ImageContent
from dcctl.testing.images import kept, nothing_left
from dcctl.testing.optional.import_images import importable, imported
from dcctl.testing.stages import cancel_before, cancel_within, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Image, ImageSpec
    from dcctl.testing.world import World

    Change = Callable[[ImageContent], ImageContent]


class LineCut(Exception):
    """What the other endpoint's library raises while it is read."""


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("image copy: the copy is there, available, and the same image", 8, _copied)
    yield Check("image copy: a name that is taken is a conflict", 12, _taken)
    yield Check("image copy: content that ends too early is refused, and nothing is left behind", 15, _short)
    yield Check("image copy: content that cannot be read to its end leaves nothing behind", 15, _cut)
    yield Check("image copy: cancelled at any stage, it leaves nothing behind", 15, _cancelled)


def _copied(world: World) -> None:
    image = imported(world, importable(world))
    spec = _spec(world, image)
    copy = _copy(world, image, spec)
    listed = world.images(Query(names=frozenset((spec.name,))))
    if [found.id for found in listed] != [copy.id] or copy.id == image.id:
        raise Broken(10, f"the copy {copy.id} of {image.id} is not found by its name")
    for found, when in ((copy, "as it was returned"), (listed[0], "as it is listed")):
        if found.state is not ImageState.AVAILABLE or found.name != spec.name:
            raise Broken(8, f"the copy, {when}, is {found.state} and called {found.name}, not {spec.name}")
        for what in ("architecture", "digest", "size_bytes", "user"):
            before, after = getattr(image, what), getattr(found, what)
            if before is not None and after != before:
                raise Broken(8, f"the copy, {when}, has the {what} {after}, not {before}")


def _taken(world: World) -> None:
    image = imported(world, importable(world))
    spec = _spec(world, image)
    _copy(world, image, spec)
    before = world.belongings()
    try:
        _copy(world, image, replace(spec, token=str(uuid4())))
    except Conflict:
        nothing_left(world, before, "a copy under a name that is taken")
        return
    raise Broken(12, f"two images called {spec.name} are in one realm")


def _short(world: World) -> None:
    image = imported(world, importable(world))
    before = world.belongings()
    try:
        _copy(world, image, _spec(world, image), lambda content: replace(content, size_bytes=content.size_bytes + 512))
    except Failed:
        nothing_left(world, before, "a copy whose content ended too early")
        return
    raise Broken(15, "a copy whose content ended too early was published")


def _cut(world: World) -> None:
    image = imported(world, importable(world))

    def cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk[: len(chunk) // 2]
            break
        raise LineCut("the line is cut")

    before = world.belongings()
    try:
        _copy(
            world,
            image,
            _spec(world, image),
            lambda content: ImageContent(content.size_bytes, cut(content.chunks)),
        )
    except Exception as error:  # noqa: BLE001  whatever the driver makes of it: the question is what is left
        nothing_left(world, before, f"a copy that ended with {type(error).__name__}")
        return
    raise Broken(15, "a copy whose content could not be read was published")


def _cancelled(world: World) -> None:
    image = imported(world, importable(world))
    stages: list[str] = []
    _copy(world, image, _spec(world, image), job=Job(report=stages.append))
    for position, stage in enumerate(stages):
        for interrupt in (cancel_before, cancel_within):
            before = world.belongings()
            try:
                _copy(world, image, _spec(world, image), job=interrupted(position, interrupt))
            except Cancelled:
                nothing_left(world, before, f"a copy that was cancelled at the stage {stage!r}")


def _spec(world: World, image: Image) -> ImageSpec:
    """A request as the core makes them."""
    return replace(importable(world), source=image.name, digest=image.digest, user=image.user)


def _copy(world: World, image: Image, spec: ImageSpec, change: Change | None = None, job: Job | None = None) -> Image:
    """Read and write it with one driver object; destroyed in the end by drivers that can."""
    driver = world.driver
    if not isinstance(driver, CopyImages):
        raise Gap("this endpoint cannot copy images")
    with _open(world, driver, image) as content:
        sent = content if change is None else change(content)
        # Not as an argument that must stay as it is: chunks are gone once they were gone through.
        copy = world.call(lambda: driver.write_image(spec, sent, job or Job()))
    return kept(world, copy)


@contextmanager
def _open(world: World, driver: CopyImages, image: Image) -> Iterator[ImageContent]:
    reading = world.call(driver.read_image, image)
    content = world.call(reading.__enter__)
    try:
        yield content
    finally:
        reading.__exit__(None, None, None)
