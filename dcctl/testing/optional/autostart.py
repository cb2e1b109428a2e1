"""Checks of drivers that start instances with their host: sentences 5, 8 and 14."""

from __future__ import annotations

from dcctl.abilities import Autostart
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.model import Field, Query
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("autostart: what create was asked for holds", 8, _created)
    yield Check("autostart: it is switched on and off, twice does no harm", 5, _switched)
    yield Check("autostart: a list that is asked has it", 14, _listed)
    yield Check("autostart: of an instance that is gone it is refused, or changes nothing", 5, _gone)


def _switch(world: World, instance: Instance, *, on: bool) -> Instance:
    driver = world.driver
    if not isinstance(driver, Autostart):
        raise Gap("this endpoint starts nothing with its host")
    return world.call(lambda: driver.autostart(instance, WatchedJob(), on=on))


def _now(world: World, instance: Instance) -> bool | None:
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.NOTES,))))
    return found.autostart


def _created(world: World) -> None:
    for wanted in (True, False):
        instance = world.created(world.spec(autostart=wanted))
        if _now(world, instance) is not wanted:
            raise Broken(8, f"create was asked for autostart={wanted}, and it is {_now(world, instance)}")


def _switched(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        for wanted in (True, True, False, False):
            answer = _switch(world, instance, on=wanted)
            if answer.autostart is not wanted or _now(world, instance) is not wanted:
                raise Broken(5, f"autostart was switched to {wanted}, and is {_now(world, instance)}")


def _listed(world: World) -> None:
    on, off = world.created(world.spec(autostart=True)), world.created()
    found = {each.id: each.autostart for each in world.instances(Query.everything(Field.NOTES))}
    if (found[on.id], found[off.id]) != (True, False):
        raise Broken(14, f"a list says autostart={found[on.id]} and {found[off.id]}, not True and False")


def _gone(world: World) -> None:
    gone = world.gone()
    before = world.picture()
    try:
        _switch(world, gone, on=True)
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(5, f"autostart of one that is gone raised {type(error).__name__}: {error.message}") from error
    if world.picture() != before:
        raise Broken(5, "autostart of an instance that is gone changed something")
