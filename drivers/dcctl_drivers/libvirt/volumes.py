"""Volumes of people's own in a storage pool: a disk, and beside it an empty volume whose name says how large it is and since when.

    dcctl-volume-NAME.qcow2             the disk; made first and removed last: two cannot have one name
    dcctl-volume-NAME~GIB~CREATED       written last; without it the creation was interrupted

Whom a volume is attached to is not written down anywhere: the disks of the domains say so. Where several daemons share the pool it is (see
``claims``), and there the directory is looked at anew first, and a new name is reserved by a file that only one can make:

    dcctl-volume-NAME~new
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from dcctl.errors import Capacity, Conflict, NotAllowed, NotFound, Timeout
from dcctl.nouns.volumes import Volume, VolumeState
from dcctl_drivers.libvirt import claims, domain_xml, records
from dcctl_drivers.libvirt.disk_uses import DiskUse, disk_uses
from dcctl_drivers.libvirt.options import SHARED
from dcctl_drivers.libvirt.pools import create_empty, look_anew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import libvirt

    from dcctl.job import Job
    from dcctl.model import Query, Realm
    from dcctl.nouns.volumes import VolumeSpec
    from dcctl_drivers.libvirt.claims import Claim
    from dcctl_drivers.libvirt.pools import Pool

_PREFIX = claims.PREFIX
_RESERVED = "new"
_SUFFIX = ".qcow2"
_GIB = 1 << 30
_SERIAL_CHARACTERS = 20  # what virtio-blk has room for

LETTING_GO_SECONDS = 30.0
"""How long a running guest may take to let go of a disk; one that boots or hangs never does."""

ASK_SECONDS = 0.2


@dataclass
class _Stored:
    """Everything that a pool has of one volume."""

    disk: bool = False
    facts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Size in GiB and time of creation by the name of the volume that says so; two after an interrupted resize."""
    marks: list[str] = field(default_factory=list)
    """The names of the other volumes that say something of it: claims, and the reservation of its name."""

    @property
    def size_gib(self) -> int | None:
        return max((size for size, _ in self.facts.values()), default=None)

    @property
    def created(self) -> int | None:
        return min((created for _, created in self.facts.values()), default=None)


def volumes(host: libvirt.virConnect, pool: Pool, realm: Realm, query: Query) -> list[Volume]:
    """The volumes of a pool that the query asks for, as the realm's. Two calls, however many there are; up to five in a shared pool."""
    if realm.options[SHARED]:
        look_anew(pool, at_any_rate=False)
    stored = {name: each for name, each in _stored(pool.names()).items() if query.wants(name, name)}
    uses = _uses(host) if stored else {}
    others = claims.of_others(_marks(stored), host)
    return [
        _volume(name, each, realm, uses.get(pool.path(disk(name))), others.get(name)) for name, each in stored.items()
    ]


def _marks(stored: Mapping[str, _Stored]) -> list[str]:
    return [mark for each in stored.values() for mark in each.marks]


def states(pool: Pool, names: Iterable[str]) -> dict[str, bool]:
    """Those of the volumes that are there; whether each is whole. One call."""
    stored = _stored(pool.names())
    return {name: bool(stored[name].disk and stored[name].facts) for name in names if name in stored}


def create_volume(host: libvirt.virConnect, pool: Pool, spec: VolumeSpec, job: Job) -> Volume:
    """Make the disk, then say that it is there. Raises ``Conflict`` when the name is taken."""
    import libvirt  # noqa: PLC0415  loaded already

    made: list[str] = []

    def make(name: str, text: str) -> None:
        try:
            pool.handle.createXML(text)
        except libvirt.libvirtError as error:
            if not _exists_already(error):
                raise
            raise Conflict(
                f"there is a volume {spec.name} already",
                hint=f"choose another name, or destroy it first: dcctl volume destroy {spec.name}",
                resource=spec.name,
            ) from error
        made.append(name)

    try:
        if spec.realm.options[SHARED]:
            job.stage("reserve")
            look_anew(pool)
            # Of files that qemu-img makes two daemons may both believe that there is none.
            reserved = f"{_PREFIX}{spec.name}~{_RESERVED}"
            make(reserved, domain_xml.plain_volume(reserved, 1, "raw"))
        job.stage("disk")
        text = domain_xml.plain_volume(disk(spec.name), spec.size_gib * _GIB, "qcow2")
        make(disk(spec.name), text)
        job.stage("publish")
        create_empty(pool, _facts(spec.name, spec.size_gib, int(time())))
    except BaseException:
        for name in reversed(made):
            pool.delete(name)
        raise
    for name in made[:-1]:
        pool.delete(name)
    return _one(host, pool, spec.realm, spec.name)


def _exists_already(error: libvirt.libvirtError) -> bool:
    """By the daemon's own list, or by the file that it found, which another daemon has made."""
    import libvirt  # noqa: PLC0415  loaded already

    said = str(error).lower()
    return (
        error.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST or "already exists" in said or "file exists" in said
    )


