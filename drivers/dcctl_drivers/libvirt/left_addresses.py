"""Addresses that networks keep for instances which are gone: whoever undefines a domain with virsh leaves them.

Only such are found whose MAC address follows from the IP address, which nobody else makes. An instance is defined before its address is kept, so
none is in the making.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import fromstring

from dcctl.nouns.findings import Finding, Verdict
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.interfaces import give_back, macs_of_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import libvirt

    from dcctl.model import Realm

FREE_ADDRESS = "free the address"


class Kept(NamedTuple):
    """What a network keeps."""

    network: str
    mac: str
    address: str

    @property
    def resource(self) -> str:
        return f"{self.network}/{self.address}"


def findings(host: libvirt.virConnect, realm: Realm) -> Iterator[Finding]:
    """One for each address."""
    for kept in _left(host):
        yield Finding(
            "left address",
            Verdict.WRONG,
            f"the network {kept.network} keeps {kept.address} for an instance that is gone",
            "dcctl doctor --fix",
            realm.id,
            kept.resource,
            FREE_ADDRESS,
        )


def free(host: libvirt.virConnect, resource: str) -> None:
    """Take the reservation back if it still is for nobody."""
    for kept in _left(host):
        if kept.resource == resource:
            give_back(host, *kept)


def _left(host: libvirt.virConnect) -> list[Kept]:
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    networks = []
    with forgiving(libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_CONN):  # a session may have none at all
        networks = host.listAllNetworks()
    found = [kept for network in networks for kept in _ours(network)]
    owners = macs_of_all(host) if found else {}
    return [kept for kept in found if kept.mac not in owners]


def _ours(network: libvirt.virNetwork) -> list[Kept]:
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    text = "<network/>"
    with forgiving(libvirt.VIR_ERR_NO_NETWORK):  # it went away meanwhile
        text = network.XMLDesc()
    entries = fromstring(text).iterfind("ip/dhcp/host")  # noqa: S314  libvirt writes no document types
    found = [Kept(network.name(), each.get("mac", "").lower(), each.get("ip", "")) for each in entries]
    return [kept for kept in found if kept.mac == names.mac_of_address(kept.network, kept.address)]
