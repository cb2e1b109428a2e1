"""Checks of drivers that make images of instances: sentences 5, 8, 10, 12, 15 and 21."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import uuid4

from dcctl.abilities import CaptureImages
from dcctl.errors import Cancelled, Conflict, NotAllowed
from dcctl.job import Job
from dcctl.model import Action, ImageSpec, ImageState, Query, State
from dcctl.testing.images import capture_request, kept, nothing_left
from dcctl.testing.rehearsing import Rehearsal
from dcctl.testing.rehearsing import checks as rehearsed
from dcctl.testing.stages import cancel_before, cancel_within, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Image, Instance
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check(
        "image create: the image is there, and instances start from it; the instance stays as it is", 8, _captured
    )
    yield Check("image create: a name that is taken is a conflict", 12, _taken)
    yield Check("image create: of an instance that runs it is refused, and nothing is left behind", 5, _running)
    yield Check("image create: cancelled at any stage, it leaves nothing behind", 15, _cancelled)
    yield from rehearsed(driver, "image create", (State.STOPPED,), _rehearsals)


def _rehearsals(world: World, instance: Instance) -> Iterator[Rehearsal]:
    driver, spec = world.driver, capture_request(world, instance)
    if not isinstance(driver, CaptureImages):
        raise Gap("this endpoint makes no images of instances")
    yield Rehearsal(
        "make an image of",
        partial(world.call, driver.check_capture, instance, spec),
        partial(_capture, world, instance, spec),
    )


def _captured(world: World) -> None:
    with world.at(State.STOPPED) as instance:
        spec = capture_request(world, instance)
        image = _capture(world, instance, spec)
        after = world.existing(instance.id)
        if (after.state, after.name, after.image) != (State.STOPPED, instance.name, instance.image):
            raise Broken(8, f"after making an image of it {instance.id} is {after.state}, from {after.image}")
    listed = world.images(Query(names=frozenset((spec.name,))))
    if [found.id for found in listed] != [image.id]:
        raise Broken(10, f"the image {image.id} of {instance.id} is not found by its name")
    for found, when in ((image, "as it was returned"), (listed[0], "as it is listed")):
        if found.state is not ImageState.AVAILABLE or found.name != spec.name:
            raise Broken(8, f"the image, {when}, is {found.state} and called {found.name}, not {spec.name}")
        if found.realm not in (None, spec.realm.id) or found.architecture not in (None, spec.architecture):
            raise Broken(8, f"the image, {when}, is in {found.realm}, for {found.architecture}")
    made = world.created(world.spec(image=listed[0]))
    if made.image != image.id:
        raise Broken(8, f"an instance that was created from {image.id} says that it is from {made.image}")


def _taken(world: World) -> None:
    with world.at(State.STOPPED) as instance:
        spec = capture_request(world, instance)
        _capture(world, instance, spec)
        before = world.belongings()
        try:
            _capture(world, instance, replace(spec, token=str(uuid4())))
        except Conflict:
            nothing_left(world, before, "making an image under a name that is taken")
            return
    raise Broken(12, f"two images called {spec.name} were made in one realm")


def _running(world: World) -> None:
    if world.machine.step(State.STOPPED, Action.START) is not State.RUNNING:
        raise Gap("no instance can be brought from stopped to running at once")
    with world.at(State.STOPPED) as instance:
        started = world.act(instance, Action.START)
        before = world.belongings()
        try:
            _capture(world, started, capture_request(world, started))
        except NotAllowed:
            nothing_left(world, before, "making an image of a running instance")
            return
    raise Broken(5, "an image was made of an instance that runs, whose disk is not whole")


def _cancelled(world: World) -> None:
    with world.at(State.STOPPED) as instance:
        stages: list[str] = []
        _capture(world, instance, capture_request(world, instance), Job(report=stages.append))
        for position, stage in enumerate(stages):
            for interrupt in (cancel_before, cancel_within):
                before = world.belongings()
                try:
                    _capture(world, instance, capture_request(world, instance), interrupted(position, interrupt))
                except Cancelled:
                    nothing_left(world, before, f"making an image that was cancelled at the stage {stage!r}")


def _capture(world: World, instance: Instance, spec: ImageSpec, job: Job | None = None) -> Image:
    """A new image, destroyed in the end by drivers that can."""
    driver = world.driver
    if not isinstance(driver, CaptureImages):
        raise Gap("this endpoint makes no images of instances")
    return kept(world, world.call(driver.capture_image, instance, spec, job or Job()))