def destroy_volume(host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume) -> None:
    """Remove everything of it, the disk last. Raises ``NotAllowed`` while a domain refers to it, running or not."""
    _look(pool, realm)
    _must_be_free(_one(host, pool, realm, volume.name))
    stored = _stored(pool.names())[volume.name]
    for each in stored.facts:
        pool.delete(each)
    # Whoever attached it meanwhile looks whether it is whole after that: one of both notices the other.
    _look(pool, realm)
    now = _one(host, pool, realm, volume.name)
    if now.instance is not None:
        for each in stored.facts:
            create_empty(pool, each)
    _must_be_free(now)
    for each in (*stored.marks, disk(volume.name)):
        pool.delete(each)


def _look(pool: Pool, realm: Realm) -> None:
    """Where others change the pool, too, know what they have done."""
    if realm.options[SHARED]:
        look_anew(pool)


def _must_be_free(now: Volume) -> None:
    if now.instance is not None:
        raise NotAllowed(
            f"the volume {now.name} is attached to {now.instance}",
            hint=f"detach it first: dcctl volume detach {now.name}",
            resource=now.name,
        )


def attach_volume(
    host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume, domain: libvirt.virDomain
) -> Volume:
    """Give the disk to the domain, now if it runs and whenever it starts. Raises ``Conflict`` if somebody was faster."""
    _look(pool, realm)
    now = _one(host, pool, realm, volume.name)
    records.must_not_be_saved(domain, "attach a volume to")
    if now.instance is not None:
        raise Conflict(
            f"the volume {volume.name} is attached to {now.instance}",
            hint=f"detach it first: dcctl volume detach {volume.name}",
            resource=volume.name,
        )
    if not realm.options[SHARED]:
        _plug_in(host, pool, volume, domain)
        return _one(host, pool, realm, volume.name)
    claims.claim(host, pool, [volume.name], domain)
    try:
        _plug_in(host, pool, volume, domain)
    except BaseException:
        claims.release(pool, domain.UUIDString(), [volume.name])
        raise
    return _one(host, pool, realm, volume.name)


def _plug_in(host: libvirt.virConnect, pool: Pool, volume: Volume, domain: libvirt.virDomain) -> None:
    path = pool.path(disk(volume.name))
    text = _disk_xml(volume.name, path, _free_device(domain))
    domain.attachDeviceFlags(text, _flags(domain))
    # Whoever creates an instance with it at this moment looks as we do: it may be that both step back, never that both have it.
    others = [use.domain for use in disk_uses(host) if use.path == path and use.uuid != domain.UUIDString()]
    if others or not states(pool, [volume.name]).get(volume.name):
        domain.detachDeviceFlags(text, _flags(domain))
        raise Conflict(
            f"the volume {volume.name} was " + (f"given to {others[0]}" if others else "destroyed") + " at this moment",
            hint="see: dcctl volume list",
            resource=volume.name,
        )


def detach_volume(host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume, job: Job) -> Volume:
    """Take the disk from its domain. A running guest is asked, and must let go: raises ``Timeout`` if it does not."""
    _look(pool, realm)
    use = _uses(host).get(pool.path(disk(volume.name)))
    if use is None:
        _must_be_here(_one(host, pool, realm, volume.name))
        raise NotAllowed(f"the volume {volume.name} is not attached", hint="see: dcctl volume list")
    domain = host.lookupByName(use.domain)
    records.must_not_be_saved(domain, "detach a volume from")
    flags = _flags(domain)
    domain.detachDeviceFlags(_disk_xml(volume.name, pool.path(disk(volume.name)), use.device), flags)
    waited = 0.0
    while pool.path(disk(volume.name)) in _uses(host):
        if waited >= LETTING_GO_SECONDS:
            raise Timeout(
                f"{use.domain} does not let go of the volume {volume.name}",
                hint=f"it may have it mounted, or be booting; stop it first: dcctl instance stop {use.domain}",
                resource=volume.name,
            )
        job.pause(ASK_SECONDS)
        waited += ASK_SECONDS
    if realm.options[SHARED]:
        claims.release(pool, use.uuid, [volume.name])
    return _one(host, pool, realm, volume.name)


def _must_be_here(now: Volume) -> None:
    """Raises ``NotAllowed`` for a volume that an instance of another host has."""
    if now.instance is not None and now.device is None:
        raise NotAllowed(
            f"the volume {now.name} is attached to {now.instance}, on another host",
            hint="go by a realm of that host: dcctl volume list",
            resource=now.name,
        )


