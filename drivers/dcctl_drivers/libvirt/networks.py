"""libvirt's virtual networks: NAT or isolated, with addresses lent by dnsmasq.

Whether dcctl made a network is seen from its uuid, which follows from its name: networks have had no metadata until libvirt 9.7, and
``virsh net-define`` and virt-manager choose uuids by chance.

https://libvirt.org/formatnetwork.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Network
from operator import attrgetter
from time import monotonic, sleep
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from dcctl.errors import Capacity, Conflict, NotAllowed, NotFound
from dcctl.model import Field
from dcctl.nouns.networks import KeptAddress, Lease, Network, Reach, range_of
from dcctl_drivers.libvirt.connection import answer, forgiving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import libvirt

    from dcctl.job import Job
    from dcctl.model import Query
    from dcctl.nouns.networks import NetworkSpec

_OURS = UUID("6f9e9d5c-3f0b-5d1e-9a57-dcc71cf0a1b2")
"""The namespace of our networks' uuids (RFC 9562, version 5)."""

_REACHES = {"nat": Reach.NAT, "route": Reach.ROUTED, "open": Reach.ROUTED, "bridge": Reach.BRIDGED}

# 192.168.122.0/24 is libvirt's own, and the first hundred are what home routers use.
_THIRD_OCTETS = range(130, 255)


_GOING_SECONDS, _ASK_SECONDS = 2.0, 0.05
"""How long somebody else's removal may take from the file to the network itself: a moment, on a machine that is not busy."""

# libvirt has no codes for these.
_TAKEN = ("already exists", "already active")
_OVERLAPS = "already in use by interface"


def uuid_of(name: str) -> str:
    """The uuid of a network that dcctl makes under this name."""
    return str(uuid5(_OURS, name))


def networks(host: libvirt.virConnect, realm: str | None, query: Query) -> list[Network]:
    """The networks that the query asks for, by name; two calls for each, since libvirt tells what they are only one by one.

    With their addresses a third for the leases, and one for each domain where addresses are kept for any.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    found = []
    for network in host.listAllNetworks():
        name = network.name()
        if not query.wants(network.UUIDString(), name):
            continue
        with forgiving(libvirt.VIR_ERR_NO_NETWORK):  # it went away meanwhile
            active = bool(network.isActive())
            text = network.XMLDesc()
            each = _network(network, realm, text, active=active)
            if Field.ADDRESSES in query.fields:
                leases = tuple(_leases(network)) if active else ()
                each = replace(each, leases=leases, kept=tuple(_kept(host, text)))
            found.append(each)
    return sorted(found, key=attrgetter("name"))  # libvirt has them in another order each time


def create_network(host: libvirt.virConnect, spec: NetworkSpec, realm: str | None, job: Job) -> Network:
    """Start it, define it, and have it start with the host. Takes it back where that fails.

    Started first, because of two at once under one name libvirt then refuses the second; it would redefine a network that is off. A
    range that overlaps with an interface of the host is refused too; where none was asked for the next one is tried.
    """
    import libvirt  # noqa: PLC0415  loaded already

    known = host.listAllNetworks()
    if any(network.name() == spec.name for network in known):
        raise _taken(spec)
    ranges = [cidr for network in known if (cidr := _cidr(fromstring(network.XMLDesc()))) is not None]  # noqa: S314  libvirt writes no document types
    for candidate in _candidates(spec.cidr, ranges):
        job.stage("start")
        text = _xml(spec, candidate)
        try:
            network = host.networkCreateXML(text)
        except libvirt.libvirtError as error:
            if any(words in str(error) for words in _TAKEN):
                raise _taken(spec) from error
            if _OVERLAPS not in str(error):
                raise
            continue
        try:
            job.stage("define")
            host.networkDefineXML(text).setAutostart(1)
            return _network(network, realm, network.XMLDesc(), active=True)
        except BaseException:
            _remove(network)
            raise
    if spec.cidr is not None:
        raise Conflict(f"{spec.cidr} is in use on the host", hint="choose another range", resource=spec.name)
    raise Capacity("no range of addresses is free on the host", hint="name one with --cidr", resource=spec.name)


def _taken(spec: NetworkSpec) -> Conflict:
    return Conflict(f"there is a network {spec.name} already", hint="see: dcctl network list", resource=spec.name)


def destroy_network(host: libvirt.virConnect, network: Network) -> None:
    """Stop it and undefine it. Raises ``NotAllowed`` while a domain, running or not, is attached to it."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        handle = answer(host.networkLookupByUUIDString, network.id)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_NETWORK:
            raise
        raise NotFound(
            f"there is no network {network.name}", hint="see: dcctl network list", resource=network.name
        ) from error
    if network.id != uuid_of(handle.name()):
        raise NotAllowed(f"the network {handle.name()} was not made by dcctl", hint="remove it with virsh net-undefine")
    users = [domain.name() for domain in host.listAllDomains() if handle.name() in _attached(domain)]
    if users:
        raise NotAllowed(
            f"the network {handle.name()} is in use by {', '.join(sorted(users))}",
            hint="destroy these instances first",
            resource=network.name,
        )
    _remove(handle)


