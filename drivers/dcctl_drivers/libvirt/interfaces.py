"""Chosen MAC addresses, and IP addresses that a network keeps for an instance.

An address is a reservation of the network's own DHCP server (``<host>`` in the network's XML), so that any guest gets it that asks as
usual. The instance's record names it before it is made, as with volumes: what was interrupted is found there, and destroy takes back
exactly what stands there. libvirt itself refuses a second reservation of one address, whoever comes first.

https://libvirt.org/formatnetwork.html#addressing
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from xml.etree.ElementTree import Element, fromstring, tostring

from dcctl.errors import Conflict, DcctlError, NotFound, NotSupported
from dcctl_drivers.libvirt import domain_xml, names
from dcctl_drivers.libvirt.connection import answer, forgiving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import libvirt

    from dcctl.nouns.interfaces import Interface
    from dcctl_drivers.libvirt.metadata import Record

# libvirt has no code for it.
_TAKEN = "existing dhcp host entry"


def problems(
    host: libvirt.virConnect, interfaces: Sequence[Interface], uuid: str | None = None
) -> Iterator[DcctlError]:
    """What stands against interfaces of the domain ``uuid``, which need not be there yet.

    One call for each domain where a MAC address is chosen: libvirt has none that tells those of several.
    """
    if any(interface.mac is not None for interface in interfaces):
        owners = macs_of_all(host, uuid)
        for mac in (interface.mac for interface in interfaces if interface.mac is not None):
            if mac in owners:
                yield Conflict(
                    f"{mac} is the MAC address of {owners[mac]}",
                    hint="choose another, or leave out mac=",
                    resource=mac,
                )
            if mac.startswith("fe:"):
                yield NotSupported(
                    f"libvirt keeps MAC addresses that begin with fe for itself, as {mac}",
                    hint="such as 52:54:00:12:34:56",
                )
    for interface in interfaces:
        yield from _network_problems(host, interface)


def macs_of_all(host: libvirt.virConnect, but: str | None = None) -> Mapping[str, str]:
    """The MAC addresses of all domains, or of all but one, each with the name of its domain."""
    from dcctl.endpoints import run_each  # noqa: PLC0415  loaded already

    others = [domain for domain in host.listAllDomains() if domain.UUIDString() != but]
    owners = {}
    for domain, found in run_each(others, _macs_of, at_once=8):
        if isinstance(found, DcctlError):
            raise found
        owners.update(dict.fromkeys(found, domain.name()))
    return owners


def _macs_of(domain: libvirt.virDomain) -> list[str]:
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    text = "<domain/>"
    with forgiving(libvirt.VIR_ERR_NO_DOMAIN):  # it went away meanwhile
        text = domain.XMLDesc()
    return domain_xml.interfaces(text)


def _network_problems(host: libvirt.virConnect, interface: Interface) -> Iterator[DcctlError]:
    """What the network has against the address: reservations and leases of others, and that it cannot give it.

    A MAC address alone may well be one for which somebody has reserved an address by hand.
    """
    if interface.address is None:
        return
    network = _look_up(host, interface.network)
    root = fromstring(network.XMLDesc())  # noqa: S314  libvirt writes no document types
    ip = next((each for each in root.iterfind("ip") if each.find("dhcp") is not None), None)
    if ip is None or IPv4Address(interface.address) not in _range(ip):
        yield NotSupported(
            f"the network {interface.network} lends no addresses such as {interface.address}",
            hint="give the guest its address with --network-config, or choose another network",
        )
        return
    if ip.get("address") == interface.address:
        yield Conflict(
            f"{interface.address} is the host's own address in the network {interface.network}",
            hint="choose another",
            resource=interface.address,
        )
    for each in ip.iterfind("dhcp/host"):
        if each.get("ip") == interface.address:
            yield _kept(interface.address, each, interface.network)
        elif interface.mac is not None and (each.get("mac") or "").lower() == interface.mac:
            yield _kept(interface.mac, each, interface.network)
    yield from _lent(network, interface)


def _lent(network: libvirt.virNetwork, interface: Interface) -> Iterator[DcctlError]:
    """Somebody uses the address: the DHCP server would give another one to the guest without a word."""
    import libvirt  # noqa: PLC0415  loaded already

    owner = interface.mac or names.mac_of_address(interface.network, interface.address or "")
    leases = []
    with forgiving(libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_OPERATION_INVALID):  # simulated, or not active
        leases = network.DHCPLeases()
    for lease in leases:
        mac = (lease.get("mac") or "").lower()
        if lease["ipaddr"] == interface.address and mac != owner:
            yield Conflict(
                f"{interface.address} is lent to {lease.get('hostname') or mac} at present",
                hint=f"choose another; or, if that one is gone, have its MAC address, too: mac={mac}",
                resource=interface.address,
            )


def _kept(word: str, reservation: Element, network: str) -> Conflict:
    mac, address = reservation.get("mac") or reservation.get("name"), reservation.get("ip")
    return Conflict(
        f"the network {network} keeps {address} for {mac}",
        hint="choose another; to use what somebody has reserved say mac= alone",
        resource=word,
    )


def _range(ip: Element) -> IPv4Network:
    return IPv4Network(f"{ip.get('address')}/{ip.get('prefix') or ip.get('netmask')}", strict=False)


def reserve(host: libvirt.virConnect, record: Record, made: list[str]) -> None:
    """Have the networks keep the addresses that the record names, noting in ``made`` what must be taken back. Raises ``Conflict``."""
    import libvirt  # noqa: PLC0415  loaded already

    for network, mac, address in record.facts.reservations:
        handle = _look_up(host, network)
        where = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE if handle.isActive() else 0
        where |= libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG if handle.isPersistent() else 0
        made.append(address)
        try:
            _update(handle, libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, mac, address, where)
        except libvirt.libvirtError as error:
            if _TAKEN not in str(error):
                raise
            made.remove(address)
            raise Conflict(
                f"{address} is kept for somebody else by the network {network}", hint="choose another", resource=address
            ) from error


def release(host: libvirt.virConnect, record: Record, only: Sequence[str] | None = None) -> None:
    """Take back the reservations that the record names, of ``only`` these addresses. That one is gone already is as good."""
    for network, mac, address in record.facts.reservations:
        if only is None or address in only:
            give_back(host, network, mac, address)


def give_back(host: libvirt.virConnect, network: str, mac: str, address: str) -> None:
    """Take back one reservation, exactly that. That it, or its network, is gone already is as good."""
    import libvirt  # noqa: PLC0415  loaded already

    live, config = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE, libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG
    with forgiving(libvirt.VIR_ERR_NO_NETWORK):
        handle = answer(host.networkLookupByName, network)
        # Of a network that is off, or not defined, or that somebody has edited, one of both may have it.
        for where in (live | config, live, config):
            with forgiving(libvirt.VIR_ERR_OPERATION_INVALID):
                _update(handle, libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE, mac, address, where)
                if where == live | config:
                    break


def _update(network: libvirt.virNetwork, command: int, mac: str, address: str, where: int) -> None:
    """0.4 s, in which the DHCP server reads its file anew."""
    import libvirt  # noqa: PLC0415  loaded already

    entry = Element("host", {"mac": mac, "ip": address})
    text = tostring(entry, encoding="unicode")
    network.update(command, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, -1, text, where)


def _look_up(host: libvirt.virConnect, name: str) -> libvirt.virNetwork:
    import libvirt  # noqa: PLC0415  loaded already

    try:
        return answer(host.networkLookupByName, name)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_NETWORK:
            raise
        raise NotFound(f"there is no network {name}", hint="see: dcctl network list", resource=name) from error