def resize_volume(host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume, size_gib: int) -> Volume:
    """Let the disk grow, through the domain that has it open if one runs; only then say so."""
    _look(pool, realm)
    _must_be_here(_one(host, pool, realm, volume.name))
    use = _uses(host).get(pool.path(disk(volume.name)))
    domain = host.lookupByName(use.domain) if use is not None else None
    if domain is not None:
        records.must_not_be_saved(domain, "resize a volume of")
    if use is not None and domain is not None and domain.isActive():
        domain.blockResize(use.device, size_gib * _GIB, _BLOCK_RESIZE_BYTES)
    else:
        pool.handle.storageVolLookupByName(disk(volume.name)).resize(size_gib * _GIB)
    stored = _stored(pool.names())[volume.name]
    if stored.size_gib != size_gib:
        create_empty(pool, _facts(volume.name, size_gib, stored.created or int(time())))
        for facts in stored.facts:
            pool.delete(facts)
    return _one(host, pool, realm, volume.name)


_BLOCK_RESIZE_BYTES = 1  # VIR_DOMAIN_BLOCK_RESIZE_BYTES: otherwise the number is KiB


def _flags(domain: libvirt.virDomain) -> int:
    import libvirt  # noqa: PLC0415  loaded already

    live = libvirt.VIR_DOMAIN_AFFECT_LIVE if domain.isActive() else 0
    return int(libvirt.VIR_DOMAIN_AFFECT_CONFIG | live)


def disk(name: str) -> str:
    """The name of the volume of the pool that holds what is on it."""
    return f"{_PREFIX}{name}{_SUFFIX}"


def serial(name: str) -> str:
    """By what a guest finds it: /dev/disk/by-id/virtio-NAME."""
    return name[:_SERIAL_CHARACTERS]


def _facts(name: str, size_gib: int, created: int) -> str:
    return f"{_PREFIX}{name}~{size_gib}~{created}"


def _stored(names: Iterable[str]) -> dict[str, _Stored]:
    """What the names of a pool's volumes say about volumes of ours, by the volume's name."""
    found: dict[str, _Stored] = {}
    for each in names:
        if not each.startswith(_PREFIX):
            continue
        name, *facts = each[len(_PREFIX) :].split("~")
        if not facts and name.endswith(_SUFFIX):
            found.setdefault(name.removesuffix(_SUFFIX), _Stored()).disk = True
        elif len(facts) == 2 and facts[0].isdecimal() and facts[1].isdecimal():
            found.setdefault(name, _Stored()).facts[each] = int(facts[0]), int(facts[1])
        elif facts == [_RESERVED] or claims.parsed(each) is not None:
            found.setdefault(name, _Stored()).marks.append(each)
    return found


def _uses(host: libvirt.virConnect) -> Mapping[str, DiskUse]:
    """Every disk of every domain by its path."""
    return {use.path: use for use in disk_uses(host)}


def _one(host: libvirt.virConnect, pool: Pool, realm: Realm, name: str) -> Volume:
    stored = _stored(pool.names()).get(name)
    if stored is None:
        raise NotFound(f"there is no volume {name}", hint="see: dcctl volume list", resource=name)
    other = claims.of_others(stored.marks, host).get(name)
    return _volume(name, stored, realm, _uses(host).get(pool.path(disk(name))), other)


def _volume(name: str, stored: _Stored, realm: Realm, use: DiskUse | None, other: Claim | None) -> Volume:
    complete = stored.disk and stored.facts
    created = stored.created
    holder = use.domain if use is not None else other.holder if other is not None else None
    return Volume(
        id=name,
        name=name,
        state=VolumeState.ERROR if not complete else VolumeState.AVAILABLE if holder is None else VolumeState.IN_USE,
        realm=realm.id,
        size_gib=stored.size_gib,
        instance=holder,
        device=use.device if use is not None else None,
        created=datetime.fromtimestamp(created, UTC) if created is not None else None,
    )


def _free_device(domain: libvirt.virDomain) -> str:
    """The first name that no disk has, neither now nor after the next start."""
    import libvirt  # noqa: PLC0415  loaded already

    texts = [domain.XMLDesc(), domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)]
    taken = {
        element.get("dev")
        for text in texts
        for element in fromstring(text).iterfind("devices/disk/target")  # noqa: S314  libvirt writes no document types
    }
    for letter in "bcdefghijklmnopqrstuvwxyz":
        if f"vd{letter}" not in taken:
            return f"vd{letter}"
    raise Capacity(f"{domain.name()} has no room for another disk", hint="detach one first")


def _disk_xml(name: str, path: str, device: str) -> str:
    """The disk; inside the guest it is /dev/disk/by-id/virtio-NAME."""
    root = Element("disk", {"type": "file", "device": "disk"})
    SubElement(root, "driver", {"name": "qemu", "type": "qcow2", "discard": "unmap"})
    SubElement(root, "source", {"file": path})
    SubElement(root, "target", {"dev": device, "bus": "virtio"})
    SubElement(root, "serial").text = serial(name)
    return tostring(root, encoding="unicode")
