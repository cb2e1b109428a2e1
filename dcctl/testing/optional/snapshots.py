"""Checks of drivers that take snapshots: sentences 5, 8, 9, 12, 17 and 21."""

from __future__ import annotations

from functools import partial

from dcctl.abilities import Describe, Protect, Snapshots, Volumes
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound
from dcctl.model import Field, Query, State
from dcctl.nouns.changes import Description
from dcctl.nouns.snapshots import Snapshot, SnapshotSpec
from dcctl.testing.points import WatchedJob
from dcctl.testing.rehearsing import Rehearsal, must_agree
from dcctl.testing.rehearsing import checks as rehearsed
from dcctl.testing.routes import route_to
from dcctl.testing.situations import give_volume, protecting
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

_TEXT = "Vor dem „Umbau“ <&>"


def checks(driver: type[Driver]) -> Iterator[Check]:
    possible = driver.snapshots_in if issubclass(driver, Snapshots) else frozenset()
    states = [state for state in driver.states.states if state in possible]
    for state in states:
        yield Check(f"{state}: a snapshot is taken, and the instance goes on", 8, _taken(state))
        for other in states:
            yield Check(f"{other}: reverting leads back to {state}", 9, _reverted(state, other))
    for state in driver.states.states:
        if driver.states.settled(state) and driver.states.actions(state) and state not in possible:
            yield Check(f"{state}: a snapshot is refused, or changes nothing", 5, _refused(state))
    for state in states[:1]:
        yield Check("snapshot: a name that is taken is a conflict", 12, _name_taken(state))
        yield Check("snapshot destroy: that one and no other, twice does no harm", 17, _destroyed(state))
        yield Check("snapshot: destroying the instance destroys its snapshots", 17, _with_instance(state))
        if issubclass(driver, Describe):
            yield Check("snapshot revert: labels stay as they are now", 9, _labels_stay(state))
    yield Check("snapshot: of an instance that is gone it is refused, or changes nothing", 5, _gone)
    yield from rehearsed(driver, "snapshot create", states, _rehearsals)
    for state in [state for state in states if route_to(driver.states, state) is not None][:1]:
        yield Check("snapshot revert: a dry run foretells it", 21, _revert_foretold(state))
        if issubclass(driver, Protect):
            yield Check("snapshot revert: a dry run foretells it once the instance is protected", 21, _kept_back(state))
    if issubclass(driver, Volumes) and State.STOPPED in states and route_to(driver.states, State.STOPPED) is not None:
        yield Check("snapshot revert: a dry run foretells it once a volume is attached", 21, _with_more)


def _driver(world: World) -> Snapshots:
    if not isinstance(world.driver, Snapshots):
        raise Gap("this endpoint takes no snapshots")
    return world.driver


def _take(world: World, instance: Instance, name: str, description: str | None = None) -> Snapshot:
    return world.call(_driver(world).create_snapshot, instance, SnapshotSpec(name, description), WatchedJob())


def _rehearsals(world: World, instance: Instance) -> Iterator[Rehearsal]:
    driver, name = _driver(world), f"of-{instance.state}"
    yield Rehearsal(
        "take a snapshot of",
        partial(world.call, driver.check_create_snapshot, instance, SnapshotSpec(name)),
        lambda: _destroy(world, instance, _take(world, instance, name)),
    )


