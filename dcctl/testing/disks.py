"""Checks of drivers that give new instances more disks than one: sentences 8, 12, 15, 17 and 19."""

from __future__ import annotations

from uuid import uuid4

from dcctl.abilities import AttachVolumes, Clone, OwnDisks
from dcctl.endpoints import run_each
from dcctl.errors import Cancelled, Conflict, DcctlError, NotAllowed, NotSupported, Usage
from dcctl.model import Action, Field, Query, State
from dcctl.nouns.changes import CloneSpec
from dcctl.nouns.disks import Disks, WantedDisks
from dcctl.nouns.volumes import VolumeState
from dcctl.testing.limits import must_be_refused
from dcctl.testing.optional.volumes import as_it_is, create_one, possible, remove
from dcctl.testing.points import WatchedJob
from dcctl.testing.stages import cancel_before, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.nouns.volumes import Volume
    from dcctl.testing.world import World

_SIZES = (2, 1)


def checks(driver: type[Driver]) -> Iterator[Check]:
    own = next((ability for ability in driver.abilities if isinstance(ability, OwnDisks)), None)
    if own is None:
        yield Check("disks: not declared, so refused before the driver is asked", 19, _undeclared(own_gib=(1,)))
    else:
        yield Check("disks: they are there, in the order asked for", 8, _asked_for)
        yield Check("disks: as many as are declared are made", 19, _as_many(own.max_count))
        yield Check("disks: one more than is declared is refused", 19, _too_many(own.max_count))
        yield Check("disks: destroyed with their instance", 17, _destroyed)
        if issubclass(driver, Clone) and State.STOPPED in driver.cloned_in:
            yield Check("clone: its own disks are copied", 8, _cloned)
    if not any(isinstance(ability, AttachVolumes) for ability in driver.abilities):
        yield Check("volumes of a new instance: not declared, so refused", 19, _undeclared(volumes=("data",)))
        return
    yield Check("volumes of a new instance: attached, and free when it is gone", 17, _attached)
    yield Check("volumes of a new instance: one that is attached elsewhere is refused", 12, _elsewhere)
    yield Check("volumes of a new instance: of two creators of one at most one has it", 12, _race)
    yield Check("volumes of a new instance: free again when create fails", 15, _failed)


def _undeclared(own_gib: tuple[int, ...] = (), volumes: tuple[str, ...] = ()) -> Callable[[World], None]:
    def run(world: World) -> None:
        disks = WantedDisks(own_gib, volumes)
        must_be_refused(world, NotSupported, "disks, which are not declared,", disks=disks)

    return run


def _full(world: World, instance: Instance) -> Instance:
    return world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset(Field)))[0]


def _must_have(found: Instance, sizes: tuple[int, ...], what: str, rule: int) -> None:
    if found.disks_gib != sizes:
        raise Broken(rule, f"{what} has disks of {found.disks_gib} GiB, not {sizes}")


def _asked_for(world: World) -> None:
    returned = world.create(world.spec(disks=Disks(_SIZES)))
    found = world.settle(returned, Action.CREATE)
    _must_have(_full(world, found), _SIZES, "the new instance", 8)
    world.destroy(found)


def _as_many(most: int) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = world.created(world.spec(disks=Disks((1,) * most)))
        _must_have(_full(world, instance), (1,) * most, "the new instance", 19)
        world.destroy(instance)

    return run


def _too_many(most: int) -> Callable[[World], None]:
    def run(world: World) -> None:
        must_be_refused(world, Usage, "disks beyond the declared limit", disks=WantedDisks((1,) * (most + 1)))

    return run


def _destroyed(world: World) -> None:
    before = world.belongings()
    world.destroy(world.created(world.spec(disks=Disks(_SIZES))))
    if left := world.belongings() - before:
        raise Broken(17, f"an instance with disks of its own was destroyed, and left: {', '.join(sorted(left))}")


