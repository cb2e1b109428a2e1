"""Checks of create: sentences 5, 8, 10, 12, 15 and 20. What it leaves when it is killed is in ``killing``."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from threading import Barrier

from dcctl.abilities import UserName
from dcctl.driver import perform
from dcctl.endpoints import run_each
from dcctl.errors import Cancelled, Conflict, DcctlError, NotAllowed, NotFound, Usage
from dcctl.job import Job
from dcctl.model import Action, Field, Query, State
from dcctl.testing.judging import as_asked, essence
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state
from dcctl.testing.stages import cancel_before, cancel_within, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance, InstanceSpec
    from dcctl.testing.world import World

_CREATORS = 4


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check("create: a new instance is found by its id at once", 10, _found_at_once)
    yield Check("create: a new instance is what was asked for", 8, _as_asked)
    yield Check("create: ids are never the same", 10, _different_ids)
    yield Check("create: the arguments are not changed", 20, _arguments)
    if any(isinstance(ability, UserName) for ability in driver.abilities):
        yield Check("create: a name that is taken is a conflict", 12, _taken)
        yield Check("create: of several creators of one name exactly one wins", 12, _race)
    yield Check("create: an image that has gone is refused, and nothing is left behind", 15, _gone_image)
    yield Check("create: a provider that fails half-way makes it fail, and nothing is left behind", 15, _faults)
    yield Check("create: cancelled at any stage, it leaves nothing behind", 15, _cancelled)
    yield Check("create: cancelled before it begins, it leaves nothing behind", 15, _cancelled_at_once)
    yield Check("create: several instances at once", 6, _several)
    yield Check("actions of several instances at once", 6, _several_actions)


def _found_at_once(world: World) -> None:
    instance = world.create()
    if world.find(instance.id) is None:
        raise Broken(10, f"create returned {instance.id}, but that id is not found")
    world.settle(instance, Action.CREATE)


def _as_asked(world: World) -> None:
    spec = world.spec()
    returned = world.create(spec)
    found = world.settle(returned, Action.CREATE)
    for instance, when in ((returned, "as create returned it"), (found, "as it is listed")):
        as_asked(instance, spec, f"the new instance, {when},")
    known = world.instances(Query(ids=frozenset((found.id,)), fields=frozenset(Field)))[0].hardware
    for name, wanted in vars(spec.hardware).items():
        if wanted is not None and known is not None and getattr(known, name) not in (wanted, None):
            raise Broken(8, f"{name} of the new instance is {getattr(known, name)!r}, not {wanted!r}")


def _different_ids(world: World) -> None:
    first = world.created()
    world.destroy(first)
    second = world.created()
    if second.id == first.id:
        raise Broken(10, f"the id {first.id} of a destroyed instance was given to another one")


def _arguments(world: World) -> None:
    spec = world.spec()
    before = deepcopy(spec)
    world.created(spec)
    if spec != before:
        raise Broken(20, "create changed the spec that it was given")


def _taken(world: World) -> None:
    with world.at(resting_state(world.machine)) as first:
        before, belongings = world.picture(), world.belongings()
        try:
            second = world.call(world.driver.create, world.spec(first.name), WatchedJob())
        except Conflict:
            second = None
        except DcctlError as error:
            raise Broken(12, f"a name that is taken is refused with {type(error).__name__}, not Conflict") from error
    if second is not None:
        world.own(second)
        raise Broken(12, f"there are two instances called {first.name}: {first.id} and {second.id}")
    if world.picture() != before:
        raise Broken(12, "refusing a name that is taken changed something")
    if left := world.belongings() - belongings:
        raise Broken(15, f"refusing a name that is taken leaves behind: {', '.join(sorted(left))}")


def _race(world: World) -> None:
    name = world.new_name()
    drivers = [world.harness.open() for _ in range(_CREATORS)] if world.harness.shared else [world.driver]
    creators = drivers * (_CREATORS // len(drivers))
    creators = creators[: max(world.driver.concurrency, 1)] if not world.harness.shared else creators
    if len(creators) < 2:
        raise Gap("the driver takes one call at a time, and no other object sees the same cloud")
    before = world.belongings()
    specs = [world.spec(name) for _ in creators]
    barrier = Barrier(len(creators))

    def compete(entry: tuple[Driver, InstanceSpec]) -> Instance:
        driver, spec = entry
        barrier.wait()
        return world.call(driver.create, spec, WatchedJob(), driver=driver)

    outcomes = [outcome for _, outcome in run_each(list(zip(creators, specs, strict=True)), compete)]
    winners = [outcome for outcome in outcomes if not isinstance(outcome, DcctlError)]
    for winner in winners:
        world.own(winner)
    for driver in drivers:
        if driver is not world.driver:
            world.call(driver.close, driver=driver)
    for outcome in outcomes:
        if isinstance(outcome, DcctlError) and not isinstance(outcome, Conflict):
            raise Broken(12, f"a creator that lost got {type(outcome).__name__}: {outcome.message}")
    if len(winners) != 1:
        raise Broken(12, f"of {len(creators)} creators of one name {len(winners)} won")
    if [instance.id for instance in world.called(name)] != [winners[0].id]:
        raise Broken(12, f"one creator of {name} won, but {len(world.called(name))} instances are called that")
    world.destroy(world.settle(winners[0], Action.CREATE))
    if left := world.belongings() - before:
        raise Broken(15, f"creators that lost the race for a name leave behind: {', '.join(sorted(left))}")


def _gone_image(world: World) -> None:
    spec = world.spec()
    gone = replace(spec.image, id=f"{spec.image.id}-gone", name=f"{spec.image.name}-gone")
    before = world.belongings()
    try:
        world.own(world.call(world.driver.create, replace(spec, image=gone), WatchedJob()))
    except DcctlError as error:
        if not isinstance(error, (NotFound, NotAllowed, Usage)):
            name = type(error).__name__
            raise Broken(5, f"a create from an image that has gone raised {name}: {error.message}") from error
        _nothing_left(world, spec.name, before, "a create from an image that has gone")
        return
    raise Broken(5, "an instance was created from an image that does not exist")


def _faults(world: World) -> None:
    tried = 0
    for fault in world.harness.faults():
        spec, before = world.spec(), world.belongings()
        tried += 1
        what = f"a create whose provider failed (fault {tried} of the harness)"
        with fault as driver:
            try:
                instance = world.call(driver.create, spec, WatchedJob(), driver=driver)
            except DcctlError:
                instance = None
        if instance is not None:  # it has coped: then it is an ordinary instance
            world.own(instance)
            world.destroy(world.settle(instance, Action.CREATE))
        _nothing_left(world, spec.name, before, what)
    if not tried:
        raise Gap("the harness has no way to make the provider fail half-way")


def _cancelled(world: World) -> None:
    stages: list[str] = []
    world.settle(world.create(job=WatchedJob(report=stages.append)), Action.CREATE)
    for position, stage in enumerate(stages):
        _cancel_at(
            world, interrupted(position, cancel_before), f"a create that was cancelled before the stage {stage!r}"
        )
        _cancel_at(world, interrupted(position, cancel_within), f"a create that was cancelled at the stage {stage!r}")


def _cancel_at(world: World, job: Job, what: str) -> None:
    spec = world.spec()
    before = world.belongings()
    try:
        instance = world.call(world.driver.create, spec, job)
    except Cancelled:
        _nothing_left(world, spec.name, before, what)
    else:  # it was too late to stop, which is allowed: then it is an ordinary instance
        world.own(instance)
        world.destroy(world.settle(instance, Action.CREATE))


def _cancelled_at_once(world: World) -> None:
    job = WatchedJob()
    job.cancel()
    _cancel_at(world, job, "a create that was cancelled before it began")


def _nothing_left(world: World, name: str, before: frozenset[str], what: str) -> None:
    """Nothing is there that was not, or an instance in error that destroy removes, with everything that belongs to it."""
    for instance in world.called(name):
        world.own(instance)
        if instance.state is not State.ERROR:
            raise Broken(15, f"{what} leaves an instance that is {instance.state}")
        world.destroy(instance)
    if left := world.belongings() - before:
        raise Broken(15, f"{what} leaves behind: {', '.join(sorted(left))}")


def _several(world: World) -> None:
    together = min(_CREATORS, world.driver.concurrency)
    if together < 2:
        raise Gap("the driver takes one call at a time")
    specs = [world.spec() for _ in range(together)]

    def work(spec: InstanceSpec) -> Instance:
        instance = world.call(world.driver.create, spec, WatchedJob())
        world.instances(Query.everything())
        return instance

    for spec, outcome in run_each(specs, work):
        if isinstance(outcome, DcctlError):
            raise Broken(6, f"of {together} creates at once, one failed: {type(outcome).__name__}: {outcome.message}")
        world.own(outcome)
        found = world.settle(outcome, Action.CREATE)
        if essence(found).name != spec.name:
            raise Broken(6, f"of {together} creates at once, one returned {found.name} instead of {spec.name}")


def _several_actions(world: World) -> None:
    together = min(_CREATORS, world.driver.concurrency)
    if together < 2:
        raise Gap("the driver takes one call at a time")
    instances = [world.created() for _ in range(together)]
    action = next((a for a in world.machine.actions(instances[0].state) if a is not Action.DESTROY), Action.DESTROY)

    def work(instance: Instance) -> Instance:
        return world.call(perform, world.driver, action, instance, WatchedJob())

    for instance, outcome in run_each(instances, work):
        if isinstance(outcome, DcctlError):
            raise Broken(6, f"of {together} calls of {action} at once, one failed: {outcome.message}")
        if outcome.id != instance.id:
            raise Broken(6, f"of {together} calls of {action} at once, one for {instance.id} returned {outcome.id}")
        world.settle(outcome, action)