def _revert_foretold(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        _must_foretell_revert(world, *_with_snapshot(world, state))

    return run


def _kept_back(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance, snapshot = _with_snapshot(world, state)
        with protecting(world, instance):
            _must_foretell_revert(world, instance, snapshot)

    return run


def _with_more(world: World) -> None:
    instance, snapshot = _with_snapshot(world, State.STOPPED)
    give_volume(world, instance)
    _must_foretell_revert(world, instance, snapshot)


def _with_snapshot(world: World, state: State) -> tuple[Instance, Snapshot]:
    instance = world.drive(world.created(), state)
    return instance, _take(world, instance, "before")


def _must_foretell_revert(world: World, instance: Instance, snapshot: Snapshot) -> None:
    driver = _driver(world)
    ask = partial(world.call, driver.check_revert_snapshot, instance, snapshot)
    do = partial(world.call, driver.revert_snapshot, instance, snapshot, WatchedJob())
    must_agree(world, instance, Rehearsal("revert", ask, do), f"an instance that is {instance.state}")


def _found(world: World, instance: Instance) -> list[Snapshot]:
    return world.call(lambda: list(_driver(world).snapshots(instance)))


def _names(world: World, instance: Instance) -> list[str]:
    return [snapshot.name for snapshot in _found(world, instance)]


def _destroy(world: World, instance: Instance, snapshot: Snapshot) -> None:
    world.call(_driver(world).destroy_snapshot, instance, snapshot, WatchedJob())


def _taken(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            first = _take(world, instance, "first", _TEXT)
            if (first.name, first.state, first.description) != ("first", state, _TEXT):
                raise Broken(8, f"the new snapshot is {first.name}, {first.state}, {first.description!r}")
            second = _take(world, instance, "second")
            found = _found(world, instance)
            if [each.name for each in found] != ["first", "second"]:
                raise Broken(8, f"two snapshots were taken, and {[each.name for each in found]} are listed")
            if [each.current for each in found] != [False, True]:
                raise Broken(8, "the snapshot that was taken last is not the current one, or not alone")
            if world.existing(instance.id).state is not state:
                raise Broken(9, f"the instance was {state}, and is {world.existing(instance.id).state} since")
            for snapshot in (first, second):
                _destroy(world, instance, snapshot)

    return run


def _reverted(was: State, now: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = world.created()
        instance = world.drive(instance, was)
        snapshot = _take(world, instance, "back")
        instance = world.drive(instance, now)
        after = world.call(_driver(world).revert_snapshot, instance, snapshot, WatchedJob())
        found = world.existing(instance.id)
        if after.state is not was or found.state is not was:
            raise Broken(9, f"it was {was} when the snapshot was taken, {now} then, and is {found.state} now")
        if (found.id, found.name) != (instance.id, instance.name) or _names(world, found) != ["back"]:
            raise Broken(9, "reverting changed more than the state")
        world.destroy(found)

    return run


def _refused(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            before = world.picture()
            _must_hold(world, instance)
            if world.picture() != before:
                raise Broken(5, f"a snapshot of an instance that is {state} was not declared, and changed something")

    return run


def _gone(world: World) -> None:
    gone = world.gone()
    before = world.picture()
    _must_hold(world, gone)
    if world.picture() != before:
        raise Broken(5, "a snapshot of an instance that is gone changed something")


def _must_hold(world: World, instance: Instance) -> None:
    try:
        _take(world, instance, "none")
    except (NotFound, NotAllowed):
        return
    except DcctlError as error:
        raise Broken(5, f"a snapshot in {instance.state} raised {type(error).__name__}: {error.message}") from error
    raise Broken(5, f"an instance that is {instance.state} was taken a snapshot of")


def _name_taken(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            snapshot = _take(world, instance, "once")
            try:
                _take(world, instance, "once")
            except Conflict:
                if _names(world, instance) == ["once"]:
                    return
            finally:
                _destroy(world, instance, snapshot)
            raise Broken(12, "an instance has two snapshots of one name")

    return run


def _destroyed(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            snapshots = [_take(world, instance, name) for name in ("one", "two", "three")]
            _destroy(world, instance, snapshots[1])
            if _names(world, instance) != ["one", "three"]:
                raise Broken(17, f"the second of three was destroyed, and {_names(world, instance)} are left")
            try:
                _destroy(world, instance, snapshots[1])
            except (NotFound, NotAllowed):
                pass
            except DcctlError as error:
                raise Broken(17, f"destroying it twice raised {type(error).__name__}: {error.message}") from error
            for snapshot in (snapshots[0], snapshots[2]):
                _destroy(world, instance, snapshot)
            if _names(world, instance) or world.existing(instance.id).state is not state:
                raise Broken(17, "all snapshots were destroyed, and the instance has some or has changed")

    return run


def _with_instance(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        before = world.belongings()
        instance = world.drive(world.created(), state)
        _take(world, instance, "first")
        _take(world, instance, "second")
        world.destroy(instance)
        if (after := world.belongings()) != before:
            raise Broken(17, f"an instance with snapshots was destroyed, and left: {', '.join(sorted(after ^ before))}")

    return run


def _labels_stay(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        if not isinstance(world.driver, Describe):
            raise Gap("this endpoint has no labels")
        instance = world.drive(world.created(world.spec(labels={"age": "old"})), state)
        snapshot = _take(world, instance, "old")
        world.call(world.driver.describe, instance, Description({"age": "new"}), WatchedJob())
        after = world.call(_driver(world).revert_snapshot, instance, snapshot, WatchedJob())
        (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.NOTES,))))
        if dict(found.labels) != {"age": "new"}:
            raise Broken(9, f"reverting took the label age=new back to {dict(found.labels)}")
        world.destroy(after)

    return run