def _cloned(world: World) -> None:
    if not isinstance(world.driver, Clone):
        raise Gap("this endpoint clones nothing")
    instance = world.drive(world.created(world.spec(disks=Disks(_SIZES))), State.STOPPED)
    before = world.belongings()
    copy = world.call(world.driver.clone, instance, CloneSpec(str(uuid4()), world.new_name()), WatchedJob())
    world.own(copy)
    _must_have(_full(world, copy), _SIZES, "the clone", 8)
    world.destroy(copy)
    if (after := world.belongings()) != before:
        raise Broken(17, f"destroying a clone leaves a difference: {', '.join(sorted(after ^ before))}")
    world.destroy(instance)


def _with(world: World, volume: Volume, job: Job | None = None) -> Instance:
    """A new instance with the volume and a disk of its own, if it may have any."""
    own = (1,) if any(isinstance(ability, OwnDisks) for ability in world.driver.abilities) else ()
    return possible(world, lambda job: world.create(world.spec(disks=Disks(own, (volume,))), job=job), job=job)


def _must_be_free(world: World, volume: Volume, when: str, rule: int) -> None:
    now = as_it_is(world, volume)
    if (now.instance, now.state) != (None, VolumeState.AVAILABLE):
        raise Broken(rule, f"{when}, the volume is {now.state} and attached to {now.instance}")


def _attached(world: World) -> None:
    volume, before = create_one(world), world.belongings()
    instance = world.settle(_with(world, volume), Action.CREATE)
    now = as_it_is(world, volume)
    if (now.instance, now.state) != (instance.name, VolumeState.IN_USE):
        raise Broken(8, f"the volume of the new instance {instance.name} is {now.state}, attached to {now.instance}")
    world.destroy(instance)
    _must_be_free(world, volume, "once its instance was destroyed", 17)
    if left := world.belongings() ^ before:
        raise Broken(17, f"making and destroying an instance with a volume makes a difference: {', '.join(left)}")
    remove(world, volume)


def _elsewhere(world: World) -> None:
    volume = create_one(world)
    first, before = world.settle(_with(world, volume), Action.CREATE), world.belongings()
    try:
        second = _with(world, volume)  # as it was seen before the first one had it
    except (NotAllowed, Conflict):
        pass
    else:
        raise Broken(12, f"one volume was given to {first.name} and to {second.name}")
    if as_it_is(world, volume).instance != first.name:
        raise Broken(12, f"a create that was refused took the volume from {first.name}")
    if left := world.belongings() - before:
        raise Broken(15, f"a create whose volume is in use leaves behind: {', '.join(sorted(left))}")
    world.destroy(first)
    remove(world, volume)


def _race(world: World) -> None:
    if world.driver.concurrency < 2:
        raise Gap("the driver takes one call at a time")
    volume, before = create_one(world), world.belongings()
    made: list[Instance] = []
    for _, outcome in run_each(range(2), lambda _: _with(world, volume)):
        if not isinstance(outcome, DcctlError):
            made.append(outcome)
        elif not isinstance(outcome, (NotAllowed, Conflict)):
            raise Broken(12, f"a creator that lost the race for a volume got {type(outcome).__name__}: {outcome}")
    if len(made) > 1:
        raise Broken(12, f"two creators have one volume: {', '.join(instance.name for instance in made)}")
    for instance in made:
        world.destroy(world.settle(instance, Action.CREATE))
    _must_be_free(world, volume, "after a race of two creators, of which none is left", 15)
    if left := world.belongings() - before:
        raise Broken(15, f"creators that lost the race for a volume leave behind: {', '.join(sorted(left))}")
    remove(world, volume)


def _failed(world: World) -> None:
    volume, stages = create_one(world), list[str]()
    world.destroy(world.settle(_with(world, volume, WatchedJob(report=stages.append)), Action.CREATE))
    before = world.belongings()
    for position, stage in enumerate(stages):
        try:
            instance = _with(world, volume, interrupted(position, cancel_before))
        except Cancelled:
            _must_be_free(world, volume, f"after a create that was cancelled at the stage {stage!r}", 15)
            if left := world.belongings() - before:
                raise Broken(15, f"a create cancelled at the stage {stage!r} leaves behind: {left}") from None
        else:
            world.destroy(world.settle(instance, Action.CREATE))
    remove(world, volume)
