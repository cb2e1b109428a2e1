"""Checks of the state machine: each declared step is walked, each pair that is not declared is tried. Sentences 4, 5, 9 and 11."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep

from dcctl.driver import perform
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound
from dcctl.model import Action, Query, State, Trigger
from dcctl.testing.asking import INTERVAL_SECONDS
from dcctl.testing.judging import changed, essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.states import StateMachine
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    machine = driver.states
    yield Check("create: comes to rest where the machine says", 9, _created)
    for transition in machine.transitions:
        source, action = transition.source, transition.action
        if action is not None and action is not Action.CREATE:
            yield _declared(source, action, machine)
        elif transition.trigger is Trigger.SPONTANEOUS:
            for target in transition.targets:
                yield _spontaneous(source, target)
    for state in machine.states:
        for action in Action:
            if _to_be_tried(machine, state, action):
                yield _undeclared(state, action)
    yield Check("an instance that refuses an action is left alone", 4, _refused)


def _to_be_tried(machine: StateMachine, state: State, action: Action) -> bool:
    """Whether the driver has the action, but not in this state."""
    outside = state is State.START or action is Action.CREATE
    return not outside and action in machine.declared_actions and machine.step(state, action) is None


def _created(world: World) -> None:
    world.settle(world.create(), Action.CREATE)


def _declared(source: State, action: Action, machine: StateMachine) -> Check:
    target = machine.step(source, action) or source
    rest = machine.settle(target, action)
    way = f"{target}" if target is rest else f"{target}, then {rest}"

    def run(world: World) -> None:
        if world.machine.step(source, action) is None:
            raise Gap(f"the machine of this endpoint has no {action} in {source}")
        with world.at(source) as instance:
            if action in instance.refused:
                raise Gap(f"{instance.name} refuses it: {instance.refused[action]}")
            before = world.picture()
            result = world.ask_for(instance, action)
        after = world.settle(result, action)  # no longer held, so it goes on
        _named_alike(after, instance)
        _listed(world, after)
        if changed(machine, before, world.picture(), but=instance.id):
            raise Broken(9, f"{action} of {instance.name} changed another instance")

    return Check(f"{source}: {action} leads to {way}", 9, run)


def _named_alike(after: Instance, before: Instance) -> None:
    for attribute in ("name", "realm", "image", "hwp", "overrides"):
        if after.state is not State.FINISH and getattr(after, attribute) != getattr(before, attribute):
            raise Broken(8, f"the action changed the {attribute} of the instance")


def _listed(world: World, instance: Instance) -> None:
    """Whether the instance is there, whichever way one asks, as long as it exists."""
    if instance.state is State.FINISH:
        return
    for query, how in (
        (Query.everything(), "among all"),
        (Query(ids=frozenset((instance.id,))), "by its id"),
        (Query(names=frozenset((instance.name,))), "by its name"),
    ):
        if instance.id not in [found.id for found in world.instances(query)]:
            raise Broken(13, f"{instance.name}, which is {instance.state}, is not listed {how}")


def _undeclared(state: State, action: Action) -> Check:
    """The core would not ask; but the world may change after it looked. The instance therefore claims to be where it is allowed."""

    def run(world: World) -> None:
        if state is State.FINISH:
            _try(world, world.gone(), action)
            return
        with world.at(state) as instance:
            _try(world, instance, action)

    return Check(f"{state}: {action} is refused, or changes nothing", 5, run)


def _try(world: World, instance: Instance, action: Action) -> None:
    allowed = [state for state in world.machine.states if world.machine.step(state, action) is not None]
    stale = replace(instance, state=allowed[0])
    before = world.picture()
    error: DcctlError | None = None
    try:
        world.call(perform, world.driver, action, stale, WatchedJob())
    except DcctlError as raised:
        error = raised
    after = world.picture()
    if changed(world.machine, before, after):
        outcome = f"raised {type(error).__name__}, but" if error else "succeeded, and"
        was = before[instance.id].state if instance.id in before else State.FINISH
        now = after[instance.id].state if instance.id in after else State.FINISH
        story = f"it was {was} and is {now}" if was is not now else "something else changed"
        raise Broken(5, f"{action} of an instance that is {instance.state} {outcome} {story}")
    if error is not None and not isinstance(error, (NotAllowed, NotFound)):
        raise Broken(
            5, f"{action} of an instance that is {instance.state} raised {type(error).__name__}: {error.message}"
        )


def _spontaneous(source: State, target: State) -> Check:
    def run(world: World) -> None:
        with world.at(source) as instance:
            if not world.harness.happen(instance, target):
                raise Gap(f"the harness cannot make it happen that {source} becomes {target}")
        _await(world, instance, target)

    return Check(f"{source}: it is seen when the instance becomes {target} by itself", 9, run)


def _await(world: World, instance: Instance, target: State) -> None:
    end = monotonic() + world.harness.timeout
    while True:
        found = world.find(instance.id)
        state = State.FINISH if found is None else found.state
        if state is target:
            return
        if monotonic() > end:
            raise Broken(9, f"it became {target} by itself, but is reported as {state}")
        sleep(INTERVAL_SECONDS)


def _refused(world: World) -> None:
    instance = world.harness.refusing(world.spec())
    if instance is None:
        raise Gap("the harness has no instance that refuses anything")
    world.own(instance)
    try:
        found = world.existing(instance.id)
        reached = [action for action in world.machine.actions(found.state) if action in found.refused]
        if not reached:
            raise Gap(f"an instance that is {found.state} refuses nothing that it would be allowed")
        for action in reached:
            _must_refuse(world, found, action)
    finally:
        world.harness.release(instance)


def _must_refuse(world: World, instance: Instance, action: Action) -> None:
    try:
        world.call(perform, world.driver, action, replace(instance, refused={}), WatchedJob())
    except (NotAllowed, Conflict):
        now = world.find(instance.id)
        if now is None or essence(now) != essence(instance):
            raise Broken(4, f"{action} was refused, but changed the instance") from None
        return
    raise Broken(4, f"the instance refuses {action}, but the driver did it")
