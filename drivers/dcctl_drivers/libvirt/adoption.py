"""Taking on domains that something else than dcctl made: a record is written into them, and nothing else of them changes.

Their disks stay their own. Those that are adopted, too, are written down by their paths, and are removed only when somebody says so with
the destroy, and only if nothing else needs them: libvirt itself deletes what other domains and overlays use without a word.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from posixpath import basename, dirname
from typing import NamedTuple
from xml.etree.ElementTree import fromstring

from dcctl.errors import Conflict, NotAllowed, NotSupported
from dcctl_drivers.libvirt import domain_xml, names, records
from dcctl_drivers.libvirt.claims import PREFIX
from dcctl_drivers.libvirt.connection import answer, forgiving
from dcctl_drivers.libvirt.disk_uses import disk_uses
from dcctl_drivers.libvirt.metadata import Facts, Phase, Record
from dcctl_drivers.libvirt.options import POOL
from dcctl_drivers.libvirt.pools import Pool, open_pool
from dcctl_drivers.libvirt.publication import users_of
from dcctl_drivers.libvirt.stamps import Stamping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from xml.etree.ElementTree import Element

    import libvirt

    from dcctl.job import Job
    from dcctl.model import Realm
    from dcctl.nouns.adoption import AdoptSpec

_GIB = 1 << 30
_CAPACITY = 0  # where virDomainBlockInfo has it


class _Disk(NamedTuple):
    """A disk that the domain may write to; ``path`` None: it is no file."""

    path: str | None
    words: str


def adopt(
    host: libvirt.virConnect, domain: libvirt.virDomain, realms: Sequence[Realm], spec: AdoptSpec, job: Job
) -> None:
    """Write the record, or change the one of a domain that was adopted before."""
    job.check()
    after = to_adopt(host, domain, realms, spec)
    Stamping(host, domain).replace(records.read(domain)[0], after)


def to_adopt(host: libvirt.virConnect, domain: libvirt.virDomain, realms: Sequence[Realm], spec: AdoptSpec) -> Record:
    """The record that would be written. Raises whatever forbids it."""
    import libvirt  # noqa: PLC0415  loaded already

    before = _adoptable(domain)
    text = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    disks = _disks(host, text)
    facts = _facts(host, domain, text, disks, realms) if before is None else before.facts
    adopted: tuple[str, ...] = () if before is None or before.adopted is None else before.adopted
    if spec.with_disks:
        adopted = _must_all_be_its_own(host, domain, disks)
    record = before or Record(domain.UUIDString(), Phase.READY, facts)
    return replace(record, facts=_with(facts, spec), adopted=adopted)


def _adoptable(domain: libvirt.virDomain) -> Record | None:
    """The record of a domain that was adopted before; None for one that is foreign. Raises ``NotAllowed`` for all others."""
    name = domain.name()
    if not domain.isPersistent():
        raise NotAllowed(
            f"{name} has no lasting definition: it is gone when it stops, with all that is written on it",
            hint=f"first: virsh dumpxml {name} >file; virsh define file",
            resource=name,
        )
    if records.has_unreadable(domain):
        raise NotAllowed(
            f"{name} carries a record that this dcctl cannot read, most likely of a newer one",
            hint="use that one; or look: virsh metadata --uri urn:dcctl:instance",
            resource=name,
        )
    record, _ = records.read(domain)
    if record is not None and record.adopted is None:
        raise NotAllowed(f"{name} is dcctl's already: it made it", hint="see: dcctl instance show", resource=name)
    if record is not None:
        records.whole(domain)
    if _is_worked_on(domain):
        raise Conflict(f"another program is at work on {name}", hint="ask again in a moment", resource=name)
    return record


def _is_worked_on(domain: libvirt.virDomain) -> bool:
    """Whether libvirt does something longer with it: migrates, saves or dumps it."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        kind = domain.jobInfo()[0]
    except libvirt.libvirtError as error:
        if error.get_error_code() in (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT):
            return False  # it is off, or a hypervisor that has no jobs
        raise
    return bool(kind != libvirt.VIR_DOMAIN_JOB_NONE)


def _facts(
    host: libvirt.virConnect, domain: libvirt.virDomain, text: str, disks: Sequence[_Disk], realms: Sequence[Realm]
) -> Facts:
    """What the definition says. When it was made is not in it."""
    cpu, memory, architecture = domain_xml.sizes(text)
    realm = _realm(host, disks, realms)
    return Facts(
        image="",
        hwp="",
        overrides=(),
        realm=realm.id,
        pool=realm.options[POOL],
        created="",
        cpu=cpu,
        memory_mib=memory,
        storage_gib=_gib(domain, disks),
        architecture=architecture,
        macs=tuple(domain_xml.interfaces(text)),
        disk_mode="",  # nobody knows
    )


def _realm(host: libvirt.virConnect, disks: Sequence[_Disk], realms: Sequence[Realm]) -> Realm:
    """The one whose pool has the first disk; the first of all where none has."""
    folder = dirname(disks[0].path or "") if disks else ""
    import libvirt  # noqa: PLC0415  loaded already

    for realm in realms:
        # Another realm's pool may be missing, or be none of files.
        with forgiving(libvirt.VIR_ERR_NO_STORAGE_POOL), suppress(NotSupported):
            if open_pool(host, realm.options[POOL]).directory == folder:
                return realm
    return realms[0]


