"""Checks of drivers that suspend to disk: sentences 5, 8, 9 and 17."""

from __future__ import annotations

from uuid import uuid4

from dcctl.abilities import Describe, PowerOff, Protect, Resize, Snapshots, SuspendToDisk, Volumes
from dcctl.errors import Cancelled, DcctlError, NotAllowed, NotFound
from dcctl.model import Action, Field, Query, State
from dcctl.nouns.changes import Description, Size
from dcctl.nouns.snapshots import SnapshotSpec
from dcctl.nouns.volumes import VolumeSpec
from dcctl.testing.optional.volumes import possible
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    machine = driver.states
    for state in machine.states:
        if machine.step(state, Action.SUSPEND) is not None:
            yield Check(f"{state}: suspended to disk it says so, and resume goes on", 9, _there_and_back(state))
            yield Check(f"{state}: suspended to disk it is not resized, and takes no snapshots", 5, _unchanged(state))
            yield Check(f"{state}: what is written on it while it is on disk holds", 9, _written(state))
            yield Check(
                f"{state}: cancelled before it begins, suspending to disk changes nothing", 5, _cancelled(state)
            )
            if issubclass(driver, Volumes):
                yield Check(f"{state}: suspended to disk it neither gets volumes nor loses them", 5, _volumes(state))
            yield Check(f"{state}: suspended to disk and destroyed, it leaves nothing", 17, _destroyed(state))
        elif machine.settled(state) and machine.actions(state):
            yield Check(f"{state}: suspending to disk is refused, or changes nothing", 5, _refused(state))
    yield Check("suspend to disk: of an instance that is gone it is refused, or changes nothing", 5, _gone)


def _save(world: World, instance: Instance) -> Instance:
    driver = world.driver
    if not isinstance(driver, SuspendToDisk):
        raise Gap("this endpoint cannot suspend to disk")
    result = world.call(lambda: driver.suspend_to_disk(instance, WatchedJob()))
    return world.settle(result, Action.SUSPEND)


def _saved(world: World, state: State) -> Instance:
    return _save(world, world.drive(world.created(), state))


