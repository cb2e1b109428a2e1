"""The interfaces that a create request asks for, against what the driver declares and the networks are. Pure."""

from __future__ import annotations

from dcctl.abilities import ChosenInterfaces
from dcctl.create_options import unsupported
from dcctl.errors import DcctlError, NotSupported, Usage
from dcctl.nouns.interfaces import Interface, address_of, mac_of, place_problem
from dcctl.words import as_placed, plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dcctl.driver import Driver
    from dcctl.nouns.first_boot import FirstBoot
    from dcctl.nouns.networks import Network


def interface_problems(
    driver: Driver, wanted: Sequence[Interface], networks: Sequence[Network | DcctlError], count: int
) -> Iterator[DcctlError]:
    """What of the interfaces makes no sense, without asking the provider. ``networks``: theirs, in the same order, as far as they are known."""
    if not isinstance(driver, ChosenInterfaces):
        yield unsupported(driver, "MAC and IP addresses of interfaces")
        return
    if count > 1:
        yield Usage(
            f"{plural(count, 'instance')} cannot have the same addresses",
            hint="leave out mac= and address=, or --count",
        )
    for position, interface in enumerate(wanted):
        network = networks[position] if position < len(networks) else None
        try:
            _usual(interface, None if isinstance(network, DcctlError) else network)
        except DcctlError as error:
            yield error
    for words in ([each.mac for each in wanted], [each.address for each in wanted]):
        given = [word.lower().replace("-", ":").partition("/")[0] for word in words if word is not None]
        for word in sorted({word for word in given if given.count(word) > 1}):
            yield Usage(f"{visible(word)} is given twice", hint="each interface has addresses of its own")


def interfaces_of(wanted: Sequence[Interface], networks: Sequence[Network | DcctlError]) -> tuple[Interface, ...]:
    """What the driver is given: in the usual forms, with the networks' own names; those that make no sense are left out."""
    found = []
    for interface, network in zip(wanted, networks, strict=False):
        try:
            if not isinstance(network, DcctlError):
                found.append(_usual(interface, network))
        except DcctlError:
            continue  # interface_problems tells it
    return tuple(found)


def interface_notes(interfaces: Sequence[Interface], first: FirstBoot) -> tuple[str, ...]:
    """What a person should know of addresses that are kept for a guest whose network is set up otherwise."""
    kept = [interface.address for interface in interfaces if interface.address is not None]
    if not kept or first.network_config is None:
        return ()
    return (f"{', '.join(kept)} reaches the guest only where its network configuration asks by DHCP",)


def _usual(interface: Interface, network: Network | None) -> Interface:
    """The interface as drivers are given it. Raises ``Usage`` or ``NotSupported``; what ``network`` None cannot tell is let through."""
    mac = None if interface.mac is None else mac_of(interface.mac)
    name = interface.network if network is None else network.name
    if interface.address is None:
        return Interface(name, mac)
    given = address_of(interface.address)
    if network is not None:
        if network.cidr is None:
            raise NotSupported(
                f"the network {network.name} gives no addresses, so none can be kept for an instance",
                hint="give the guest its address with --network-config, or choose another network",
            )
        if (problem := place_problem(given.ip, network.cidr)) is not None:
            raise Usage(
                f"{given.ip} cannot be an address in the network {network.name}: {problem}",
                hint=f"dcctl network show {as_placed(network)}",
            )
        size = int(network.cidr.partition("/")[2])
        if "/" in interface.address and given.network.prefixlen != size:
            raise Usage(
                f"the network {network.name} has the size /{size}, not /{given.network.prefixlen}",
                hint=f"say address={given.ip}",
            )
    return Interface(name, mac, str(given.ip))
