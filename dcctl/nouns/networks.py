"""The noun of networks that instances are attached to, and what a request for a new one must look like. Pure."""

from __future__ import annotations

from enum import StrEnum

from dcctl.errors import Usage
from dcctl.frozen import frozen
from dcctl.words import as_name, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from ipaddress import IPv4Network

    from dcctl.model import Realm

LONGEST_PREFIX = 29
"""The smallest network that has room for a router, a guest and one address to lend: 8 addresses, 6 of them for hosts."""

SHORTEST_PREFIX = 16
"""The largest: dnsmasq, which lends the addresses for libvirt, keeps a list of them."""


_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""RFC 1918. Whatever else is not routed has a use of its own: 127.0.0.0/8 on a bridge would cut the host off from itself."""


class Reach(StrEnum):
    """What instances on a network can reach."""

    NAT = "nat"  # the outside, which cannot reach them
    ISOLATED = "isolated"  # each other and the host
    ROUTED = "routed"  # the outside, which can reach them if it knows the way
    BRIDGED = "bridged"  # they are on the host's own network
    OTHER = "other"


@frozen
class Lease:
    """An address that the network has lent. ``mac`` is the borrower's; ``hostname`` what it calls itself."""

    address: str
    mac: str
    hostname: str | None = None
    expires: datetime | None = None


@frozen
class KeptAddress:
    """An address that the network lends to nobody else. ``mac`` is whose it is; ``instance`` what has that MAC address now, None if nothing has."""

    address: str
    mac: str | None = None
    instance: str | None = None


@frozen
class Network:
    """A network. ``realm`` is None when every realm of the endpoint can use it.

    ``cidr`` is its IPv4 range, None where the provider does not manage addresses. ``foreign``: made by something else than dcctl, which
    therefore never removes it. ``leases`` and ``kept`` are filled where one network is asked for, not in lists.
    """

    id: str
    name: str
    realm: str | None = None
    active: bool = True
    reach: Reach = Reach.OTHER
    cidr: str | None = None
    foreign: bool = False
    leases: tuple[Lease, ...] = ()
    kept: tuple[KeptAddress, ...] = ()


@frozen
class NetworkSpec:
    """A request to make a network. ``cidr`` None: the provider takes a range that is free."""

    token: str
    name: str
    realm: Realm
    reach: Reach = Reach.NAT
    cidr: str | None = None


def range_of(cidr: str) -> IPv4Network:
    """The range that is meant, from 10.1.2.0/24 as well as from 10.1.2.1/24. Raises ``Usage`` for what is none, or of no use here."""
    from ipaddress import IPv4Network  # noqa: PLC0415  5 ms that only making networks need pay

    try:
        found = IPv4Network(cidr, strict=False)
    except ValueError as error:
        raise Usage(f"not a range of IPv4 addresses: {as_name(cidr)}", hint="such as 192.168.150.0/24") from error
    if not SHORTEST_PREFIX <= found.prefixlen <= LONGEST_PREFIX or "/" not in cidr:
        raise Usage(
            f"{visible(cidr)} has {found.num_addresses} address{'es' if found.num_addresses > 1 else ''}",
            hint=f"say how many with a number from /{SHORTEST_PREFIX} to /{LONGEST_PREFIX} behind it",
        )
    if not any(found.subnet_of(IPv4Network(private)) for private in _PRIVATE):
        raise Usage(
            f"{found} is no private range",
            hint=f"take a part of one: {', '.join(_PRIVATE[:-1])} or {_PRIVATE[-1]}",
        )
    return found
