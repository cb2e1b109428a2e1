"""Checks of drivers that adopt instances: sentences 4, 5, 8, 9, 10 and 17."""

from __future__ import annotations

from dcctl.abilities import Adopt
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound
from dcctl.model import Action, Field, Query
from dcctl.nouns.adoption import AdoptSpec
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("adopt: it goes on as it was, and is no longer foreign", 8, _taken_on)
    yield Check(
        "adopt: what it would write down of the disks is what it writes, and looking changes nothing", 8, _looked_at
    )
    yield Check("adopt: everybody sees it, also in a list", 10, _seen)
    yield Check("adopt: twice is as good as once, and what is left open stays", 5, _twice)
    yield Check("adopt: what dcctl made is refused, and stays as it is", 5, _ours)
    yield Check("adopt: of an instance that is gone it is refused, or changes nothing", 5, _gone)
    yield Check("adopt: destroy leaves its disks, whether they were adopted or not", 17, _disks_stay)
    yield Check("adopt: destroyed with its disks it leaves nothing", 17, _disks_go)


def foreign(world: World) -> Instance:
    """An instance of somebody else's, off where that is possible; it is removed in the end if nothing else does."""
    made = world.harness.foreign(world.new_name())
    if made is None:
        raise Gap("the harness makes no foreign instances")
    world.own(made)
    world.keep("what foreign instances left", world.harness.clear_foreign)
    found = world.existing(made.id)
    if not found.foreign:
        raise Broken(4, "an instance that something else made does not say that it is foreign")
    return found


def _adopt(world: World, instance: Instance, spec: AdoptSpec | None = None) -> Instance:
    driver = world.driver
    if not isinstance(driver, Adopt):
        raise Gap("this endpoint adopts nothing")
    return world.call(driver.adopt, instance, spec or AdoptSpec(), WatchedJob())


def _look(world: World, instance: Instance) -> object:
    driver = world.driver
    if not isinstance(driver, Adopt):
        raise Gap("this endpoint adopts nothing")
    return world.call(driver.to_adopt, instance, AdoptSpec())


def _now(world: World, instance: Instance) -> Instance:
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.NOTES,))))
    return found


def _taken_on(world: World) -> None:
    before = foreign(world)
    after = _adopt(world, before)
    if (after.id, after.name, after.state) != (before.id, before.name, before.state):
        raise Broken(8, f"{before.name}, {before.state}, was adopted, and is {after.name}, {after.state}")
    _must_be_ours(after, "as adopt returned it", 8)
    world.destroy(_now(world, after))


def _looked_at(world: World) -> None:
    driver, spec = world.driver, AdoptSpec(with_disks=True)
    if not isinstance(driver, Adopt):
        raise Gap("this endpoint adopts nothing")
    theirs = foreign(world)
    before = world.picture()
    promised = world.call(driver.to_adopt, theirs, spec)
    if world.picture() != before:
        raise Broken(5, "asking what would be adopted changed something")
    adopted = _adopt(world, theirs, spec)
    if adopted.adopted != promised:
        raise Broken(8, f"{promised} would be adopted, and {adopted.adopted} was")
    world.destroy(_now(world, adopted))


def _must_be_ours(instance: Instance, when: str, rule: int) -> None:
    if instance.foreign or instance.adopted is None:
        raise Broken(rule, f"adopted, and {when}, it is foreign: {instance.foreign}, adopted: {instance.adopted}")
    if Action.DESTROY in instance.refused:
        raise Broken(4, f"adopted, it cannot be destroyed: {instance.refused[Action.DESTROY]}")


def _seen(world: World) -> None:
    instance = _adopt(world, foreign(world))
    other = world.harness.open() if world.harness.shared else world.driver
    try:
        query = Query.everything(Field.NOTES)
        listed = [
            each for each in world.call(lambda: list(other.instances(query)), driver=other) if each.id == instance.id
        ]
    finally:
        if other is not world.driver:
            world.call(other.close, driver=other)
    if len(listed) != 1:
        raise Broken(10, f"an adopted instance is listed {len(listed)} times")
    _must_be_ours(listed[0], "as it is listed", 10)
    world.destroy(_now(world, instance))


def _twice(world: World) -> None:
    image, profile = world.image(), world.harness.hwp
    instance = _adopt(world, foreign(world), AdoptSpec(image, profile, with_disks=True))
    again = _adopt(world, _now(world, instance))
    for what, first, second in (
        ("image", instance.image, again.image),
        ("profile", instance.hwp, again.hwp),
        ("disks", instance.adopted, again.adopted),
    ):
        if second != first:
            raise Broken(5, f"adopted again, without a word about its {what}, it has {second} instead of {first}")
    if (instance.image, instance.hwp) != (image.id, profile.name):
        raise Broken(8, f"adopted as of {image.id} and {profile.name}, it says {instance.image} and {instance.hwp}")
    if instance.adopted is None or not instance.adopted.disks:
        raise Broken(8, "adopted with its disks, it names none")
    world.destroy(_now(world, again))


def _ours(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        before = world.picture()
        _must_refuse(lambda: _adopt(world, instance), "an instance that dcctl made was adopted")
        _must_refuse(lambda: _look(world, instance), "an instance that dcctl made would be adopted")
        if world.picture() != before or world.existing(instance.id).adopted is not None:
            raise Broken(5, "adopting what dcctl made was refused, and changed something")


def _gone(world: World) -> None:
    gone = world.gone()
    before = world.picture()
    _must_refuse(lambda: _adopt(world, gone), "an instance that is gone was adopted")
    if world.picture() != before:
        raise Broken(5, "adopting an instance that is gone changed something")


def _must_refuse(work: Callable[[], object], otherwise: str) -> None:
    try:
        work()
    except (NotAllowed, NotFound, Conflict):
        return
    except DcctlError as error:
        raise Broken(5, f"refused with {type(error).__name__}: {error.message}") from error
    raise Broken(5, otherwise)


def _disks_stay(world: World) -> None:
    for with_disks in (False, True):
        theirs = foreign(world)
        before = world.belongings()
        instance = _adopt(world, theirs, AdoptSpec(with_disks=with_disks))
        world.destroy(_now(world, instance))
        lost = before - world.belongings()
        if len(lost) != 1:
            raise Broken(17, f"an adopted instance was destroyed, and more went than it: {', '.join(sorted(lost))}")


def _disks_go(world: World) -> None:
    clean = world.belongings()
    theirs = foreign(world)
    full = world.belongings()
    driver = world.driver
    instance = _now(world, _adopt(world, theirs, AdoptSpec(with_disks=True)))
    if not isinstance(driver, Adopt):
        raise Gap("this endpoint adopts nothing")
    for action in world.machine.route(instance.state, Action.DESTROY) or ():
        if action is not Action.DESTROY:
            instance = world.act(instance, action)
    world.settle(world.call(driver.destroy_with_disks, instance, WatchedJob()), Action.DESTROY)
    if (after := world.belongings()) != clean:
        raise Broken(17, f"of {', '.join(sorted(full - clean))} this is left: {', '.join(sorted(after ^ clean))}")
