"""Checks of drivers that have volumes: sentences 5, 8, 10, 11, 12, 13 and 17."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from dcctl.abilities import Volumes
from dcctl.endpoints import run_each
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound, NotSupported
from dcctl.job import Job
from dcctl.model import Query, State
from dcctl.nouns.volumes import Volume, VolumeSpec, VolumeState
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

    T = TypeVar("T")


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("volume create: it is there, available, and as it was asked for", 8, _created)
    yield Check("volume create: a name that is taken is a conflict", 12, _taken)
    yield Check("volume create: two at once under one name, and one wins", 12, _race)
    yield Check("volumes: a query is answered exactly", 13, _query)
    yield Check("volume attach: the volume says to whom, and detach that it is free again", 8, _attached)
    yield Check("volume attach: what is attached already is refused", 5, _attached_already)
    yield Check("volume attach: to two at once, and one has it at most", 5, _attached_at_once)
    yield Check("volume detach: what is not attached is refused", 5, _not_attached)
    yield Check("volume destroy: refused while an instance has it, naming the instance", 17, _in_use)
    yield Check("instance destroy: its volumes stay, and are free", 17, _outlives)
    yield Check("volume resize: it grows, free and attached", 8, _resized)
    yield Check("volume destroy: exactly what create made is removed", 17, _exactly)
    yield Check("volume destroy: twice does no harm", 17, _twice)


def _driver(world: World) -> Volumes:
    if not isinstance(world.driver, Volumes):
        raise Gap("this endpoint has no volumes")
    return world.driver


def _spec(world: World, **options: Any) -> VolumeSpec:
    return replace(VolumeSpec(str(uuid4()), world.new_name(), 1, world.harness.realm), **options)


def create_one(world: World, spec: VolumeSpec | None = None) -> Volume:
    volume = world.call(_driver(world).create_volume, spec or _spec(world), Job())
    world.keep(f"volume {volume.id}", lambda: remove(world, volume))
    return volume


def remove(world: World, volume: Volume) -> None:
    for found in _found(world, Query(ids=frozenset((volume.id,)))):
        free = found if found.instance is None else world.call(_driver(world).detach_volume, found, Job())
        _destroy(world, free)


def _destroy(world: World, volume: Volume) -> None:
    world.call(_driver(world).destroy_volume, volume, Job())
    world.forget(f"volume {volume.id}")


def _everything(world: World) -> dict[str, Volume]:
    return {each.id: each for each in _found(world, Query.everything())}


def _found(world: World, query: Query) -> list[Volume]:
    return world.call(lambda: list(_driver(world).volumes(query)))


def as_it_is(world: World, volume: Volume) -> Volume:
    found = _found(world, Query(ids=frozenset((volume.id,))))
    if [each.id for each in found] != [volume.id]:
        raise Broken(10, f"asked for the volume {volume.id}, it returned {[each.id for each in found]}")
    return found[0]


def possible(world: World, work: Callable[..., T], *arguments: Any, job: Job | None = None) -> T:
    """What the driver makes of it; a gap where this provider cannot do such a thing at all."""
    try:
        return world.call(work, *arguments, job or Job())
    except NotSupported as error:
        raise Gap(f"this provider cannot do that: {error.message}") from error


def _stopped(world: World) -> Instance:
    """An instance without a guest that would have to let go of something."""
    with world.at(State.STOPPED) as instance:
        return instance


def _created(world: World) -> None:
    spec = _spec(world, size_gib=2)
    volume = create_one(world, spec)
    if [each.id for each in _found(world, Query(names=frozenset((spec.name,))))] != [volume.id]:
        raise Broken(10, f"the volume {volume.id} was made, but is not found by its name")
    for found, when in ((volume, "as create returned it"), (as_it_is(world, volume), "as it is listed")):
        if (found.name, found.size_gib, found.state, found.instance) != (spec.name, 2, VolumeState.AVAILABLE, None):
            raise Broken(8, f"the new volume, {when}, is {found}")
        if found.realm not in (None, spec.realm.id):
            raise Broken(8, f"the new volume, {when}, is in {found.realm}, not in {spec.realm.id}")
    _destroy(world, volume)


def _taken(world: World) -> None:
    spec = _spec(world)
    volume = create_one(world, spec)
    try:
        create_one(world, replace(spec, token=str(uuid4()), size_gib=3))
    except Conflict:
        if _found(world, Query(names=frozenset((spec.name,)))) != [volume]:
            raise Broken(12, "a volume was changed by a request that was refused because its name is taken") from None
        _destroy(world, volume)
        return
    raise Broken(12, f"two volumes called {spec.name} were made in one realm")


def _race(world: World) -> None:
    for _ in range(3):
        spec = _spec(world)
        specs = [replace(spec, token=str(uuid4())) for _ in range(2)]
        outcomes = [outcome for _, outcome in run_each(specs, lambda each: create_one(world, each))]
        listed = _found(world, Query(names=frozenset((spec.name,))))
        for volume in listed:
            _destroy(world, volume)
        lost = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
        if len(listed) != 1 or len(lost) != 1 or not isinstance(lost[0], Conflict):
            raise Broken(
                12,
                f"of two requests for one volume {2 - len(lost)} succeeded, {len(listed)} are listed; refused: {lost}",
            )


def _query(world: World) -> None:
    volumes = [create_one(world) for _ in range(2)]
    if not {volume.id for volume in volumes} <= {volume.id for volume in _found(world, Query.everything())}:
        raise Broken(13, "asked for every volume, it leaves some out")
    for query in (Query(ids=frozenset((volumes[0].id,))), Query(names=frozenset((volumes[0].name,)))):
        if (answer := [volume.id for volume in _found(world, query)]) != [volumes[0].id]:
            raise Broken(13, f"asked for one volume, it returned {answer}")
    for volume in volumes:
        _destroy(world, volume)


def _attached(world: World) -> None:
    volume, instance = create_one(world), _stopped(world)
    returned = possible(world, _driver(world).attach_volume, volume, instance)
    for found, when in ((returned, "as attach returned it"), (as_it_is(world, volume), "as it is listed")):
        if (found.instance, found.state) != (instance.name, VolumeState.IN_USE):
            raise Broken(
                8, f"the volume, {when}, is {found.state} and attached to {found.instance}, not {instance.name}"
            )
    freed = world.call(_driver(world).detach_volume, as_it_is(world, volume), Job())
    for found in (freed, as_it_is(world, volume)):
        if (found.instance, found.state) != (None, VolumeState.AVAILABLE):
            raise Broken(8, f"the volume was detached, and is {found.state} and attached to {found.instance}")
    _destroy(world, volume)


def _attached_already(world: World) -> None:
    volume, instance = create_one(world), _stopped(world)
    attached = possible(world, _driver(world).attach_volume, volume, instance)
    other = world.created()
    with suppress(NotAllowed, NotFound):
        world.call(_driver(world).attach_volume, volume, other, Job())
    if as_it_is(world, volume).instance != attached.instance:
        raise Broken(5, f"the volume was attached to {attached.instance}, and then to {other.name} too")
    remove(world, volume)


def _attached_at_once(world: World) -> None:
    volume = create_one(world)
    # Without guests, which would have to let go of it.
    instances = [world.drive(world.created(), State.STOPPED) for _ in range(2)]

    def attach(instance: Instance) -> Volume:
        return world.call(_driver(world).attach_volume, volume, instance, Job())

    outcomes = [outcome for _, outcome in run_each(instances, attach)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
    holder = as_it_is(world, volume).instance
    remove(world, volume)
    for instance in instances:
        world.destroy(instance)
    if any(isinstance(error, NotSupported) for error in lost):
        raise Gap(f"this provider cannot do that: {lost[0].message}")
    if len(lost) == 0 or not all(isinstance(error, (NotAllowed, Conflict)) for error in lost):
        raise Broken(5, f"a volume was attached to two instances at once; refused: {lost}")
    if (holder is None) is not (len(lost) == 2):
        raise Broken(5, f"of two that wanted a volume {2 - len(lost)} got it, and {holder} has it")


def _not_attached(world: World) -> None:
    volume = create_one(world)
    with suppress(NotAllowed, NotFound):
        possible(world, _driver(world).detach_volume, volume)
    if as_it_is(world, volume) != volume:
        raise Broken(5, f"detaching a volume that was free changed it: {as_it_is(world, volume)}")
    _destroy(world, volume)


def _in_use(world: World) -> None:
    volume, instance = create_one(world), _stopped(world)
    attached = possible(world, _driver(world).attach_volume, volume, instance)
    for seen in (attached, volume):  # also as it was seen before somebody attached it
        try:
            world.call(_driver(world).destroy_volume, seen, Job())
        except NotAllowed as error:
            if instance.name not in error.message:
                raise Broken(
                    17, f"the volume is attached to {instance.name}, which the refusal does not name: {error}"
                ) from None
        if not _found(world, Query(ids=frozenset((volume.id,)))):
            raise Broken(17, f"the volume {volume.id} was destroyed while {instance.name} has it")
    remove(world, volume)


def _outlives(world: World) -> None:
    volume, instance = create_one(world), world.created()
    if instance.state is not State.STOPPED:
        instance = world.pull_the_plug(instance)
    possible(world, _driver(world).attach_volume, volume, instance)
    world.destroy(instance)
    found = _found(world, Query(ids=frozenset((volume.id,))))
    if [(each.instance, each.state) for each in found] != [(None, VolumeState.AVAILABLE)]:
        raise Broken(17, f"an instance was destroyed, and the volume that it had is now: {found}")
    _destroy(world, volume)


def _resized(world: World) -> None:
    volume = create_one(world)
    for size in (2, 2, 3):  # also to what it has already
        returned = possible(world, lambda wanted, job: _driver(world).resize_volume(volume, wanted, job), size)
        if (returned.size_gib, as_it_is(world, volume).size_gib) != (size, size):
            raise Broken(8, f"the volume was to have {size} GiB, and has {as_it_is(world, volume).size_gib}")
    instance = _stopped(world)
    possible(world, _driver(world).attach_volume, as_it_is(world, volume), instance)
    world.call(_driver(world).resize_volume, as_it_is(world, volume), 4, Job())
    if (now := as_it_is(world, volume)).size_gib != 4 or now.instance != instance.name:
        raise Broken(8, f"an attached volume was to have 4 GiB, and is {now}")
    remove(world, volume)


def _exactly(world: World) -> None:
    before, volumes = world.belongings(), _everything(world)
    spec = _spec(world)
    _destroy(world, create_one(world, spec))
    if _found(world, Query(names=frozenset((spec.name,)))):
        raise Broken(11, f"the volume {spec.name} was destroyed, and is still listed")
    if (after := world.belongings()) != before or _everything(world) != volumes:
        raise Broken(17, f"making and destroying a volume leaves a difference: {', '.join(sorted(after ^ before))}")
    _destroy(world, create_one(world, replace(spec, token=str(uuid4()))))  # the name is free


def _twice(world: World) -> None:
    volume, other = create_one(world), create_one(world)
    _destroy(world, volume)
    try:
        _destroy(world, volume)
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(17, f"destroying a volume twice raised {type(error).__name__}: {error.message}") from error
    if not _found(world, Query(ids=frozenset((other.id,)))):
        raise Broken(17, "destroying a volume twice removed another")
    _destroy(world, other)