def _there_and_back(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            saved = _save(world, instance)
            (listed,) = (each for each in world.instances(Query.everything()) if each.id == saved.id)
            for each, where in ((saved, "looked up"), (listed, "listed")):
                if not each.saved or each.state is not State.SUSPENDED:
                    raise Broken(9, f"suspended to disk and {where}, it is {each.state} and saved is {each.saved}")
            back = world.act(saved, Action.RESUME)
            if back.saved:
                raise Broken(9, "it was resumed, and still says that its memory is on disk")
            suspended = world.act(back, Action.SUSPEND)
            if suspended.saved:
                raise Broken(9, "suspended in memory it says that its memory is on disk")
            world.act(suspended, Action.RESUME)

    return run


def _unchanged(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        saved = _saved(world, state)
        driver, wanted = world.driver, world.spec()
        if isinstance(driver, Resize):
            size = Size(wanted.hwp, wanted.hardware, wanted.overrides)
            _must_refuse(world, saved, "resized", lambda: driver.resize(saved, size, WatchedJob()))
        if isinstance(driver, Snapshots):
            spec = SnapshotSpec("saved")
            _must_refuse(world, saved, "taken a snapshot of", lambda: driver.create_snapshot(saved, spec, WatchedJob()))
        world.destroy(saved)

    return run


def _must_refuse(world: World, instance: Instance, what: str, work: Callable[[], object]) -> None:
    try:
        world.call(work)
    except NotAllowed:
        found = world.existing(instance.id)
        if not found.saved:
            raise Broken(5, f"suspended to disk it was not {what}, and is {found.state} since") from None
        return
    except DcctlError as error:
        raise Broken(5, f"suspended to disk it is not {what}: {type(error).__name__}: {error.message}") from error
    raise Broken(5, f"suspended to disk it was {what}, of which what was saved knows nothing")


def _written(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        driver = world.driver
        saved = _saved(world, state)
        if isinstance(driver, Describe):
            world.call(driver.describe, saved, Description({"age": "new"}), WatchedJob())
        if isinstance(driver, Protect):
            world.call(lambda: driver.protect(saved, WatchedJob(), protected=True))
        world.act(saved, Action.RESUME)
        (found,) = world.instances(Query(ids=frozenset((saved.id,)), fields=frozenset((Field.NOTES,))))
        if isinstance(driver, Describe) and dict(found.labels) != {"age": "new"}:
            raise Broken(9, f"it was labelled age=new while it was on disk, and has {dict(found.labels)} since")
        if isinstance(driver, Protect):
            if not found.protected:
                raise Broken(9, "it was protected while it was on disk, and is not since it was resumed")
            world.call(lambda: driver.protect(found, WatchedJob(), protected=False))
        world.destroy(world.existing(found.id))

    return run


def _volumes(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        driver = world.driver
        if not isinstance(driver, Volumes):
            raise Gap("this endpoint has no volumes")
        spec = [VolumeSpec(str(uuid4()), world.new_name(), 1, world.harness.realm) for _ in range(2)]
        had, other = (world.call(driver.create_volume, each, WatchedJob()) for each in spec)
        for volume in (had, other):
            world.keep(f"volume {volume.name}", lambda v=volume: world.call(driver.destroy_volume, v, WatchedJob()))  # type: ignore[misc]
        instance = world.drive(world.created(), state)
        had = possible(world, driver.attach_volume, had, instance)
        saved = _save(world, instance)
        _must_refuse(world, saved, "given a volume", lambda: driver.attach_volume(other, saved, WatchedJob()))
        _must_refuse(world, saved, "rid of a volume", lambda: driver.detach_volume(had, WatchedJob()))
        _must_refuse(world, saved, "given a larger volume", lambda: driver.resize_volume(had, 2, WatchedJob()))
        world.destroy(saved)

    return run


def _destroyed(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        before = world.belongings()
        saved = _saved(world, state)
        driver, machine = world.driver, world.machine
        if machine.step(saved.state, Action.STOP) is not None and isinstance(driver, PowerOff):
            stopped = world.pull_the_plug(saved)
            if stopped.saved:
                raise Broken(9, "its plug was pulled, and it says that its memory is on disk")
            saved = world.act(stopped, Action.START)  # anew
            saved = _save(world, saved)
        world.destroy(saved)
        if (after := world.belongings()) != before:
            raise Broken(17, f"an instance was destroyed that was saved, and left: {', '.join(sorted(after ^ before))}")

    return run


def _cancelled(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        driver = world.driver
        if not isinstance(driver, SuspendToDisk):
            raise Gap("this endpoint cannot suspend to disk")
        job = WatchedJob()
        job.cancel()
        with world.at(state) as instance:
            try:
                world.call(driver.suspend_to_disk, instance, job)
            except Cancelled:
                found = world.existing(instance.id)
                if found.state is not state or found.saved:
                    raise Broken(5, f"it was cancelled, and the instance is {found.state}") from None
                return
        raise Broken(7, "suspending to disk does not ask its job whether it should stop")

    return run


def _refused(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            _must_hold(world, instance)

    return run


def _gone(world: World) -> None:
    _must_hold(world, world.gone())


def _must_hold(world: World, instance: Instance) -> None:
    driver = world.driver
    if not isinstance(driver, SuspendToDisk):
        raise Gap("this endpoint cannot suspend to disk")
    before = world.picture()
    error: DcctlError | None = None
    try:
        world.call(driver.suspend_to_disk, instance, WatchedJob())
    except DcctlError as raised:
        error = raised
    if world.picture() != before:
        raise Broken(5, f"suspending to disk an instance that is {instance.state} changed something")
    if error is not None and not isinstance(error, (NotAllowed, NotFound)):
        raise Broken(5, f"suspending to disk in {instance.state} raised {type(error).__name__}: {error.message}")
