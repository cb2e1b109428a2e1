"""Checks of drivers that can pull the plug: sentences 5 and 9."""

from __future__ import annotations

from dcctl.abilities import PowerOff
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.model import Action, State
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    machine = driver.states
    for state in machine.states:
        if machine.step(state, Action.STOP) is not None:
            yield _power_off(state)
        elif machine.stopping(state):
            yield _power_off_stopping(state)
        elif machine.settled(state) and state not in (State.START, State.UNKNOWN):
            yield _no_power_off(state)


def _power_off(state: State) -> Check:
    def run(world: World) -> None:
        with world.at(state) as instance:
            if Action.STOP in instance.refused:
                raise Gap(f"{instance.name} refuses it: {instance.refused[Action.STOP]}")
            world.pull_the_plug(instance)

    return Check(f"{state}: power-off stops the instance", 9, run)


def _power_off_stopping(state: State) -> Check:
    def run(world: World) -> None:
        with world.at(state) as instance:
            _power_off_anyway(world, instance)
            found = world.existing(instance.id)
            if found.state is not world.machine.settle(state, Action.STOP):
                raise Broken(9, f"power-off of an instance that was {state} left it {found.state}")

    return Check(f"{state}: power-off ends the waiting", 9, run)


def _no_power_off(state: State) -> Check:
    def run(world: World) -> None:
        if state is State.FINISH:
            _plug_must_hold(world, world.gone())
            return
        with world.at(state) as instance:
            _plug_must_hold(world, instance)

    return Check(f"{state}: power-off is refused, or changes nothing", 5, run)


def _power_off_anyway(world: World, instance: Instance) -> None:
    driver = world.driver
    if not isinstance(driver, PowerOff):
        raise Gap("this endpoint cannot power off")
    world.call(driver.power_off, instance, WatchedJob())


def _plug_must_hold(world: World, instance: Instance) -> None:
    before = world.picture()
    error: DcctlError | None = None
    try:
        _power_off_anyway(world, instance)
    except DcctlError as raised:
        error = raised
    if world.picture() != before:
        raise Broken(5, f"power-off of an instance that is {instance.state} changed something")
    if error is not None and not isinstance(error, (NotAllowed, NotFound)):
        raise Broken(5, f"power-off in {instance.state} raised {type(error).__name__}: {error.message}")
