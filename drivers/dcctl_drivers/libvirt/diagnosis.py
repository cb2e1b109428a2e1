"""What is wrong with a realm, found out by reading alone; what interrupted work has left behind; and mending both."""

from __future__ import annotations

from posixpath import dirname
from uuid import uuid4
from xml.etree.ElementTree import fromstring

from dcctl.model import ImageState, State
from dcctl.nouns.findings import Finding, Verdict
from dcctl.words import as_argument, plural, visible
from dcctl_drivers.libvirt import (
    claims,
    domain_xml,
    freezing,
    half_made,
    images,
    late_notes,
    left_addresses,
    names,
    oddities,
)
from dcctl_drivers.libvirt.access import cannot_enter, kvm_problem, qemu_user
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.disk_uses import disk_uses
from dcctl_drivers.libvirt.facts import realm_facts
from dcctl_drivers.libvirt.options import (
    POOL,
    SHARED,
    USER_NETWORK,
    is_local,
    is_session,
    network_of,
    path_of,
)
from dcctl_drivers.libvirt.pools import Pool, open_pool, unusable
from dcctl_drivers.libvirt.publication import destroy_image
from dcctl_drivers.libvirt.user_network import NO_RIGHTS, NOBODY_GETS_IN, WAYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import libvirt

    from dcctl.model import Instance, Realm
    from dcctl.nouns.realm_facts import RealmFacts
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.disk_uses import DiskUse

START_POOL, START_NETWORK = "start the pool", "start the network"
DELETE_VOLUME, FINISH_IMAGE = "delete the volume", "remove what is left of the image"
DROP_CLAIM = "let other hosts have the volume"


def diagnose(host: libvirt.virConnect, uri: str, realm: Realm, instances: Sequence[Instance]) -> list[Finding]:
    """Everything about one realm. ``instances``: those of its endpoint."""
    facts = realm_facts(host, uri, realm)
    found = [*_host(host, uri, facts), *_network(host, realm, uri, facts), *left_addresses.findings(host, realm)]
    pool = next((pool for pool in facts.pools if pool.used), None)
    if pool is None:
        found.append(
            _finding(
                realm,
                "pool",
                f"there is no storage pool {realm.options[POOL]}",
                f"dcctl realm init {realm.id}, or name another in the catalogue",
            )
        )
    elif (reason := unusable(host, pool.name)) is not None:
        found.append(Finding("pool", Verdict.WRONG, reason.message, reason.hint, realm.id, pool.name))
    elif not pool.active:
        found.append(
            Finding(
                "pool",
                Verdict.WRONG,
                f"the storage pool {pool.name} is not active",
                f"dcctl realm init {realm.id}",
                realm.id,
                pool.name,
                START_POOL,
            )
        )
    else:
        free = f", {pool.free_mib} MiB free" if pool.free_mib is not None else ""
        found.append(Finding("pool", Verdict.GOOD, f"{pool.name} at {pool.path}{free}", realm=realm.id))
        opened = open_pool(host, pool.name)
        volumes = opened.names()
        uses = disk_uses(host)  # after the volumes: whoever makes one for a domain has defined the domain
        if is_local(uri) and path_of(uri) == "/system" and pool.path is not None:
            found += _access(host, realm, pool.path, instances, uses)
        found += _leftovers(host, realm, opened, volumes, uses)
        times = oddities.times_of(volumes)
        found += oddities.clock(realm, times)
        found += oddities.vanished(realm, opened, times)
    return [*found, *freezing.findings(host, realm, instances), *_broken(instances, realm)]


def _broken(instances: Iterable[Instance], realm: Realm) -> list[Finding]:
    """Instances of ours in error: what is left of one whose creation was interrupted goes with it."""
    return [
        Finding(
            "instance",
            Verdict.WRONG,
            f"{each.name} is in error: {each.reason or each.provider_state}",
            f"dcctl instance destroy {as_argument(f'{realm.id}/{each.name}')}",
            realm.id,
            each.name,
        )
        for each in instances
        if each.realm == realm.id and each.state is State.ERROR and not each.foreign
    ]


_OF_ONE_THING = {
    left_addresses.FREE_ADDRESS: left_addresses.free,
    freezing.LET_GO: freezing.let_go,
    late_notes.RENEW: late_notes.renew,
}


