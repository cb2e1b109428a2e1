"""Checks of drivers that make what a realm lacks: sentences 8 and 13."""

from __future__ import annotations

from dcctl.abilities import PrepareRealms
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("preparing a realm: a realm that has instances lacks nothing", 13, _nothing)
    yield Check("preparing a realm: steps that were taken are not needed any more", 8, _taken)


def _preparing(world: World) -> PrepareRealms:
    if not isinstance(world.driver, PrepareRealms):
        raise Gap("this endpoint prepares nothing")
    return world.driver


def _nothing(world: World) -> None:
    driver = _preparing(world)
    world.created()
    left = list(world.call(driver.realm_steps, world.harness.realm))
    if left:
        raise Broken(13, f"instances can be made, and there is to be done: {left[0].sentence}")


def _taken(world: World) -> None:
    driver = _preparing(world)
    for step in world.call(driver.realm_steps, world.harness.realm):
        world.call(driver.take_realm_step, world.harness.realm, step, WatchedJob())
    left = list(world.call(driver.realm_steps, world.harness.realm))
    if left:
        raise Broken(8, f"after all steps there is still to be done: {left[0].sentence}")
