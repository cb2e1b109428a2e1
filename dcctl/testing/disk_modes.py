"""Checks of drivers that let people choose in which form an instance has its root disk: sentences 8, 15, 17 and 19."""

from __future__ import annotations

from dcctl.abilities import DestroyImages, DiskModes, ImportImages
from dcctl.errors import Cancelled, NotSupported
from dcctl.model import Action, DiskMode, Field, Query
from dcctl.nouns.disks import Disks, WantedDisks
from dcctl.testing.images import destroy
from dcctl.testing.limits import must_be_refused
from dcctl.testing.optional.import_images import importable, imported
from dcctl.testing.points import WatchedJob
from dcctl.testing.stages import cancel_before, interrupted
from dcctl.testing.verdict import Broken, Check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance, InstanceSpec
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    forms = next((ability for ability in driver.abilities if isinstance(ability, DiskModes)), None)
    declared = () if forms is None else forms.modes
    for mode in DiskMode:
        if mode not in declared:
            yield Check(f"disk mode {mode}: not declared, so refused before the driver is asked", 19, _refused(mode))
            continue
        yield Check(f"disk mode {mode}: as it was asked for, and gone with its instance", 8, _asked_for(mode))
        yield Check(f"disk mode {mode}: cancelled at any stage, create leaves nothing", 15, _cancelled(mode))
        if mode is not DiskMode.OVERLAY and issubclass(driver, ImportImages) and issubclass(driver, DestroyImages):
            yield Check(f"disk mode {mode}: it needs its image no more", 17, _alone(mode))
    if declared:
        yield Check("disk mode: unasked it is the first that is declared", 8, _unasked(declared[0]))


def _refused(mode: DiskMode) -> Callable[[World], None]:
    def run(world: World) -> None:
        must_be_refused(world, NotSupported, f"a {mode} disk, which is not declared,", disks=WantedDisks(mode=mode))

    return run


def _must_be(world: World, instance: Instance, mode: DiskMode) -> None:
    found = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset(Field)))[0]
    if found.disk_mode is not mode:
        raise Broken(8, f"the root disk of the new instance is {found.disk_mode}, not {mode}")


def _asked_for(mode: DiskMode) -> Callable[[World], None]:
    def run(world: World) -> None:
        before = world.belongings()
        instance = world.created(_spec(world, mode))
        _must_be(world, instance, mode)
        world.destroy(instance)
        if left := world.belongings() - before:
            raise Broken(17, f"an instance with a {mode} disk was destroyed, and left: {', '.join(sorted(left))}")

    return run


def _unasked(mode: DiskMode) -> Callable[[World], None]:
    def run(world: World) -> None:
        instance = world.created()
        _must_be(world, instance, mode)
        world.destroy(instance)

    return run


def _cancelled(mode: DiskMode) -> Callable[[World], None]:
    def run(world: World) -> None:
        stages: list[str] = []
        made = world.create(_spec(world, mode), job=WatchedJob(report=stages.append))
        world.destroy(world.settle(made, Action.CREATE))
        before = world.belongings()
        for position, stage in enumerate(stages):
            try:
                made = world.create(_spec(world, mode), job=interrupted(position, cancel_before))
            except Cancelled:
                if left := world.belongings() - before:
                    raise Broken(15, f"a create cancelled at the stage {stage!r} leaves behind: {left}") from None
            else:
                world.destroy(world.settle(made, Action.CREATE))

    return run


def _alone(mode: DiskMode) -> Callable[[World], None]:
    def run(world: World) -> None:
        image = imported(world, importable(world))
        instance = world.created(world.spec(image=image, disks=Disks(mode=mode)))
        destroy(world, image)
        world.destroy(world.existing(instance.id))

    return run


def _spec(world: World, mode: DiskMode) -> InstanceSpec:
    return world.spec(disks=Disks(mode=mode))
