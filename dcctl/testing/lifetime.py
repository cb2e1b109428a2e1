"""Checks of what lasts and what ends: sentences 3, 7, 9, 10, 11 and 17."""

from __future__ import annotations

from dcctl.driver import perform
from dcctl.errors import DcctlError, NotAllowed, NotFound
from dcctl.model import Action, Query, State
from dcctl.testing.judging import changed, essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World


# What sentence 7 asks for, and as much again for a machine that is busy.
_LONGEST_SECONDS = 2.0


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("two instances do not affect each other", 9, _independent)
    yield Check("another driver object sees the same cloud", 10, _other_object)
    yield Check("what is done through another driver object is seen", 10, _others_work)
    yield Check("destroy: the instance is not found any more, and its name is free", 11, _name_is_free)
    yield Check("destroy: other instances stay", 17, _others_stay)
    yield Check("destroy: twice does no harm", 17, _twice)
    yield Check("destroy: exactly what create made is removed", 17, _exactly)


def last_checks() -> Iterator[Check]:
    """Checks that end what the others began."""
    yield Check("long work asks its job whether it should stop", 7, _attentive)
    yield Check("nothing is left behind in the end", 17, _nothing_left)


def _independent(world: World) -> None:
    first, second = world.created(), world.created()
    for action in world.machine.actions(first.state):
        if action is not Action.DESTROY:
            world.act(first, action)
            break
    else:
        raise Gap(f"nothing but destroy can be done to an instance that is {first.state}")
    if essence(world.existing(second.id)) != essence(second):
        raise Broken(9, f"{action} of one instance changed another one")


def _other_object(world: World) -> None:
    if not world.harness.shared:
        raise Gap("each connection has a cloud of its own")
    with world.at(resting_state(world.machine)) as instance:
        before = world.picture()
        other = world.harness.open()
        try:
            found = world.find(instance.id, driver=other)
        finally:
            world.call(other.close, driver=other)
    if changed(world.machine, before, world.picture()):
        raise Broken(3, "opening and closing another driver object changed something")
    if found is None or essence(found) != essence(instance):
        raise Broken(10, f"another driver object does not see {instance.id}, or sees it otherwise")


def _others_work(world: World) -> None:
    """Other processes create, act and destroy all the time: what one object remembers must not hide that."""
    if not world.harness.shared:
        raise Gap("each connection has a cloud of its own")
    other = world.harness.open()
    spec = world.spec()
    world.instances(Query.everything())
    try:
        instance = world.call(other.create, spec, WatchedJob(), driver=other)
        world.own(instance)
        if world.find(instance.id) is None or not world.called(spec.name):
            raise Broken(10, f"{spec.name} was created through another driver object, and is not found")
        settled = world.settle(instance, Action.CREATE)
        actions = [a for a in world.machine.actions(settled.state) if a not in (Action.REBOOT, *settled.refused)]
        if actions:
            action = actions[0]
            world.settle(world.call(perform, other, action, settled, WatchedJob(), driver=other), action)
    finally:
        world.call(other.close, driver=other)


def _name_is_free(world: World) -> None:
    first = world.created()
    world.destroy(first)
    visible = [
        i for i in world.call(lambda: list(world.driver.instances(Query.called(first.name)))) if i.id == first.id
    ]
    if any(instance.state is not State.FINISH for instance in visible):
        raise Broken(11, f"the destroyed instance is still found, and is {visible[0].state}")
    try:
        second = world.created(world.spec(first.name))
    except NotAllowed as error:
        raise Broken(11, f"the name of a destroyed instance is not free: {error.message}") from error
    if second.name != first.name:
        raise Broken(11, f"asked for the name of a destroyed instance, {first.name}, it gave {second.name}")


def _others_stay(world: World) -> None:
    first, second = world.created(), world.created()
    before = world.picture()
    world.destroy(first)
    after = world.picture()
    if second.id not in after or {first.id} != before.keys() - after.keys():
        raise Broken(17, f"destroying {first.id} removed {sorted(before.keys() - after.keys())}")
    if any(after[identifier] != before[identifier] for identifier in after):
        raise Broken(17, f"destroying {first.id} changed another instance")


def _twice(world: World) -> None:
    last = world.destroy(world.created())
    world.created(world.spec(last.name))  # who goes by names destroys this one
    before = world.belongings()
    try:
        again = world.call(perform, world.driver, Action.DESTROY, last, WatchedJob())
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(17, f"destroying twice raised {type(error).__name__}: {error.message}") from error
    else:
        if again.state is not State.FINISH:
            raise Broken(17, f"destroying twice returned an instance that is {again.state}")
    if world.belongings() != before:
        raise Broken(17, "destroying twice changed something")


def _exactly(world: World) -> None:
    before = world.belongings()
    instance = world.created()
    between = world.belongings()
    world.destroy(instance)
    after = world.belongings()
    if left := after - before:
        raise Broken(17, f"destroy leaves behind: {', '.join(sorted(left))}")
    if lost := before - after:
        raise Broken(17, f"destroy removed what create had not made: {', '.join(sorted(lost))}")
    if between == before:
        raise Broken(8, "create returned an instance, but nothing new exists")


def _attentive(world: World) -> None:
    """Of everything that the suite had done: a second is asked for, twice as much is borne."""
    for kind, seconds in world.attention.lapses(_LONGEST_SECONDS).items():
        raise Broken(7, f"{kind} went on for {seconds:.1f} seconds without asking its job whether it should stop")


def _nothing_left(world: World) -> None:
    if failures := world.clean():
        raise Broken(17, f"could not be destroyed: {'; '.join(failures)}")
    left = world.left_behind()
    if left is None:
        raise Gap("the harness cannot see what exists at the provider")
    if left:
        raise Broken(17, f"the suite destroyed everything that it made, but there is still: {', '.join(sorted(left))}")
