"""Checks of drivers that let the core rewrite disks on their way to images: sentences 5, 8, 12 and 15."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from tempfile import TemporaryFile
from uuid import uuid4

from dcctl.abilities import CaptureRewritten, CaptureRunning
from dcctl.disk_format import examine
from dcctl.errors import Cancelled, Conflict, Failed, NotAllowed, Usage
from dcctl.job import Job
from dcctl.model import Action, ImageSpec, ImageState, State
from dcctl.testing.images import capture_request, kept, nothing_left
from dcctl.testing.stages import cancel_before, cancel_within, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Image, Instance
    from dcctl.nouns.image_content import ImageContent, Rewrite
    from dcctl.testing.world import World

_NAME = "image create --reset --compress"


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check(f"{_NAME}: the image is what was made of the disk; the instance stays as it is", 8, _captured)
    yield Check(f"{_NAME}: what is handed over is a whole disk in one file", 8, _handed_over)
    if issubclass(driver, CaptureRunning):
        yield Check(f"{_NAME}: of an instance that runs, if that is asked for, and of no other then", 8, _live)
    yield Check(f"{_NAME}: a name that is taken is a conflict before anything is read", 12, _taken)
    yield Check(f"{_NAME}: of an instance that runs it is refused, and nothing is left behind", 5, _running)
    yield Check(f"{_NAME}: what goes wrong while the disk is rewritten leaves nothing behind", 15, _failing)
    yield Check(f"{_NAME}: cancelled at any stage, it leaves nothing behind", 15, _cancelled)


def _captured(world: World) -> None:
    file = _file(world)
    with open(file, "rb") as opened:
        expected = opened.read()
    with world.at(State.STOPPED) as instance:
        image = _capture(world, instance, capture_request(world, instance), _rewriting(file))
        after = world.existing(instance.id)
    if (after.state, after.image) != (State.STOPPED, instance.image):
        raise Broken(8, f"after making an image of it {instance.id} is {after.state}, from {after.image}")
    if image.state is not ImageState.AVAILABLE:
        raise Broken(8, f"the image is {image.state}")
    if image.size_bytes not in (None, len(expected)):
        raise Broken(8, f"what was made of the disk has {len(expected)} bytes, and the image {image.size_bytes}")
    if image.digest not in (None, f"sha256:{sha256(expected).hexdigest()}"):
        raise Broken(8, "the image has another digest than the file that was made of the disk")


def _handed_over(world: World) -> None:
    file = _file(world)

    @contextmanager
    def rewrite(content: ImageContent, _job: Job) -> Iterator[str]:
        with TemporaryFile() as disk:
            disk.writelines(content.chunks)
            try:
                examine("what is handed over", disk)
            except Usage as error:
                raise Broken(8, f"what is handed over to be rewritten is not to be opened: {error}") from error
        yield file

    with world.at(State.STOPPED) as instance:
        _capture(world, instance, capture_request(world, instance), rewrite)


def _live(world: World) -> None:
    file = _file(world)
    with world.at(State.RUNNING) as instance:
        image = _capture(world, instance, capture_request(world, instance), _rewriting(file), live=True)
        after = world.existing(instance.id)
    if image.state is not ImageState.AVAILABLE or not image.description:
        raise Broken(8, f"the live image is {image.state}, and its description {image.description!r} says nothing")
    if after.state is not State.RUNNING:
        raise Broken(8, f"after making a live image of it {instance.id} is {after.state}")
    with world.at(State.STOPPED) as instance:
        before = world.belongings()
        try:
            _capture(world, instance, capture_request(world, instance), _rewriting(file), live=True)
        except NotAllowed:
            nothing_left(world, before, "a live image of what is off")
            return
    raise Broken(5, "a live image was made of an instance that is off")


def _taken(world: World) -> None:
    file = _file(world)
    with world.at(State.STOPPED) as instance:
        spec = capture_request(world, instance)
        _capture(world, instance, spec, _rewriting(file))
        before = world.belongings()
        asked: list[int] = []
        try:
            _capture(world, instance, replace(spec, token=str(uuid4())), _rewriting(file, asked))
        except Conflict:
            nothing_left(world, before, "making an image under a name that is taken")
            if asked:
                raise Broken(12, "a disk was read and rewritten for a name that is taken") from None
            return
    raise Broken(12, f"two images called {spec.name} were made in one realm")


def _running(world: World) -> None:
    if world.machine.step(State.STOPPED, Action.START) is not State.RUNNING:
        raise Gap("no instance can be brought from stopped to running at once")
    file = _file(world)
    with world.at(State.STOPPED) as instance:
        started = world.act(instance, Action.START)
        before = world.belongings()
        try:
            _capture(world, started, capture_request(world, started), _rewriting(file))
        except NotAllowed:
            nothing_left(world, before, "making an image of a running instance")
            return
    raise Broken(5, "an image was made of an instance that runs, whose disk is not whole")


def _failing(world: World) -> None:
    @contextmanager
    def rewrite(content: ImageContent, _job: Job) -> Iterator[str]:
        for _ in content.chunks:
            raise Failed("the disk cannot be rewritten", hint="this is a test")
        yield ""

    with world.at(State.STOPPED) as instance:
        before = world.belongings()
        try:
            _capture(world, instance, capture_request(world, instance), rewrite)
        except Failed:
            nothing_left(world, before, "making an image of a disk that could not be rewritten")
            return
    raise Broken(15, "an image was made although its disk could not be rewritten")


def _cancelled(world: World) -> None:
    file = _file(world)
    with world.at(State.STOPPED) as instance:
        stages: list[str] = []
        _capture(world, instance, capture_request(world, instance), _rewriting(file), Job(report=stages.append))
        for position, stage in enumerate(stages):
            for interrupt in (cancel_before, cancel_within):
                before = world.belongings()
                try:
                    job = interrupted(position, interrupt)
                    _capture(world, instance, capture_request(world, instance), _rewriting(file), job)
                except Cancelled:
                    nothing_left(world, before, f"making an image that was cancelled at the stage {stage!r}")


def _rewriting(file: str, asked: list[int] | None = None) -> Rewrite:
    """Reads the disk to its end, and then offers this file instead. ``asked`` is told how many bytes there were."""

    @contextmanager
    def rewrite(content: ImageContent, job: Job) -> Iterator[str]:
        job.stage("rewrite")
        size = sum(len(chunk) for chunk in content.chunks)
        if asked is not None:
            asked.append(size)
        if size != content.size_bytes:
            raise Broken(8, f"the disk has {size} bytes, and was said to have {content.size_bytes}")
        yield file

    return rewrite


def _file(world: World) -> str:
    if world.harness.image_file is None:
        raise Gap("the harness has no file that can be imported")
    return world.harness.image_file


def _capture(
    world: World,
    instance: Instance,
    spec: ImageSpec,
    rewrite: Rewrite,
    job: Job | None = None,
    *,
    live: bool = False,
) -> Image:
    """A new image, destroyed in the end by drivers that can."""
    driver = world.driver
    if not isinstance(driver, CaptureRewritten):
        raise Gap("this endpoint makes images of disks as they are")
    return kept(world, world.call(driver.capture_rewritten, instance, spec, rewrite, job or Job(), live=live))
