"""Checks of drivers that rename instances: sentences 5, 8, 11, 12 and 21."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from dcctl.abilities import Rename
from dcctl.endpoints import run_each
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound
from dcctl.model import Query
from dcctl.testing.judging import essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.rehearsing import Rehearsal
from dcctl.testing.rehearsing import checks as rehearsed
from dcctl.testing.routes import route_to
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance, State
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    possible = driver.renamed_in if issubclass(driver, Rename) else frozenset()
    for state in driver.states.states:
        if not driver.states.settled(state) or not driver.states.actions(state):
            continue
        if state in possible:
            yield Check(f"{state}: rename changes the name, and nothing else", 8, _renamed(state))
        else:
            yield Check(f"{state}: rename is refused, or changes nothing", 5, _refused(state))
    reachable = [
        state for state in driver.states.states if state in possible and route_to(driver.states, state) is not None
    ]
    for state in reachable[:1]:
        yield Check("rename: its own name changes nothing", 8, _to_its_own(state))
        yield Check("rename: a name that is taken is a conflict", 12, _taken(state))
        yield Check("rename: of two that want one name one gets it", 12, _race(state))
    yield Check("rename: of an instance that is gone it is refused, or changes nothing", 5, _gone)
    yield from rehearsed(driver, "rename", reachable, _rehearsals)


def _rename(world: World, instance: Instance, name: str) -> Instance:
    if not isinstance(world.driver, Rename):
        raise Gap("this endpoint renames nothing")
    renamed = world.call(world.driver.rename, instance, name, WatchedJob())
    world.own(renamed)
    return renamed


def _rehearsals(world: World, instance: Instance) -> Iterator[Rehearsal]:
    driver = world.driver
    if not isinstance(driver, Rename):
        raise Gap("this endpoint renames nothing")
    for name, what in ((instance.name, "give its own name to"), (world.new_name(), "rename")):
        yield Rehearsal(
            what,
            partial(world.call, driver.check_rename, instance, name),
            partial(_rename, world, instance, name),
        )


def _renamed(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            before, name = essence(world.existing(instance.id)), world.new_name()
            renamed = _rename(world, instance, name)
            for each, when in (
                (renamed, "as rename returned it"),
                (world.existing(instance.id), "as it is looked up"),
            ):
                if essence(each) != replace(before, name=name):
                    raise Broken(8, f"the renamed instance, {when}, is {each.name}, {each.state}, not {name}, {state}")
            if world.called(before.name) or not world.called(name):
                raise Broken(11, f"{before.name} was renamed to {name}, but is still found by the old name")
            _rename(world, renamed, before.name)

    return run


def _to_its_own(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            before = world.picture()
            try:
                _rename(world, instance, instance.name)
            except DcctlError as error:
                raise Broken(8, f"given its own name {instance.name}, it raised: {error.message}") from error
            if world.picture() != before:
                raise Broken(8, f"giving {instance.name} its own name changed something")

    return run


def _refused(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            before = world.picture()
            _must_hold(world, instance)
            if world.picture() != before:
                raise Broken(5, f"renaming an instance that is {state} was not declared, and changed something")

    return run


def _gone(world: World) -> None:
    gone = world.gone()
    before = world.picture()
    _must_hold(world, gone)
    if world.picture() != before:
        raise Broken(5, "renaming an instance that is gone changed something")


def _must_hold(world: World, instance: Instance) -> None:
    try:
        _rename(world, instance, world.new_name())
    except (NotFound, NotAllowed):
        return
    except DcctlError as error:
        raise Broken(
            5, f"renaming one that is {instance.state} raised {type(error).__name__}: {error.message}"
        ) from error


def _taken(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        other = world.created()
        with world.at(state) as instance:
            try:
                _rename(world, instance, other.name)
            except Conflict:
                if [each.id for each in world.instances(Query(names=frozenset((other.name,))))] == [other.id]:
                    return
            raise Broken(12, f"there are two instances called {other.name}")

    return run


def _race(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        name = world.new_name()
        with world.at(state) as first:
            second = world.drive(world.created(), state)
            outcomes = [outcome for _, outcome in run_each([first, second], lambda each: _rename(world, each, name))]
            lost = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
            if len(lost) != 1 or not isinstance(lost[0], Conflict) or len(world.called(name)) != 1:
                raise Broken(12, f"of two renamings to {name} {2 - len(lost)} succeeded; refused: {lost}")
            _rename(world, world.called(name)[0], world.new_name())

    return run
