"""Instances that have something at which one provider or another refuses to change them: one of each kind that a driver declares."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from dcctl.abilities import Adopt, DiskModes, OwnDisks, Protect, Snapshots, Volumes
from dcctl.model import Field, Query, State
from dcctl.nouns.adoption import AdoptSpec
from dcctl.nouns.disks import Disks
from dcctl.nouns.snapshots import SnapshotSpec
from dcctl.testing.optional.adopt import foreign
from dcctl.testing.optional.volumes import create_one, possible
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import route_to
from dcctl.testing.verdict import Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


@dataclass(frozen=True)
class Situation:
    """``made`` makes such an instance, which is at rest, and destroys it in the end."""

    what: str
    """In words: an instance with a snapshot."""
    made: Callable[[World], AbstractContextManager[Instance]]


def situations(driver: type[Driver]) -> Iterator[Situation]:
    yield Situation("an instance", _instance)
    if issubclass(driver, Snapshots):
        yield Situation("an instance with a snapshot", _with_snapshot)
    if issubclass(driver, Volumes) and route_to(driver.states, State.STOPPED) is not None:
        yield Situation("an instance with a volume", _with_volume)
    if issubclass(driver, Protect):
        yield Situation("an instance that is protected", _protected)
    if issubclass(driver, Adopt):
        yield Situation("an instance that was adopted", _adopted)
    for ability in driver.abilities:
        if isinstance(ability, OwnDisks):
            yield Situation("an instance with a disk of its own", partial(_with_disks, Disks((1,))))
        if isinstance(ability, DiskModes):
            for mode in ability.modes[1:]:  # the first is that of all the others
                yield Situation(f"an instance with a {mode} disk", partial(_with_disks, Disks(mode=mode)))


@contextmanager
def _instance(world: World) -> Iterator[Instance]:
    instance = world.created()
    yield instance
    world.destroy(world.existing(instance.id))


@contextmanager
def _with_disks(disks: Disks, world: World) -> Iterator[Instance]:
    instance = world.created(world.spec(disks=disks))
    yield instance
    world.destroy(world.existing(instance.id))


@contextmanager
def _with_snapshot(world: World) -> Iterator[Instance]:
    driver = world.driver
    if not isinstance(driver, Snapshots):
        raise Gap("this endpoint takes no snapshots")
    allowed = [state for state in world.machine.states if state in driver.snapshots_in]
    with _instance(world) as made:
        instance = made if made.state in allowed else world.drive(made, allowed[0])
        world.call(driver.create_snapshot, instance, SnapshotSpec("before"), WatchedJob())
        yield instance


@contextmanager
def _with_volume(world: World) -> Iterator[Instance]:
    """Attached while it is off: no guest has to agree to it."""
    with _instance(world) as made:
        instance = world.drive(made, State.STOPPED)
        give_volume(world, instance)
        yield instance


def give_volume(world: World, instance: Instance) -> None:
    """Attach a new volume to an instance that is off. It is removed in the end."""
    driver = world.driver
    if not isinstance(driver, Volumes):
        raise Gap("this endpoint has no volumes")
    possible(world, driver.attach_volume, create_one(world), instance)


@contextmanager
def _protected(world: World) -> Iterator[Instance]:
    with _instance(world) as instance, protecting(world, instance):
        yield instance


@contextmanager
def protecting(world: World, instance: Instance) -> Iterator[None]:
    """Protect an instance for a while."""
    driver = world.driver
    if not isinstance(driver, Protect):
        raise Gap("this endpoint protects nothing")
    world.call(lambda: driver.protect(instance, WatchedJob(), protected=True))
    try:
        yield
    finally:  # whatever comes of it: nobody else could destroy it
        world.call(lambda: driver.protect(instance, WatchedJob(), protected=False))


@contextmanager
def _adopted(world: World) -> Iterator[Instance]:
    driver = world.driver
    if not isinstance(driver, Adopt):
        raise Gap("this endpoint adopts nothing")
    instance = foreign(world)
    yield world.call(driver.adopt, instance, AdoptSpec(), WatchedJob())
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset(Field)))
    world.destroy(found)
