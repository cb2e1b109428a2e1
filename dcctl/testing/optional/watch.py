"""Checks of drivers that tell the core of changes: sentence 9."""

from __future__ import annotations

from time import monotonic

from dcctl.abilities import Watch
from dcctl.driver import perform
from dcctl.model import Action
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World

# How much longer than asked a watch may take on a busy machine.
_SLACK_SECONDS = 5.0


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("watch: a change is noticed", 9, _change_noticed)
    yield Check("watch: waiting for nothing ends in time", 9, _watch_ends)


def _change_noticed(world: World) -> None:
    driver = world.driver
    if not isinstance(driver, Watch):
        raise Gap("this endpoint cannot watch")
    with world.at(resting_state(world.machine)) as instance:
        actions = [action for action in world.machine.actions(instance.state) if action is not Action.REBOOT]
        with world.call(driver.watch, instance) as changed:
            result = world.call(
                perform, driver, actions[0], instance, WatchedJob()
            )  # before the wait: it must not be lost
            if not world.call(changed, world.harness.timeout):
                raise Broken(9, f"{actions[0]} was not noticed by watch within {world.harness.timeout:g} seconds")
    world.settle(result, actions[0])


def _watch_ends(world: World) -> None:
    driver = world.driver
    if not isinstance(driver, Watch):
        raise Gap("this endpoint cannot watch")
    with world.at(resting_state(world.machine)) as instance, world.call(driver.watch, instance) as changed:
        begin = monotonic()
        world.call(changed, 0.05)
        if monotonic() - begin > _SLACK_SECONDS:
            raise Broken(9, "watch was asked to wait 0.05 seconds, and waited more than 5")
