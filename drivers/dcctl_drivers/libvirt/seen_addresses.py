"""Addresses that no network of libvirt's has lent: those of a guest on a bridge, or of one that was told its own.

The agent in the guest knows them; without one, the host does as soon as the guest has spoken to it (its table of neighbours, ARP). Both
are asked about guests that somebody has named, never by a list: that would be calls for each guest, and a dead agent takes five seconds.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from xml.etree.ElementTree import fromstring

from dcctl.frozen import frozen
from dcctl.model import Address, AddressKind
from dcctl_drivers.libvirt import domain_xml
from dcctl_drivers.libvirt.agent import ask
from dcctl_drivers.libvirt.connection import forgiving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    import libvirt

    from dcctl.model import Instance

NOT_LENT = "no network of libvirt's has lent it an address"


@frozen
class _Guest:
    """What the definition of a guest that runs says: the MAC addresses at which others may reach it, and whether its agent is there."""

    macs: frozenset[str]
    agent: bool


def with_seen(host: libvirt.virConnect, instance: Instance, through: str | None) -> Instance:
    """The running instance with the addresses that can be found out, or with the reason why none can. One that went away stays as it is."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    found = instance
    with forgiving(libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_INVALID):
        domain = host.lookupByUUIDString(instance.id)
        guest = _guest(domain.XMLDesc())
        if guest.macs:  # else nobody reaches it
            found = _found(domain, guest, instance, through)
    return found


def _found(domain: libvirt.virDomain, guest: _Guest, instance: Instance, through: str | None) -> Instance:
    told = tuple(_addresses(_told(domain, guest.macs), through)) if guest.agent else ()
    if addresses := told or tuple(_addresses(_neighbours(domain, guest.macs), through)):
        return replace(instance, addresses=addresses)
    why = "the agent in it tells none" if guest.agent else "no agent runs in it that would tell one"
    return replace(instance, reason=f"{NOT_LENT}, and {why}")


def _guest(text: str) -> _Guest:
    root = fromstring(text)  # noqa: S314  libvirt writes no document types
    # QEMU's own network gives all guests the same address, which means nothing outside.
    cards = [card for card in root.iterfind("devices/interface") if card.get("type") != "user"]
    macs = frozenset(mac.get("address", "").lower() for card in cards for mac in card.iterfind("mac"))
    return _Guest(macs, domain_xml.agent_state(root) == "connected")


def _told(domain: libvirt.virDomain, macs: frozenset[str]) -> list[str]:
    """What the agent says of these interfaces; of bridges and the like that are in the guest itself nobody wants to know."""
    import libvirt  # noqa: PLC0415  loaded already

    said: object = []
    with suppress(libvirt.libvirtError):  # it does not answer, or refuses: then the host may know
        said = ask(domain, "guest-network-get-interfaces", {})
    return [address for mac, address in _pairs(said) if mac in macs]


def _pairs(said: object) -> Iterator[tuple[str, str]]:
    """MAC and IP addresses in what an agent says. A guest is no source to trust: of anything else than it should say nothing is taken."""
    for card in said if isinstance(said, list) else ():
        if not isinstance(card, dict):
            continue
        mac, addresses = card.get("hardware-address"), card.get("ip-addresses")
        for each in addresses if isinstance(addresses, list) else ():
            address = each.get("ip-address") if isinstance(each, dict) else None
            if isinstance(mac, str) and isinstance(address, str):
                yield mac.lower(), address


def _neighbours(domain: libvirt.virDomain, macs: frozenset[str]) -> list[str]:
    """Who has answered the host lately with one of these MAC addresses."""
    import libvirt  # noqa: PLC0415  loaded already

    found: dict[str, Any] = {}
    # Kernels of late send the end of the table with the rest, which libvirt 9.0 takes for damage: "wrong nlmsg len", an internal error.
    # A daemon that may not ask the kernel for it, as in a container, has a system error, and libvirt before 4.2 knows no such source.
    with forgiving(
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_INTERNAL_ERROR,
        libvirt.VIR_ERR_SYSTEM_ERROR,
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
    ):
        found = domain.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP)
    return [
        address["addr"]
        for card in found.values()
        if (card["hwaddr"] or "").lower() in macs
        for address in card["addrs"] or ()
    ]


def _addresses(texts: Iterable[str], through: str | None) -> Iterator[Address]:
    """Those that others can use, each once."""
    for text in dict.fromkeys(texts):
        with suppress(ValueError):
            address = ip_address(text)
            if not (address.is_link_local or address.is_loopback or address.is_multicast or address.is_unspecified):
                kind = AddressKind.IPV4 if address.version == 4 else AddressKind.IPV6
                yield Address(str(address), kind, through=through)