def _gib(domain: libvirt.virDomain, disks: Sequence[_Disk]) -> int | None:
    """The size of the first disk, rounded up; None where libvirt cannot tell, as of a file that is missing."""
    import libvirt  # noqa: PLC0415  loaded already

    if not disks or disks[0].path is None:
        return None
    try:
        capacity: int = domain.blockInfo(disks[0].path)[_CAPACITY]
    except libvirt.libvirtError:
        return None
    return -(-capacity // _GIB)


def _with(facts: Facts, spec: AdoptSpec) -> Facts:
    if spec.image is not None:
        facts = facts._replace(image=spec.image.id, user=spec.image.user)
    if spec.hwp is not None:
        overrides = tuple((name.value, value) for name, value in spec.overrides.items())
        facts = facts._replace(hwp=spec.hwp.name, overrides=overrides)
    return facts


def _disks(host: libvirt.virConnect, text: str) -> list[_Disk]:
    """The disks of a definition that are its own."""
    root = fromstring(text)  # noqa: S314  it comes from libvirt, which writes no document types
    found = []
    for element, path in own_disks(host, root):
        target = element.find("target")
        found.append(_Disk(path, path or f"{target.get('dev') if target is not None else 'a disk'}, which is no file"))
    return found


def own_disks(host: libvirt.virConnect, definition: Element) -> list[tuple[Element, str | None]]:
    """The disks that a guest may write to, but for volumes of people's own, which outlive instances; each with its file, None if it is none."""
    written = [
        (element, _path(host, element))
        for element in definition.iterfind("devices/disk")
        if element.get("device", "disk") == "disk" and element.find("readonly") is None
    ]
    return [(element, path) for element, path in written if path is None or not basename(path).startswith(PREFIX)]


def _path(host: libvirt.virConnect, disk: Element) -> str | None:
    source = disk.find("source")
    if source is None:
        return None
    pool, volume = source.get("pool"), source.get("volume")
    if disk.get("type") == "volume" and pool and volume:
        path: str = host.storagePoolLookupByName(pool).storageVolLookupByName(volume).path()
        return path
    return source.get("file")


def _must_all_be_its_own(
    host: libvirt.virConnect, domain: libvirt.virDomain, disks: Sequence[_Disk]
) -> tuple[str, ...]:
    """The paths, if all are files that some pool knows, and nothing else needs."""
    name = domain.name()
    for disk in disks:
        if disk.path is None or volume_at(host, disk.path) is None:
            raise NotAllowed(
                f"cannot adopt {name} with its disks: no storage pool of the host has {disk.words}",
                hint="adopt it without --with-disks; or have libvirt look at that folder: virsh pool-refresh where it is a pool, else pool-define-as",
                resource=name,
            )
    paths = tuple(disk.path for disk in disks if disk.path is not None)
    must_be_unused(host, domain, paths)
    return paths


def must_be_unused(host: libvirt.virConnect, domain: libvirt.virDomain, paths: Iterable[str]) -> None:
    """Raises ``NotAllowed`` if another domain has one of the files, an overlay is based on it, or it is an image of ours."""
    uuid, name = domain.UUIDString(), domain.name()
    used = {use.path: use.domain for use in disk_uses(host) if use.uuid != uuid}
    for path in paths:
        users = [used[path]] if path in used else _overlays(host, path)
        if basename(path).startswith(names.IMAGE_DISK):
            users.append("dcctl, as an image")
        if users:
            raise NotAllowed(
                f"the disk {path} of {name} is also used by {', '.join(users)}",
                hint="without --with-disks its disks stay",
                resource=name,
            )


def _overlays(host: libvirt.virConnect, path: str) -> list[str]:
    volume = volume_at(host, path)
    if volume is None:
        return []
    handle = volume.storagePoolLookupByVolume()
    return users_of(host, Pool(handle, handle.name()), path, shared=False)


def must_be_made_here(domain: libvirt.virDomain, record: Record, verb: str, *, instead: str) -> None:
    """Raises ``NotAllowed`` for an adopted domain: its disks are its own, and anything may be on them. ``instead``: the hint."""
    if record.adopted is not None:
        raise NotAllowed(
            f"cannot {verb} {domain.name()}: it was adopted, and its disks are its own",
            hint=instead,
            resource=domain.name(),
        )


def settings_must_not_be_called_by_name(domain: libvirt.virDomain) -> None:
    """Raises ``NotAllowed`` for a domain whose firmware keeps its settings in a file that libvirt calls by the domain's name.

    A rename would leave the file to the next domain of the old name: this one would start without what it had put there.
    """
    root = fromstring(domain.XMLDesc())  # noqa: S314  it comes from libvirt, which writes no document types
    if root.find("os[@firmware='efi']") is None and root.find("os/loader[@type='pflash']") is None:
        return
    settings = basename(root.findtext("os/nvram") or "")
    if settings and not settings.startswith(f"{domain.name()}_VARS."):
        return
    raise NotAllowed(
        f"cannot rename {domain.name()}: the settings of its UEFI firmware are in a file that is called by its name",
        hint=f"name another copy of the file in <os><nvram>: virsh edit {domain.name()}",
        resource=domain.name(),
    )


def remove(host: libvirt.virConnect, paths: Iterable[str]) -> None:
    """Delete the files; that one is gone already is as good."""
    import libvirt  # noqa: PLC0415  loaded already

    for path in paths:
        volume = volume_at(host, path)
        if volume is not None:
            with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
                volume.delete()


def volume_at(host: libvirt.virConnect, path: str | None) -> libvirt.virStorageVol | None:
    """The volume that libvirt knows there."""
    import libvirt  # noqa: PLC0415  loaded already

    if path is None:
        return None
    try:
        return answer(host.storageVolLookupByPath, path)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_STORAGE_VOL:
            return None
        raise
