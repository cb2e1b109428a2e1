"""Checks of drivers that make images of instances that run: sentences 5, 8 and 15."""

from __future__ import annotations

from dcctl.abilities import CaptureRunning
from dcctl.errors import Cancelled, NotAllowed
from dcctl.job import Job
from dcctl.model import ImageState, State
from dcctl.testing.images import capture_request, kept, nothing_left
from dcctl.testing.stages import cancel_before, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Image, Instance
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    if State.RUNNING in driver.states.states:
        yield Check("live image: it is there and says what can be relied on; the instance runs on", 8, _captured)
        yield Check("live image: cancelled at any stage, it leaves nothing behind", 15, _cancelled)
    if State.STOPPED in driver.states.states:
        yield Check("live image: of an instance that is off it is refused, and nothing is left behind", 5, _stopped)


def _captured(world: World) -> None:
    with world.at(State.RUNNING) as instance:
        image = _capture(world, instance)
        after = world.existing(instance.id)
    if image.state is not ImageState.AVAILABLE or not image.description:
        raise Broken(8, f"the live image is {image.state}, and its description {image.description!r} says nothing")
    if (after.state, after.image) != (State.RUNNING, instance.image):
        raise Broken(8, f"after making a live image of it {instance.id} is {after.state}, from {after.image}")


def _stopped(world: World) -> None:
    with world.at(State.STOPPED) as instance:
        before = world.belongings()
        try:
            _capture(world, instance)
        except NotAllowed:
            nothing_left(world, before, "a live image of what is off")
            return
    raise Broken(5, "a live image was made of an instance that is off")


def _cancelled(world: World) -> None:
    with world.at(State.RUNNING) as instance:
        stages: list[str] = []
        _capture(world, instance, Job(report=stages.append))
        for position, stage in enumerate(stages):
            before = world.belongings()
            try:
                _capture(world, instance, interrupted(position, cancel_before))
            except Cancelled:
                nothing_left(world, before, f"a live image that was cancelled before the stage {stage!r}")


def _capture(world: World, instance: Instance, job: Job | None = None) -> Image:
    driver = world.driver
    if not isinstance(driver, CaptureRunning):
        raise Gap("this endpoint makes no images of what runs")
    spec = capture_request(world, instance)
    return kept(world, world.call(driver.capture_running, instance, spec, job or Job()))
