"""Checks of drivers that clone instances: sentences 5, 8, 10, 12, 15, 17 and 21."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from dcctl.abilities import Clone
from dcctl.errors import Cancelled, Conflict, DcctlError, NotAllowed, NotFound
from dcctl.model import Field, Query, State
from dcctl.nouns.changes import CloneSpec
from dcctl.testing.judging import check_instance, essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.rehearsing import Rehearsal
from dcctl.testing.rehearsing import checks as rehearsed
from dcctl.testing.routes import route_to
from dcctl.testing.stages import cancel_before, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    possible = driver.cloned_in if issubclass(driver, Clone) else frozenset()
    states = [state for state in driver.states.states if state in possible]
    for state in states:
        yield Check(f"{state}: a clone is stopped, like the other one, and itself", 8, _cloned(state))
    for state in driver.states.states:
        if driver.states.settled(state) and driver.states.actions(state) and state not in states:
            yield Check(f"{state}: clone is refused, or changes nothing", 5, _refused(state))
    for state in [state for state in states if route_to(driver.states, state) is not None][:1]:
        yield Check("clone: a name that is taken is a conflict, and nothing is left behind", 12, _taken(state))
        yield Check("clone: cancelled at any stage, it leaves nothing behind", 15, _cancelled(state))
        yield Check("clone: destroying one of both leaves the other", 17, _apart(state))
    yield Check("clone: of an instance that is gone it is refused, or changes nothing", 5, _gone)
    yield from rehearsed(driver, "clone", states, _rehearsals)


def _clone(world: World, instance: Instance, name: str | None = None, job: Job | None = None) -> Instance:
    if not isinstance(world.driver, Clone):
        raise Gap("this endpoint clones nothing")
    spec = CloneSpec(str(uuid4()), name or world.new_name())
    copy = world.call(world.driver.clone, instance, spec, job or WatchedJob())
    check_instance(copy, world.machine)
    world.own(copy)
    if copy.name != spec.name:
        raise Broken(8, f"the clone was to be called {spec.name}, and is called {copy.name}")
    return copy


def _rehearsals(world: World, instance: Instance) -> Iterator[Rehearsal]:
    driver = world.driver
    if not isinstance(driver, Clone):
        raise Gap("this endpoint clones nothing")
    name = world.new_name()
    yield Rehearsal(
        "clone",
        partial(world.call, driver.check_clone, instance, CloneSpec(str(uuid4()), name)),
        lambda: world.destroy(_clone(world, instance, name)),
    )


def _cloned(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            before = _full(world, instance)
            copy = _clone(world, instance)
            found = _full(world, copy)
            if essence(_full(world, instance)) != essence(before):
                raise Broken(8, "cloning an instance changed it")
        if copy.id == instance.id or found.state is not State.STOPPED:
            raise Broken(8, f"the clone of {instance.id} is {copy.id}, and {found.state}")
        for attribute in ("realm", "image", "hwp", "hardware", "overrides", "networks"):
            if getattr(found, attribute) != getattr(before, attribute):
                raise Broken(
                    8,
                    f"the {attribute} of the clone is {getattr(found, attribute)!r}, not {getattr(before, attribute)!r}",
                )
        if found.labels or found.description or found.protected:
            raise Broken(8, "what people wrote on an instance was copied")
        world.destroy(found)

    return run


def _full(world: World, instance: Instance) -> Instance:
    found = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset(Field)))
    if not found:
        raise Broken(10, f"the clone {instance.name} is not found by its id")
    return found[0]


def _refused(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            _must_hold(world, instance, f"that is {state}")

    return run


def _gone(world: World) -> None:
    _must_hold(world, world.gone(), "that is gone")


def _must_hold(world: World, instance: Instance, what: str) -> None:
    before = world.picture()
    try:
        _clone(world, instance)
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(5, f"cloning an instance {what} raised {type(error).__name__}: {error.message}") from error
    if world.picture() != before:
        raise Broken(5, f"cloning an instance {what} changed something")


def _taken(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            before = world.belongings()
            try:
                _clone(world, instance, instance.name)
            except Conflict:
                if left := world.belongings() - before:
                    raise Broken(15, f"a clone under a name that is taken leaves behind: {left}") from None
                return
            raise Broken(12, f"there are two instances called {instance.name}")

    return run


def _cancelled(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            stages: list[str] = []
            world.destroy(_clone(world, instance, job=WatchedJob(report=stages.append)))
            for position, stage in enumerate(stages):
                before = world.belongings()
                try:
                    _clone(world, instance, job=interrupted(position, cancel_before))
                except Cancelled:
                    if left := world.belongings() - before:
                        raise Broken(15, f"a clone cancelled at the stage {stage!r} leaves behind: {left}") from None

    return run


def _apart(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = world.drive(world.created(), state)
        before = world.belongings()
        copy = _clone(world, instance)
        world.destroy(copy)
        if (after := world.belongings()) != before:
            raise Broken(17, f"cloning and destroying leaves a difference: {', '.join(sorted(after ^ before))}")
        second = _clone(world, instance)
        world.destroy(instance)
        if world.find(second.id) is None:
            raise Broken(17, "an instance was destroyed, and its clone with it")
        world.destroy(world.existing(second.id))

    return run
