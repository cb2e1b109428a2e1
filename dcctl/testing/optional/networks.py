"""Checks of drivers that have networks: sentences 5, 8, 10, 11, 12, 13, 15 and 17."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from dcctl.abilities import AttachNetworks, Networks
from dcctl.endpoints import run_each
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound
from dcctl.job import Job
from dcctl.model import Query
from dcctl.nouns.networks import Network, NetworkSpec, Reach
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from dcctl.driver import Driver
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check("network create: it is there, active, and as it was asked for", 8, _created)
    yield Check("network create: a name that is taken is a conflict", 12, _taken)
    yield Check("network create: two at once under one name, and one wins", 12, _race)
    yield Check("network create: a range that overlaps is a conflict, and nothing is left behind", 15, _overlap)
    yield Check("networks: a query is answered exactly", 13, _query)
    yield Check("network destroy: exactly what create made is removed", 17, _exactly)
    yield Check("network destroy: twice does no harm", 17, _twice)
    yield Check("network destroy: what dcctl did not make is left alone", 17, _foreign)
    if any(isinstance(ability, AttachNetworks) for ability in driver.abilities):
        yield Check("instance create: it is attached to the networks that were asked for, in their order", 8, _attached)
        yield Check("network destroy: refused while an instance is attached, naming it", 17, _in_use)


def _spec(world: World, **options: Any) -> NetworkSpec:
    return replace(NetworkSpec(str(uuid4()), world.new_name(), world.harness.realm), **options)


def _driver(world: World) -> Networks:
    if not isinstance(world.driver, Networks):
        raise Gap("this endpoint has no networks")
    return world.driver


def _create(world: World, spec: NetworkSpec) -> Network:
    network = world.call(_driver(world).create_network, spec, Job())
    world.keep(f"network {network.id}", lambda: _destroy(world, network))
    return network


def _destroy(world: World, network: Network) -> None:
    world.call(_driver(world).destroy_network, network, Job())
    world.forget(f"network {network.id}")


def _everything(world: World) -> dict[str, Network]:
    return {each.id: each for each in _found(world, Query.everything())}


def _found(world: World, query: Query) -> list[Network]:
    return world.call(lambda: list(_driver(world).networks(query)))


def _called(world: World, name: str) -> list[Network]:
    return _found(world, Query(names=frozenset((name,))))


def _created(world: World) -> None:
    for reach in (Reach.NAT, Reach.ISOLATED):
        spec = _spec(world, reach=reach)
        network = _create(world, spec)
        by_id = _found(world, Query(ids=frozenset((network.id,))))
        if [each.id for each in by_id] != [network.id] or [each.id for each in _called(world, spec.name)] != [
            network.id
        ]:
            raise Broken(10, f"the network {network.id} was made, but is not found by its id and its name")
        for found, when in ((network, "as create returned it"), (by_id[0], "as it is listed")):
            if (found.name, found.active, found.reach) != (spec.name, True, reach):
                raise Broken(
                    8,
                    f"the new network, {when}, is {found.name}, active: {found.active}, {found.reach}, not {spec.name}, {reach}",
                )
            if found.foreign or found.realm not in (None, spec.realm.id):
                raise Broken(8, f"the new network, {when}, is foreign: {found.foreign}, in {found.realm}")
        _destroy(world, network)


def _taken(world: World) -> None:
    spec = _spec(world)
    network = _create(world, spec)
    before = world.belongings()
    try:
        _create(world, replace(spec, token=str(uuid4()), reach=Reach.ISOLATED))
    except Conflict:
        if _called(world, spec.name) != [network] or world.belongings() != before:
            raise Broken(12, "a network was changed by a request that was refused because its name is taken") from None
        _destroy(world, network)
        return
    raise Broken(12, f"two networks called {spec.name} were made")


def _race(world: World) -> None:
    spec = _spec(world)
    outcomes = [
        outcome
        for _, outcome in run_each(
            [replace(spec, token=str(uuid4())) for _ in range(2)], lambda each: _create(world, each)
        )
    ]
    listed = _called(world, spec.name)
    lost = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
    for network in listed:
        _destroy(world, network)
    if len(listed) != 1 or len(lost) != 1 or not isinstance(lost[0], Conflict):
        raise Broken(
            12, f"of two requests for one network {2 - len(lost)} succeeded, {len(listed)} are listed; refused: {lost}"
        )


def _overlap(world: World) -> None:
    network = _create(world, _spec(world))
    if network.cidr is None:
        _destroy(world, network)
        raise Gap("this provider does not manage addresses")
    before = world.belongings()
    spec = _spec(world, cidr=network.cidr)
    try:
        _create(world, spec)
    except Conflict:
        if _called(world, spec.name) or world.belongings() != before:
            raise Broken(
                15, f"a network that was refused because {network.cidr} is in use is there all the same"
            ) from None
        _destroy(world, network)
        return
    raise Broken(15, f"two networks have the range {network.cidr}")


def _query(world: World) -> None:
    networks = [_create(world, _spec(world)) for _ in range(2)]
    everything = {network.id for network in _found(world, Query.everything())}
    if not {network.id for network in networks} <= everything:
        raise Broken(13, "asked for every network, it leaves some out")
    for query in (Query(ids=frozenset((networks[0].id,))), Query(names=frozenset((networks[0].name,)))):
        if (answer := [network.id for network in _found(world, query)]) != [networks[0].id]:
            raise Broken(13, f"asked for one network, it returned {answer}")
    for network in networks:
        _destroy(world, network)


def _exactly(world: World) -> None:
    before, networks = world.belongings(), _everything(world)
    spec = _spec(world)
    network = _create(world, spec)
    _destroy(world, network)
    if _called(world, spec.name):
        raise Broken(11, f"the network {spec.name} was destroyed, and is still listed")
    if (after := world.belongings()) != before or _everything(world) != networks:
        raise Broken(17, f"making and destroying a network leaves a difference: {', '.join(sorted(after ^ before))}")
    _destroy(world, _create(world, replace(spec, token=str(uuid4()))))  # the name is free


def _twice(world: World) -> None:
    network, other = _create(world, _spec(world)), _create(world, _spec(world))
    _destroy(world, network)
    try:
        _destroy(world, network)
    except (NotFound, NotAllowed):
        pass
    except DcctlError as error:
        raise Broken(17, f"destroying a network twice raised {type(error).__name__}: {error.message}") from error
    if not _called(world, other.name):
        raise Broken(17, "destroying a network twice removed another")
    _destroy(world, other)


def _foreign(world: World) -> None:
    foreign = next((network for network in _found(world, Query.everything()) if network.foreign), None)
    if foreign is None:
        raise Gap("there is no network that something else made")
    try:
        world.call(_driver(world).destroy_network, foreign, Job())
    except (NotAllowed, NotFound):
        if _called(world, foreign.name) == [foreign]:
            return
    raise Broken(17, f"the network {foreign.name}, which dcctl did not make, was destroyed or changed")


def _attached(world: World) -> None:
    networks = tuple(_create(world, _spec(world, reach=Reach.ISOLATED)) for _ in range(2))
    instance = world.created(world.spec(networks=networks[::-1]))
    names = tuple(network.name for network in networks[::-1])
    if world.existing(instance.id).networks != names:
        raise Broken(8, f"the instance was to be attached to {names}, and is to {world.existing(instance.id).networks}")
    world.destroy(instance)
    for network in networks:
        _destroy(world, network)


def _in_use(world: World) -> None:
    network = _create(world, _spec(world))
    instance = world.created(world.spec(networks=(network,)))
    try:
        _destroy(world, network)
    except NotAllowed as error:
        if instance.name not in error.message:
            raise Broken(
                17, f"the network is in use by {instance.name}, which the refusal does not name: {error}"
            ) from None
        if not _called(world, network.name):
            raise Broken(17, "destroying a network that is in use was refused, but it is gone") from None
        world.destroy(instance)
        _destroy(world, network)
        return
    raise Broken(17, f"the network {network.name} was destroyed while {instance.name} is attached to it")
