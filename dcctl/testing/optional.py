"""Checks of the optional classes that a driver inherits: what it declares by that, it must do. Images are in ``publishing``."""

from __future__ import annotations

from time import monotonic

from dcctl.abilities import PowerOff, Watch
from dcctl.driver import perform
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.job import Job
from dcctl.model import Action, State
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.states import StateMachine
    from dcctl.testing.world import World

# How much longer than asked a watch may take on a busy machine.
_SLACK_SECONDS = 5.0


def checks(driver: type[Driver]) -> Iterator[Check]:
    machine = driver.states
    if issubclass(driver, PowerOff):
        for state in machine.states:
            if machine.step(state, Action.STOP) is not None:
                yield _power_off(state)
            elif state in _stopping(machine):
                yield _power_off_stopping(state)
            elif machine.settled(state) and state not in (State.START, State.UNKNOWN):
                yield _no_power_off(state)
    if issubclass(driver, Watch):
        yield Check("watch: a change is noticed", 9, _change_noticed)
        yield Check("watch: waiting for nothing ends in time", 9, _watch_ends)


def _stopping(machine: StateMachine) -> set[State]:
    """The states that stop passes through."""
    return {
        t.targets[0]
        for t in machine.transitions
        if t.action is Action.STOP and machine.outcomes(t.targets[0], t.action)
    }


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
    world.call(driver.power_off, instance, Job())


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


def _change_noticed(world: World) -> None:
    driver = world.driver
    if not isinstance(driver, Watch):
        raise Gap("this endpoint cannot watch")
    with world.at(resting_state(world.machine)) as instance:
        actions = [action for action in world.machine.actions(instance.state) if action is not Action.REBOOT]
        with world.call(driver.watch, instance) as changed:
            result = world.call(perform, driver, actions[0], instance, Job())  # before the wait: it must not be lost
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
