"""Checks of drivers that resize instances: sentences 5, 8, 9, 10, 17 and 21."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from dcctl.abilities import Resize
from dcctl.errors import Capacity, DcctlError, NotAllowed, NotFound, NotSupported, Usage
from dcctl.hardware import Hardware, Property
from dcctl.model import Field, Query, State
from dcctl.nouns.changes import Resized, Size
from dcctl.testing.judging import essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.rehearsing import Rehearsal
from dcctl.testing.rehearsing import checks as rehearsed
from dcctl.testing.routes import route_between
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Any

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

_ATTRIBUTES = {Property.CPU: "cpu", Property.MEMORY: "memory_mib", Property.STORAGE: "storage_gib"}
_USUAL = {Property.CPU: 1, Property.MEMORY: 512, Property.STORAGE: 4}
_MORE = {Property.CPU: 1, Property.MEMORY: 16, Property.STORAGE: 1}


def checks(driver: type[Driver]) -> Iterator[Check]:
    if not issubclass(driver, Resize):
        return
    states = [state for state in driver.states.states if state in driver.resized_in]
    for state in states:
        for wanted in sorted(driver.resizable):
            yield Check(f"{state}: resize gives more {wanted}, and changes nothing else", 8, _resized(state, wanted))
    for state in driver.states.states:
        if driver.states.settled(state) and driver.states.actions(state) and state not in states:
            yield Check(f"{state}: resize is refused, or changes nothing", 5, _refused(state))
    for state in states[:1]:
        yield Check(
            "resize: a list of all has the new size, as an object of another process sees it", 10, _listed(state)
        )
        yield Check("resize: the same twice is the same as once", 5, _twice(state))
        yield Check(
            "resize: the instance says what waits for its next start, and no longer than that", 8, _waits(state)
        )
        if Property.STORAGE in driver.resizable:
            yield Check("resize: a disk does not shrink, whoever asks", 17, _shrinks(state))
    yield Check("resize: of an instance that is gone it is refused, or changes nothing", 5, _gone)
    yield from rehearsed(driver, "resize", states, _rehearsals)


def _resize(world: World, instance: Instance, size: Size) -> Resized:
    if not isinstance(world.driver, Resize):
        raise Gap("this endpoint resizes nothing")
    try:
        return world.call(world.driver.resize, instance, size, WatchedJob())
    except NotSupported as error:
        raise Gap(f"this provider cannot do that: {error.message}") from error


def _foretold(world: World, instance: Instance, size: Size) -> Collection[Property] | None:
    assert isinstance(world.driver, Resize)
    return world.call(world.driver.check_resize, instance, size)


def _rehearsals(world: World, instance: Instance) -> Iterator[Rehearsal]:
    driver = world.driver
    if not isinstance(driver, Resize):
        raise Gap("this endpoint resizes nothing")
    for wanted in sorted(driver.resizable):
        now = _now(world, instance)
        size = _more(world, now, wanted)
        yield Rehearsal(
            f"give more {wanted} to",
            partial(world.call, driver.check_resize, now, size),
            partial(world.call, driver.resize, now, size, WatchedJob()),
        )


def _now(world: World, instance: Instance) -> Instance:
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.HARDWARE,))))
    return found


def _more(world: World, instance: Instance, wanted: Property, by: int | None = None) -> Size:
    """What it has, and a little more of one thing."""
    hardware = instance.hardware or Hardware()
    has = getattr(hardware, _ATTRIBUTES[wanted])
    # Where the profile leaves it to the provider, and the provider does not say, a usual size is taken for what it has.
    value = (has or _USUAL[wanted]) + (_MORE[wanted] if by is None else by)
    grown: dict[str, Any] = {_ATTRIBUTES[wanted]: value}
    known = replace(hardware, **grown)
    return Size(world.harness.hwp, known, {**instance.overrides, wanted: value})


def _resized(state: State, wanted: Property) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = _now(world, world.drive(world.created(), state))
        size = _more(world, instance, wanted)
        foretold = _foretold(world, instance, size)
        answer = _resize(world, instance, size)
        found = _now(world, instance)
        for each, when in ((answer.instance, "as resize returned it"), (found, "as it is looked up")):
            if essence(each) != essence(replace(instance, overrides=size.overrides)):
                raise Broken(9, f"the instance, {when}, differs in more than its size: {essence(each)}")
        if found.hardware != size.hardware:
            raise Broken(8, f"the size was to become {size.hardware}, and is {found.hardware}")
        if not set(answer.at_next_start) <= {wanted}:
            raise Broken(8, f"{wanted} was changed, and {', '.join(answer.at_next_start)} waits for the next start")
        if foretold is not None and set(foretold) != set(answer.at_next_start):
            raise Broken(8, f"check_resize said that {foretold} would wait, and resize {answer.at_next_start}")
        world.destroy(found)

    return run


def _refused(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        with world.at(state) as instance:
            _must_hold(world, _now(world, instance), f"that is {state}")

    return run


def _gone(world: World) -> None:
    known = Hardware(cpu=2, memory_mib=1024, storage_gib=2)
    _must_hold(world, replace(world.gone(), hardware=known), "that is gone")


def _must_hold(world: World, instance: Instance, what: str) -> None:
    before = world.picture()
    try:
        _resize(world, instance, _more(world, instance, Property.CPU))
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(5, f"resizing an instance {what} raised {type(error).__name__}: {error.message}") from error
    if world.picture() != before:
        raise Broken(5, f"resizing an instance {what} changed something")


def _listed(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = _now(world, world.drive(world.created(), state))
        world.instances(Query.everything(Field.HARDWARE))  # a driver may remember what it said
        size = _more(world, instance, Property.CPU)
        _resize(world, instance, size)
        for each in world.instances(Query.everything(Field.HARDWARE)):
            if each.id == instance.id and each.hardware != size.hardware:
                raise Broken(10, f"the size is {size.hardware} now, and a list says {each.hardware}")
        world.destroy(instance)

    return run


def _twice(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = _now(world, world.drive(world.created(), state))
        size = _more(world, instance, Property.MEMORY)
        for _ in range(2):
            _resize(world, instance, size)
        if _now(world, instance).hardware != size.hardware:
            raise Broken(5, f"the same size twice gave {_now(world, instance).hardware}, not {size.hardware}")
        world.destroy(instance)

    return run


def _waits(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = _now(world, world.drive(world.created(), state))
        answer = _resize(world, instance, _more(world, instance, Property.CPU))
        resized = _now(world, instance)
        if resized.at_next_start not in (None, answer.at_next_start):
            raise Broken(8, f"resize said that {answer.at_next_start} waits, and the instance {resized.at_next_start}")
        if route_between(world.machine, state, State.STOPPED) and route_between(world.machine, State.STOPPED, state):
            anew = _now(world, world.drive(world.drive(resized, State.STOPPED), state))
            if anew.at_next_start:
                raise Broken(8, f"the instance was started anew, and still says that {anew.at_next_start} waits")
        world.destroy(_now(world, instance))

    return run


def _shrinks(state: State) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = _now(world, world.drive(world.created(), state))
        size = _more(world, instance, Property.STORAGE)
        _resize(world, instance, size)
        grown = _now(world, instance)
        with suppress(NotAllowed, Usage, Capacity):
            _resize(world, grown, _more(world, grown, Property.STORAGE, by=-1))
        found = _now(world, instance)
        if found.hardware != grown.hardware:
            raise Broken(17, f"the disk of {grown.hardware} was shrunk to {found.hardware}")
        world.destroy(found)

    return run