def repair(connection: Connection, realm: Realm, finding: Finding) -> None:
    """Do it if it is still so."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    host = connection.host
    resource = finding.resource or ""
    if finding.repair == START_POOL:
        with forgiving(libvirt.VIR_ERR_OPERATION_INVALID):  # it was started meanwhile
            host.storagePoolLookupByName(resource).create()
    elif finding.repair == START_NETWORK:
        with forgiving(libvirt.VIR_ERR_OPERATION_INVALID):
            host.networkLookupByName(resource).create()
    elif finding.repair in _OF_ONE_THING:
        _OF_ONE_THING[finding.repair](host, resource)
    elif finding.repair == DELETE_VOLUME:
        pool = open_pool(host, realm.options[POOL])
        if not realm.options[SHARED] and resource in _ownerless(host, pool, pool.names()):
            pool.delete(resource)
    elif finding.repair == half_made.REMOVE:
        half_made.remove(host, realm, open_pool(host, realm.options[POOL]), resource)
    elif finding.repair == DROP_CLAIM:
        pool = open_pool(host, realm.options[POOL])
        if resource in {claim.mark for claim in claims.stale(pool.names(), host, disk_uses(host))}:
            pool.delete(resource)
    elif finding.repair == FINISH_IMAGE:
        holding = images.holdings(open_pool(host, realm.options[POOL]).names()).get(resource)
        if holding is not None and holding.state() is ImageState.ERROR:
            destroy_image(connection, realm, resource, str(uuid4()))


def _finding(realm: Realm, check: str, message: str, hint: str) -> Finding:
    return Finding(check, Verdict.WRONG, message, hint, realm.id)


def _host(host: libvirt.virConnect, uri: str, facts: RealmFacts) -> Iterator[Finding]:
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    yield Finding("connection", Verdict.GOOD, f"{facts.hostname}: {versions}", realm=facts.realm)
    if facts.accelerated:
        yield Finding("kvm", Verdict.GOOD, "guests run on the processor itself", realm=facts.realm)
    else:
        because, hint = kvm_problem() if is_local(uri) else (None, None)
        message = f"guests are emulated: {because or 'the host offers no KVM'}"
        yield Finding("kvm", Verdict.NOTE, message, hint or "see there: ls -l /dev/kvm", facts.realm)
    yield _firmware(host, facts)


def _firmware(host: libvirt.virConnect, facts: RealmFacts) -> Finding:
    import libvirt  # noqa: PLC0415  loaded already

    text = "<domainCapabilities/>"
    with forgiving(libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_ERR_CONFIG_UNSUPPORTED):
        text = host.getDomainCapabilities(None, facts.architecture, None, None)
    values = [value.text for value in fromstring(text).iterfind("os/enum[@name='firmware']/value")]  # noqa: S314  libvirt writes no document types
    if "efi" in values:
        return Finding("firmware", Verdict.GOOD, "guests can have UEFI", realm=facts.realm)
    return Finding(
        "firmware", Verdict.NOTE, "there is no UEFI firmware", "apt install ovmf (or edk2-ovmf)", facts.realm
    )


def _network(host: libvirt.virConnect, realm: Realm, uri: str, facts: RealmFacts) -> Iterator[Finding]:
    wanted = network_of(realm, uri)
    if wanted == USER_NETWORK:
        yield Finding("network", Verdict.NOTE, NOBODY_GETS_IN, WAYS, realm.id)
        return
    network = next((network for network in facts.networks if network.used), None)
    if network is None:
        yield _finding(
            realm,
            "network",
            f"there is no network {wanted}",
            NO_RIGHTS if is_session(uri) else f"dcctl realm init {realm.id}, or name another in the catalogue",
        )
    elif not network.active:
        yield Finding(
            "network",
            Verdict.WRONG,
            f"the network {wanted} is not active",
            f"dcctl realm init {realm.id}",
            realm.id,
            wanted,
            START_NETWORK,
        )
    else:
        yield Finding("network", Verdict.GOOD, wanted, realm=realm.id)
        yield from oddities.old_leases(host, realm, wanted)


def _access(
    host: libvirt.virConnect, realm: Realm, pool: str, instances: Sequence[Instance], uses: Sequence[DiskUse]
) -> Iterator[Finding]:
    """Whether the user that QEMU runs as reaches the pool's directory, and those of disks that instances have elsewhere."""
    user = qemu_user(domain_xml.qemu_label(host.getCapabilities()))
    ours = {each.id for each in instances if each.realm == realm.id and not each.foreign}
    folders = {pool, *(dirname(use.path) for use in uses if use.uuid in ours and use.path.startswith("/"))}
    closed = {folder for each in sorted(folders) if (folder := cannot_enter(each, user)) is not None}
    for folder in sorted(closed):
        name = user.pw_name if user is not None else "-"
        place = as_argument(folder)
        yield _finding(
            realm, "access", f"QEMU's user {name} cannot enter {visible(folder)}", f"setfacl -m u:{name}:x {place}"
        )
    if not closed:
        yield Finding(
            "access", Verdict.GOOD, f"QEMU reaches {', '.join(map(visible, sorted(folders)))}", realm=realm.id
        )


