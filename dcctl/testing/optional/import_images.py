"""Checks of drivers that import images: sentences 8, 10, 12 and 15."""

from __future__ import annotations

from dataclasses import replace
from tempfile import NamedTemporaryFile
from uuid import uuid4

from dcctl.abilities import ImportImages
from dcctl.errors import Cancelled, Conflict, DcctlError, Usage
from dcctl.job import Job
from dcctl.model import ImageSpec, ImageState, Query
from dcctl.testing.images import kept, nothing_left
from dcctl.testing.listing import counted
from dcctl.testing.points import WatchedJob
from dcctl.testing.stages import cancel_before, cancel_within, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Image
    from dcctl.testing.world import World

_WRONG_DIGEST = f"sha256:{'0' * 64}"


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check("image import: the image is there, available, and as it was asked for", 8, _imported)
    yield Check("image import: a name that is taken is a conflict", 12, _taken)
    yield Check("image import: a file that does not exist is refused, and nothing is left behind", 15, _no_file)
    yield Check("image import: a wrong digest is refused, and nothing is left behind", 15, _wrong_digest)
    if issubclass(driver, ImportImages) and driver.image_formats:
        yield Check(
            "image import: a file of no format that is declared is refused, and nothing is left behind", 15, _no_disk
        )
    yield Check("listing images takes as many round trips when two more are there", 13, _round_trips)
    yield Check("image import: cancelled at any stage, it leaves nothing behind", 15, _cancelled)


def importable(world: World) -> ImageSpec:
    """A request to import the harness's file under a new name."""
    source = world.harness.image_file
    if source is None:
        raise Gap("the harness has no file that can be imported")
    return ImageSpec(
        token=str(uuid4()),
        name=world.new_name(),
        source=source,
        realm=world.harness.realm,
        architecture=world.image().architecture,
    )


def imported(world: World, spec: ImageSpec, job: Job | None = None) -> Image:
    """A new image, destroyed in the end by drivers that can."""
    driver = world.driver
    if not isinstance(driver, ImportImages):
        raise Gap("this endpoint cannot import images")
    return kept(world, world.call(driver.import_image, spec, job or WatchedJob()))


def _imported(world: World) -> None:
    spec = importable(world)
    image = imported(world, spec)
    listed = world.images(Query(ids=frozenset((image.id,))))
    if [found.id for found in listed] != [image.id] or not world.images(Query(names=frozenset((spec.name,)))):
        raise Broken(10, f"the image {image.id} was imported, but is not found by its id and its name")
    for found, when in ((image, "as import returned it"), (listed[0], "as it is listed")):
        if found.state is not ImageState.AVAILABLE or found.name != spec.name:
            raise Broken(8, f"the new image, {when}, is {found.state} and called {found.name}, not {spec.name}")
        if found.realm not in (None, spec.realm.id) or found.architecture not in (None, spec.architecture):
            raise Broken(8, f"the new image, {when}, is in {found.realm}, for {found.architecture}")
    world.created(world.spec(image=image))


def _taken(world: World) -> None:
    spec = importable(world)
    imported(world, spec)
    before = world.belongings()
    try:
        imported(world, replace(spec, token=str(uuid4())))
    except Conflict:
        nothing_left(world, before, "an import under a name that is taken")
        return
    raise Broken(12, f"two images called {spec.name} were imported into one realm")


def _no_file(world: World) -> None:
    spec = importable(world)
    _must_be_refused(world, replace(spec, source=f"{spec.source}.{uuid4().hex}"), "a file that does not exist")


def _wrong_digest(world: World) -> None:
    _must_be_refused(world, replace(importable(world), digest=_WRONG_DIGEST), "a file with a wrong digest")


def _no_disk(world: World) -> None:
    with NamedTemporaryFile() as file:
        file.write(b'# Disk DescriptorFile\nRW 1 FLAT "/etc/passwd" 0\n')
        file.flush()
        _must_be_refused(world, replace(importable(world), source=file.name), "a file that is no disk image")


def _must_be_refused(world: World, spec: ImageSpec, what: str) -> None:
    before = world.belongings()
    try:
        imported(world, spec)
    except Usage:
        nothing_left(world, before, f"importing {what}")
        return
    except DcctlError as error:
        raise Broken(15, f"{what} is refused with {type(error).__name__}, not Usage") from error
    raise Broken(15, f"{what} was imported")


def _cancelled(world: World) -> None:
    stages: list[str] = []
    imported(world, importable(world), WatchedJob(report=stages.append))
    for position, stage in enumerate(stages):
        for interrupt in (cancel_before, cancel_within):
            before = world.belongings()
            spec = importable(world)
            try:
                imported(world, spec, interrupted(position, interrupt))
            except Cancelled:
                nothing_left(world, before, f"an import that was cancelled at the stage {stage!r}")


def _round_trips(world: World) -> None:
    if world.harness.round_trips() is None:
        raise Gap("the harness does not count round trips")
    few = counted(world, world.images, Query.everything())
    for _ in range(2):
        imported(world, importable(world))
    many = counted(world, world.images, Query.everything())
    if many > few:
        raise Broken(13, f"a listing of images took {few} round trips, and with two images more it took {many}")
