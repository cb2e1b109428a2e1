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
from operator import itemgetter
from time import time

from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.nouns.volumes import Volume, VolumeState, way_to_free
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


def volumes(
    host: libvirt.virConnect, pool: Pool, realm: Realm, query: Query, uses: Iterable[DiskUse] | None = None
) -> list[Volume]:
    """The volumes of a pool that the query asks for, as the realm's. Two calls, however many there are; up to five in a shared pool.

    ``uses``: those of all domains, where they are known already.
    """
    pool.must_hold_files()
    if realm.options[SHARED]:
        look_anew(pool, at_any_rate=False)
    stored = {
        name: each for name, each in sorted(_stored(pool.names()).items(), key=itemgetter(0)) if query.wants(name, name)
    }
    if uses is None:
        uses = disk_uses(host) if stored else ()
    by_path = {use.path: use for use in uses}
    others = claims.of_others(_marks(stored), host)
    return [
        _volume(name, each, realm, by_path.get(pool.path(disk(name))), others.get(name))
        for name, each in stored.items()
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

    pool.must_hold_files()
    made: list[str] = []

    def make(name: str, text: str) -> None:
        try:
            pool.handle.createXML(text)
        except libvirt.libvirtError as error:
            if not _exists_already(error):
                raise
            raise Conflict(
                f"there is a volume {spec.name} already",
                hint=f"choose another name, or destroy it first: dcctl volume destroy {spec.realm.id}/{spec.name}",
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
    return one(host, pool, spec.realm, spec.name)


def _exists_already(error: libvirt.libvirtError) -> bool:
    """By the daemon's own list, or by the file that it found, which another daemon has made."""
    import libvirt  # noqa: PLC0415  loaded already

    said = str(error).lower()
    return (
        error.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST or "already exists" in said or "file exists" in said
    )


def destroy_volume(host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume) -> None:
    """Remove everything of it, the disk last. Raises ``NotAllowed`` while a domain refers to it, running or not."""
    look(pool, realm)
    _must_be_free(one(host, pool, realm, volume.name))
    stored = _stored(pool.names())[volume.name]
    for each in stored.facts:
        pool.delete(each)
    # Whoever attached it meanwhile looks whether it is whole after that: one of both notices the other.
    look(pool, realm)
    now = one(host, pool, realm, volume.name)
    if now.instance is not None:
        for each in stored.facts:
            create_empty(pool, each)
    _must_be_free(now)
    for each in (*stored.marks, disk(volume.name)):
        pool.delete(each)


def look(pool: Pool, realm: Realm) -> None:
    """Where others change the pool, too, know what they have done."""
    if realm.options[SHARED]:
        look_anew(pool)


def _must_be_free(now: Volume) -> None:
    if now.instance is not None:
        raise NotAllowed(
            f"the volume {now.name} is attached to {now.instance}",
            hint=way_to_free(now),
            resource=now.name,
        )


def must_be_here(now: Volume) -> None:
    """Raises ``NotAllowed`` for a volume that an instance of another host has."""
    if now.instance is not None and now.device is None:
        raise NotAllowed(
            f"the volume {now.name} is attached to {now.instance}, on another host",
            hint="go by a realm of that host: dcctl volume list",
            resource=now.name,
        )


def resize_volume(host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume, size_gib: int) -> Volume:
    """Let the disk grow, through the domain that has it open if one runs; only then say so."""
    look(pool, realm)
    must_be_here(one(host, pool, realm, volume.name))
    use = uses_by_path(host).get(pool.path(disk(volume.name)))
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
    return one(host, pool, realm, volume.name)


_BLOCK_RESIZE_BYTES = 1  # VIR_DOMAIN_BLOCK_RESIZE_BYTES: otherwise the number is KiB


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


def uses_by_path(host: libvirt.virConnect) -> Mapping[str, DiskUse]:
    """Every disk of every domain by its path."""
    return {use.path: use for use in disk_uses(host)}


def one(host: libvirt.virConnect, pool: Pool, realm: Realm, name: str) -> Volume:
    stored = _stored(pool.names()).get(name)
    if stored is None:
        raise NotFound(f"there is no volume {name}", hint="see: dcctl volume list", resource=name)
    other = claims.of_others(stored.marks, host).get(name)
    return _volume(name, stored, realm, uses_by_path(host).get(pool.path(disk(name))), other)


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
