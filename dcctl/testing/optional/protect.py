"""Checks of drivers that protect instances: sentences 4, 5, 8 and 10."""

from __future__ import annotations

from dcctl.abilities import Protect
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.model import Action, Field, Query, State
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state, route_to
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("protect: the instance says so, and names destroy among what it refuses", 4, _says_so)
    yield Check("protect: destroy is refused, also by whoever looked before", 5, _kept)
    yield Check("protect: it outlasts the connection, and can be lifted", 10, _lasting)
    yield Check("protect: the same twice is the same as once", 5, _twice)
    yield Check("protect: of an instance that is gone it is refused, or changes nothing", 5, _gone)


def _protect(world: World, instance: Instance, *, protected: bool = True) -> Instance:
    driver = world.driver
    if not isinstance(driver, Protect):
        raise Gap("this endpoint protects nothing")
    return world.call(lambda: driver.protect(instance, WatchedJob(), protected=protected))


def _now(world: World, instance: Instance) -> Instance:
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.NOTES,))))
    return found


def _destroyable(world: World) -> State:
    """A state in which an instance that is not protected can be destroyed, and which it keeps."""
    for state in world.machine.states:
        possible = world.machine.step(state, Action.DESTROY) is not None and world.machine.settled(state)
        if possible and route_to(world.machine, state) is not None:  # in error it need not be whole
            return state
    raise Gap("no actions lead to a state in which an instance can be destroyed")


def _says_so(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        answer = _protect(world, instance)
        found = _now(world, instance)
        (listed,) = (each for each in world.instances(Query.everything(Field.NOTES)) if each.id == instance.id)
        lifted = _protect(world, instance, protected=False)
    for each, when in ((answer, "as protect returned it"), (found, "as it is shown"), (listed, "as it is listed")):
        if not each.protected or not each.refused.get(Action.DESTROY):
            raise Broken(4, f"the protected instance, {when}, says {each.protected} and refuses {dict(each.refused)}")
    if lifted.protected or Action.DESTROY in lifted.refused:
        raise Broken(4, "an instance that is no longer protected still says so")


def _kept(world: World) -> None:
    with world.at(_destroyable(world)) as instance:
        _protect(world, instance)
        _must_stay(world, instance, "looked up before it was protected")
        _must_stay(world, _now(world, instance), "known to be protected")
        _protect(world, instance, protected=False)


def _must_stay(world: World, instance: Instance, what: str) -> None:
    try:
        world.call(world.driver.destroy, instance, WatchedJob())  # type: ignore[attr-defined]
    except NotAllowed:
        if world.find(instance.id) is not None:
            return
    except DcctlError as error:
        raise Broken(5, f"a protected instance refuses to be destroyed with {type(error).__name__}") from error
    raise Broken(5, f"a protected instance, {what}, was destroyed")


def _lasting(world: World) -> None:
    if not world.harness.shared:
        raise Gap("each connection has a cloud of its own")
    with world.at(resting_state(world.machine)) as instance:
        _protect(world, instance)
        other = world.harness.open()
        try:
            found = world.find(instance.id, driver=other)
        finally:
            world.call(other.close, driver=other)
        _protect(world, instance, protected=False)
        if found is None or Action.DESTROY not in found.refused:
            raise Broken(10, "another driver object does not see that the instance is protected")
        if Action.DESTROY in _now(world, instance).refused:
            raise Broken(10, "the protection was lifted, and destroy is still refused")


def _twice(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        for protected in (True, True, False, False):
            if _protect(world, instance, protected=protected).protected is not protected:
                raise Broken(5, f"protected={protected} twice left the opposite")


def _gone(world: World) -> None:
    gone = world.gone()
    before = world.picture()
    try:
        _protect(world, gone)
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(
            5, f"protecting an instance that is gone raised {type(error).__name__}: {error.message}"
        ) from error
    if world.picture() != before:
        raise Broken(5, "protecting an instance that is gone changed something")
