"""Checks of drivers whose interfaces may have MAC and IP addresses of one's choice: sentences 5, 8, 12, 15 and 17."""

from __future__ import annotations

from ipaddress import IPv4Network
from uuid import uuid4

from dcctl.abilities import AttachNetworks, ChosenInterfaces, Networks
from dcctl.endpoints import run_each
from dcctl.errors import Cancelled, Conflict, DcctlError
from dcctl.job import Job
from dcctl.model import Action, Query
from dcctl.nouns.interfaces import Interface
from dcctl.nouns.networks import NetworkSpec
from dcctl.testing.points import WatchedJob
from dcctl.testing.stages import cancel_before, interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import InstanceSpec
    from dcctl.nouns.networks import Network
    from dcctl.testing.world import World

_MAC = "52:54:00:dc:c7:01"


def checks(driver: type[Driver]) -> Iterator[Check]:
    if not issubclass(driver, Networks) or not any(isinstance(each, AttachNetworks) for each in driver.abilities):
        return
    yield Check("create: the interfaces have the MAC and IP addresses that were asked for", 8, _made)
    yield Check("create: whoever chooses no address has none that is kept", 8, _usual)
    yield Check("create: an address that an instance has is a conflict, and leaves nothing", 12, _taken)
    yield Check("create: of two creators of one address at most one has it", 12, _race)
    yield Check("create: cancelled at any stage, the addresses are free again", 15, _cancelled)
    yield Check("destroy: the addresses are free again", 17, _free_again)


def _network(world: World) -> Network:
    driver = world.driver
    if not isinstance(driver, Networks):
        raise Gap("this endpoint has no networks")
    spec = NetworkSpec(str(uuid4()), world.new_name(), world.harness.realm)
    network = world.call(driver.create_network, spec, Job())
    world.keep(f"network {network.id}", lambda: world.call(driver.destroy_network, network, Job()))
    if network.cidr is None:
        raise Gap("this provider does not manage addresses")
    return network


def _spec(world: World, network: Network, *, mac: str | None = _MAC, host: int | None = 5) -> InstanceSpec:
    address = None if host is None else str(IPv4Network(network.cidr or "")[host])
    return world.spec(networks=(network,), interfaces=(Interface(network.name, mac, address),))


def _problems(world: World, spec: InstanceSpec) -> list[DcctlError]:
    driver = world.driver
    if not isinstance(driver, ChosenInterfaces):
        raise Gap("this endpoint chooses addresses by itself")
    found = list(world.call(driver.interface_problems, spec.realm, spec.interfaces))
    if not all(isinstance(problem, DcctlError) for problem in found):
        raise Broken(8, f"interface_problems gives {found!r}, which are not all errors of dcctl")
    return found


def _made(world: World) -> None:
    network = _network(world)
    spec = _spec(world, network)
    if problems := _problems(world, spec):
        raise Broken(8, f"nothing has these addresses, and interface_problems says: {problems[0].message}")
    instance = world.settle(world.create(spec), Action.CREATE)
    if (found := world.existing(instance.id).interfaces) != spec.interfaces:
        raise Broken(8, f"{spec.interfaces!r} was asked for, and the instance says {found!r}")
    world.destroy(instance)


def _usual(world: World) -> None:
    network = _network(world)
    instance = world.created(world.spec(networks=(network,)))
    if found := world.existing(instance.id).interfaces:
        raise Broken(8, f"no address was asked for, and the instance says {found!r}")
    world.destroy(instance)


def _taken(world: World) -> None:
    network = _network(world)
    instance = world.created(_spec(world, network))
    before = world.belongings()
    for spec in (_spec(world, network, mac=None), _spec(world, network, host=None)):
        if not any(isinstance(problem, Conflict) for problem in _problems(world, spec)):
            raise Broken(5, f"interface_problems has nothing against {spec.interfaces[0]!r}, which an instance has")
        try:
            world.own(world.call(world.driver.create, spec, WatchedJob()))
        except Conflict:
            if list(world.call(world.driver.instances, Query.called(spec.name))) or world.belongings() != before:
                raise Broken(15, f"create refused {spec.interfaces[0]!r} and left something") from None
        else:
            raise Broken(12, f"two instances have {spec.interfaces[0]!r}")
    world.destroy(instance)


def _race(world: World) -> None:
    network = _network(world)
    for mac, host in ((None, 5), (_MAC, None)):
        specs = [_spec(world, network, mac=mac, host=host) for _ in range(2)]
        outcomes = [outcome for _, outcome in run_each(specs, world.create)]
        made = [outcome for outcome in outcomes if not isinstance(outcome, DcctlError)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
        for instance in made:
            world.destroy(world.settle(instance, Action.CREATE))
        if len(made) > 1:
            raise Broken(12, f"two creators at once have {specs[0].interfaces[0]!r}")
        if not all(isinstance(error, Conflict) for error in lost):
            raise Broken(12, f"of two creators of one address one fails with {lost!r}, which are not all conflicts")


def _cancelled(world: World) -> None:
    network = _network(world)
    stages: list[str] = []
    made = world.create(_spec(world, network), job=WatchedJob(report=stages.append))
    world.destroy(world.settle(made, Action.CREATE))
    for position, stage in enumerate(stages):
        spec = _spec(world, network)
        try:
            made = world.create(spec, job=interrupted(position, cancel_before))
        except Cancelled:
            if problems := _problems(world, spec):
                raise Broken(15, f"create was cancelled at the stage {stage!r}: {problems[0].message}") from None
        else:
            world.destroy(world.settle(made, Action.CREATE))


def _free_again(world: World) -> None:
    network = _network(world)
    for _ in range(2):
        world.destroy(world.created(_spec(world, network)))
    if problems := _problems(world, _spec(world, network)):
        raise Broken(17, f"the instance is destroyed, and its addresses are not free: {problems[0].message}")
