"""Checks of what queries answer: sentences 10, 13, 14 and 20."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, is_dataclass
from uuid import uuid4

from dcctl.errors import NotSupported
from dcctl.model import Field, Image, Query
from dcctl.testing.asking import EVERYTHING
from dcctl.testing.quiet import listening
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

# More than anybody looks up one by one.
_MANY = 40
_NOBODY = "no-such-thing-9f3c"


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("instances: a query returns what it asks for and nothing else", 13, _instance_queries)
    yield Check("images: a query returns what it asks for and nothing else", 13, _image_queries)
    yield Check("a query about all realms of the endpoint leaves out nothing that is in one", 13, _realms)
    yield Check("listing takes as many round trips for three instances as for one", 13, _round_trips)
    yield Check("attributes that were asked for are there", 14, _fields)
    yield Check("what nobody can reach has no address, and to say so nobody is asked", 14, _no_way_in)
    yield Check("asking changes nothing", 13, _asking_changes_nothing)
    yield Check("results are frozen", 20, _frozen)


def _instance_queries(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        other = world.created()
        everything = world.instances(Query.everything())
        _no_duplicates(everything)
        _compare(world.instances, everything, instance, other)


def _image_queries(world: World) -> None:
    everything = world.images(Query.everything())
    if not everything:
        raise Broken(13, "the harness has an image, but asked for everything, images returned nothing")
    for image in everything:
        if not isinstance(image, Image):
            raise Broken(13, f"an image is expected, not {image!r}")
    _no_duplicates(everything)
    _compare(world.images, everything, world.image(), everything[-1])


def _realms(world: World) -> None:
    """What is in other realms, or in none, may be there as well: the core leaves it out."""
    realms = frozenset(realm.id for realm in world.driver.endpoint.realms)
    with world.at(resting_state(world.machine)):
        asks: tuple[Callable[[Query], Sequence[Instance | Image]], ...] = (world.instances, world.images)
        for ask in asks:
            wanted = {thing.id for thing in ask(Query.everything()) if thing.realm in realms}
            if missing := wanted - {thing.id for thing in ask(Query(realms=realms))}:
                raise Broken(13, f"asked about the realms {', '.join(sorted(realms))}, it left out {sorted(missing)}")


def _no_duplicates(things: Sequence[Instance | Image]) -> None:
    ids = [thing.id for thing in things]
    if twice := {identifier for identifier in ids if ids.count(identifier) > 1}:
        raise Broken(13, f"listed twice: {', '.join(sorted(twice))}")


def _compare(
    ask: Callable[[Query], Sequence[Instance | Image]],
    everything: Sequence[Instance | Image],
    one: Instance | Image,
    other: Instance | Image,
) -> None:
    for query in (
        Query(ids=frozenset((one.id,))),
        Query(ids=frozenset((one.id, other.id))),
        Query(names=frozenset((one.name,))),
        Query(names=frozenset((one.name, other.name))),
        Query(ids=frozenset((one.id,)), names=frozenset((other.name,))),
        Query(ids=frozenset((one.id, other.id)), names=frozenset((one.name, other.name))),
        Query.called(one.name),
        Query.called(one.id),
        Query(names=frozenset((one.name.swapcase() + "x",))),
        Query.called(_NOBODY),
        Query(ids=frozenset()),
        Query(ids=frozenset(), names=frozenset()),
    ):
        got = sorted(thing.id for thing in ask(query))
        wanted = sorted(thing.id for thing in everything if query.wants(thing.id, thing.name))
        if got != wanted:
            raise Broken(13, f"asked for {_said(query)}, it returned {got} rather than {wanted}")


def _said(query: Query) -> str:
    parts = [
        f"{word} {', '.join(sorted(values)) or 'none'}"
        for word, values in (("ids", query.ids), ("names", query.names))
        if values is not None
    ]
    return " and ".join(parts)


def _round_trips(world: World) -> None:
    if world.harness.round_trips() is None:
        raise Gap("the harness does not count round trips")
    world.created()
    everything = Query.everything(*(EVERYTHING.fields - {Field.NOTES}))  # which alone may cost a call for each
    few = counted(world, world.instances, everything)
    for _ in range(2):
        world.created()
    many = counted(world, world.instances, everything)
    if many > few:
        raise Broken(13, f"a listing took {few} round trips, and with two instances more it took {many}")
    things = [str(uuid4()) for _ in range(2 * _MANY)]  # a few may be looked up one by one
    _bulk(world, "ids", *(Query(ids=frozenset(asked)) for asked in (things[:_MANY], things)))
    _bulk(world, "names", *(Query(names=frozenset(asked)) for asked in (things[:_MANY], things)))


def _bulk(world: World, what: str, many: Query, twice: Query) -> None:
    first, second = counted(world, world.instances, many), counted(world, world.instances, twice)
    if second > first:
        raise Broken(13, f"asking for {_MANY} {what} took {first} round trips, and for {2 * _MANY} it took {second}")


def counted(world: World, ask: Callable[[Query], object], query: Query) -> int:
    """How many round trips a question takes when the connection is open."""
    ask(query)
    before = world.harness.round_trips() or 0
    ask(query)
    return (world.harness.round_trips() or 0) - before


def _fields(world: World) -> None:
    """What needs no asking must be the same with and without; what was asked for must at least not be less."""
    with world.at(resting_state(world.machine)) as instance:
        plain, full = (
            world.instances(Query(ids=frozenset((instance.id,)), fields=fields))[0]
            for fields in (frozenset[Field](), EVERYTHING.fields)
        )
    for attribute in ("id", "name", "state", "realm", "image", "hwp", "overrides", "owner", "created", "refused"):
        if getattr(plain, attribute) != getattr(full, attribute):
            raise Broken(14, f"{attribute} is no attribute that a Field names, but depends on the fields asked for")
    if len(full.addresses) < len(plain.addresses) or (plain.hardware is not None and full.hardware is None):
        raise Broken(14, "asking for an attribute returns less than not asking for it")
    wanted = world.spec().hardware
    if any(vars(wanted).values()) and (full.hardware is None or not any(vars(full.hardware).values())):
        raise Broken(14, "the hardware was asked for and is known, but was left out")


def _no_way_in(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=EVERYTHING.fields))
    with listening() as heard:
        problem = world.driver.no_way_in(world.harness.realm, instance.networks)
    if heard:
        raise Broken(14, f"no_way_in does I/O: {heard[0]}")
    if problem is None:
        return
    if not isinstance(problem, NotSupported) or not problem.hint:
        raise Broken(14, f"no_way_in says {problem!r}, not a NotSupported with a hint")
    if found.addresses:
        raise Broken(14, f"nobody is said to reach an instance that has the address {found.addresses[0].value}")


def _asking_changes_nothing(world: World) -> None:
    before = world.picture()
    for query in (EVERYTHING, Query.called(_NOBODY)):
        world.instances(query)
        world.images(query)
    if world.picture() != before:
        raise Broken(13, "asking for instances and images changed the instances")


def _frozen(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        pass
    for thing in (instance, world.image()):
        if not is_dataclass(thing):
            raise Broken(20, f"{thing!r} is not one of the model's nouns")
        try:
            thing.name = thing.name  # type: ignore[misc]
        except FrozenInstanceError:
            continue
        raise Broken(20, f"a {type(thing).__name__} can be changed by whoever holds it")