def _attached(domain: libvirt.virDomain) -> Sequence[str]:
    """The networks of a domain; none for one that went away meanwhile."""
    import libvirt  # noqa: PLC0415  loaded already

    text = "<domain/>"
    with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
        text = domain.XMLDesc()
    return [element.get("network", "") for element in fromstring(text).iterfind("devices/interface/source")]  # noqa: S314  as above


def _remove(network: libvirt.virNetwork) -> None:
    """Stop it, which is the end of one that was not defined yet, and undefine it. That it is off or gone already is as good."""
    import libvirt  # noqa: PLC0415  loaded already

    with forgiving(libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_NETWORK):
        network.destroy()
    with forgiving(libvirt.VIR_ERR_NO_NETWORK):
        try:
            network.undefine()
        except libvirt.libvirtError:
            # Whoever removes it at the same moment takes its file away first, and then the network. Asking about one that is gone is error 43.
            end = monotonic() + _GOING_SECONDS
            while network.isPersistent():
                if monotonic() > end:
                    raise
                sleep(_ASK_SECONDS)


def _candidates(asked: str | None, taken: Sequence[IPv4Network]) -> Iterator[IPv4Network]:
    """Ranges that no network has: the asked one, else one after the other."""
    ranges = [range_of(asked)] if asked is not None else [IPv4Network(f"192.168.{n}.0/24") for n in _THIRD_OCTETS]
    return (each for each in ranges if not any(each.overlaps(other) for other in taken))


def _xml(spec: NetworkSpec, range_: IPv4Network) -> str:
    root = Element("network")
    SubElement(root, "name").text = spec.name
    SubElement(root, "uuid").text = uuid_of(spec.name)
    if spec.reach is Reach.NAT:
        SubElement(root, "forward", {"mode": "nat"})
    # The host is the first address; all others but the last, which means everybody, are lent.
    ip = SubElement(root, "ip", {"address": str(range_[1]), "netmask": str(range_.netmask)})
    SubElement(SubElement(ip, "dhcp"), "range", {"start": str(range_[2]), "end": str(range_[-2])})
    return tostring(root, encoding="unicode")


def _network(network: libvirt.virNetwork, realm: str | None, text: str, *, active: bool) -> Network:
    root = fromstring(text)  # noqa: S314  as above
    forward = root.find("forward")
    mode = None if forward is None else forward.get("mode", "nat")
    cidr = _cidr(root)
    name, uuid = network.name(), network.UUIDString()
    return Network(
        id=uuid,
        name=name,
        realm=realm,
        active=active,
        reach=Reach.ISOLATED if mode is None else _REACHES.get(mode, Reach.OTHER),
        cidr=None if cidr is None else str(cidr),
        foreign=uuid != uuid_of(name),
    )


def _cidr(root: Element) -> IPv4Network | None:
    """The first IPv4 range."""
    for element in root.iterfind("ip"):
        if element.get("family", "ipv4") == "ipv4":
            address, size = element.get("address"), element.get("prefix") or element.get("netmask")
            if address and size:
                return IPv4Network(f"{address}/{size}", strict=False)
    return None


def _leases(network: libvirt.virNetwork) -> Iterator[Lease]:
    for lease in network.DHCPLeases():
        expires = lease.get("expirytime")
        yield Lease(
            address=lease["ipaddr"],
            mac=(lease.get("mac") or "").lower(),
            hostname=lease.get("hostname") or None,
            expires=datetime.fromtimestamp(expires, UTC) if expires else None,
        )


def _kept(host: libvirt.virConnect, text: str) -> Iterator[KeptAddress]:
    """What a network's DHCP server keeps, by its XML."""
    from dcctl_drivers.libvirt.interfaces import macs_of_all  # noqa: PLC0415  lists of networks need none

    entries = [each for each in fromstring(text).iterfind("ip/dhcp/host") if each.get("ip")]  # noqa: S314  as above
    owners = macs_of_all(host) if entries else {}
    for each in entries:
        mac = (each.get("mac") or "").lower() or None
        yield KeptAddress(each.get("ip", ""), mac, owners.get(mac or ""))