def _leftovers(
    host: libvirt.virConnect,
    realm: Realm,
    pool: Pool,
    volumes: Mapping[str, libvirt.virStorageVol],
    uses: Sequence[DiskUse],
) -> Iterator[Finding]:
    left = False
    shared = realm.options[SHARED]
    ownerless = sorted(_ownerless(host, pool, volumes))
    if ownerless and shared:
        left = True
        yield Finding(
            "left volume",
            Verdict.NOTE,
            f"{plural(len(ownerless), 'volume')} of instances in the shared pool {'is' if len(ownerless) == 1 else 'are'} of none of this host",
            "whose they are only the other hosts can tell",
            realm.id,
        )
    for volume in () if shared else ownerless:
        left = True
        yield Finding(
            "left volume",
            Verdict.WRONG,
            f"{volume} belongs to no instance of this host",
            f"dcctl doctor --realm {realm.id} --fix",
            realm.id,
            volume,
            DELETE_VOLUME,
            destroys=True,
        )
    for name, holding in images.holdings(volumes).items():
        if holding.state() is ImageState.ERROR:
            left = True
            what = "destruction" if holding.destroying else "import"
            yield Finding(
                "left image",
                Verdict.WRONG,
                f"the {what} of the image {name} was interrupted",
                f"dcctl image destroy {realm.id}/{name}",
                realm.id,
                name,
                FINISH_IMAGE,
                destroys=True,
            )
    for claim in claims.stale(volumes, host, uses):
        left = True
        yield Finding(
            "left claim",
            Verdict.WRONG,
            f"the volume {claim.volume} is kept for {claim.instance}, which does not have it",
            f"dcctl doctor --realm {realm.id} --fix",
            realm.id,
            claim.mark,
            DROP_CLAIM,
        )
    for finding in half_made.findings(host, realm, pool, uses):
        left = True
        yield finding
    if not left:
        yield Finding("leftovers", Verdict.GOOD, "nothing of interrupted work is left", realm=realm.id)
    yield from oddities.unused_volumes(realm, pool, volumes, uses)


def _ownerless(host: libvirt.virConnect, pool: Pool, volumes: Mapping[str, libvirt.virStorageVol]) -> set[str]:
    """Of ``volumes``, those that carry an instance's name where there is no such instance, and that no domain and no other volume needs.

    The domains are asked for after the volumes: a creator defines its domain first.
    """
    import libvirt  # noqa: PLC0415  loaded already

    ours = {name: uuid for name in volumes if (uuid := names.instance_of(name)) is not None}
    if not ours:
        return set()
    needed: set[str | None] = set()
    there: set[str] = set()
    for domain in host.listAllDomains():
        there.add(domain.UUIDString())
        with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
            # What it runs with, and what it would be started with.
            for text in (domain.XMLDesc(), domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)):
                for source in fromstring(text).iter("source"):  # noqa: S314  as above
                    needed |= {source.get("file"), source.get("volume"), source.get("dev")}
    for volume in volumes.values():
        with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
            needed.add(domain_xml.backing_path(volume.XMLDesc()))
    return {name for name, uuid in ours.items() if uuid not in there and not {name, pool.path(name)} & needed}
