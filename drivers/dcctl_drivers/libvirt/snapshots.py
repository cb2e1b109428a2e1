"""Snapshots of instances: libvirt's internal ones, inside of the root disk, which need no other file and go with it.

External ones cannot be reverted to or deleted by every libvirt (9.0: errors 67 and 8). An internal one takes all disks that the guest may
write to, so a volume of a person's own would be part of it: such an instance is refused, and so is one whose firmware keeps its settings
in a flash that QEMU cannot save (libvirt before 10.10).

A snapshot holds the whole definition of the domain, our record with it: reverting would take labels and protection back, too. So the
record is written anew after that. While there are snapshots the instance is not renamed or resized, which they would undo by half.
"""

from __future__ import annotations

from datetime import UTC, datetime
from posixpath import basename
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from dcctl.errors import Conflict, NotAllowed, NotFound, NotSupported
from dcctl.model import State
from dcctl.nouns.snapshots import Snapshot
from dcctl.words import as_argument, plural
from dcctl_drivers.libvirt import clock, names, records
from dcctl_drivers.libvirt.alone import alone
from dcctl_drivers.libvirt.connection import answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.nouns.snapshots import SnapshotSpec
    from dcctl_drivers.libvirt.metadata import Record

# By the words of domainsnapshot/state; of disk-only ones nothing but disks is kept.
_STATES = {
    "running": State.RUNNING,
    "paused": State.SUSPENDED,
    "shutoff": State.STOPPED,
    "disk-snapshot": State.STOPPED,
}


def snapshots(domain: libvirt.virDomain, instance: Instance) -> list[Snapshot]:
    """The oldest first. One call, one for each of them, and one for the current one."""
    found = domain.listAllSnapshots()
    if not found:
        return []
    current = domain.snapshotCurrent().getName() if domain.hasCurrentSnapshot() else None
    described = [_described(snapshot.getXMLDesc(), instance, current) for snapshot in found]
    return sorted(described, key=lambda each: (each.created or datetime.min.replace(tzinfo=UTC), each.name))


def must_take_one(domain: libvirt.virDomain) -> Record:
    """The record. Raises what forbids a snapshot."""
    record = records.whole(domain)
    _must_rest(domain, "take a snapshot of")
    _must_be_able(domain, own=record.adopted is not None)
    return record


def create_snapshot(domain: libvirt.virDomain, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
    """Disks and memory at once; the guest stands still meanwhile. libvirt leaves nothing when it fails."""
    record = must_take_one(domain)
    if _find(domain, spec.name) is not None:
        raise Conflict(f"{instance.name} has a snapshot {spec.name} already", hint="choose another name")
    if record != records.read(domain)[0]:
        records.write(domain, record)  # an old mark of being half made must not come back with the snapshot
    job.stage("snapshot")
    root = Element("domainsnapshot")
    SubElement(root, "name").text = spec.name
    if spec.description is not None:
        SubElement(root, "description").text = spec.description
    snapshot = domain.snapshotCreateXML(tostring(root, encoding="unicode"))
    return _described(snapshot.getXMLDesc(), instance, spec.name)


def must_go_back(domain: libvirt.virDomain, name: str) -> tuple[Record, libvirt.virDomainSnapshot]:
    """The record, and the snapshot. Raises what forbids to revert to it."""
    record = records.whole(domain)
    _must_rest(domain, "revert")
    _must_be_able(domain, own=record.adopted is not None)
    return record, _existing(domain, name)


def revert_snapshot(domain: libvirt.virDomain, name: str, job: Job) -> None:
    """Go back, and keep what is written on the instance now."""
    with alone(domain.UUIDString(), domain.name()):
        record, snapshot = must_go_back(domain, name)
        job.stage("revert")
        domain.revertToSnapshot(snapshot)
        records.write(domain, record)
    clock.put_right(domain, other_memory=True)


def destroy_snapshot(domain: libvirt.virDomain, name: str) -> None:
    """Forget it; those that were taken after it stay."""
    records.whole(domain)
    _existing(domain, name).delete()


def must_have_none(domain: libvirt.virDomain, verb: str) -> None:
    """Raises ``NotAllowed`` for a domain with snapshots."""
    count = domain.snapshotNum()
    if count:
        raise NotAllowed(
            f"cannot {verb} {domain.name()}: it has {plural(count, 'snapshot')}",
            hint=f"destroy them first: dcctl snapshot list {as_argument(domain.name())} -q"
            f" | dcctl snapshot destroy {as_argument(domain.name())} - --yes",
            resource=domain.name(),
        )


def _must_rest(domain: libvirt.virDomain, verb: str) -> None:
    state = records.state(domain)
    if state not in _STATES.values():
        raise NotAllowed(f"cannot {verb} {domain.name()}: it is {state}", hint="wait, or stop it first")
    records.must_not_be_saved(domain, verb)


def _must_be_able(domain: libvirt.virDomain, *, own: bool) -> None:
    """Raises ``NotSupported`` where firmware or disks forbid internal snapshots, before libvirt says so in its own words.

    ``own``: its disks are its own, whatever they are called, since it was adopted.
    """
    root = fromstring(domain.XMLDesc())  # noqa: S314  it comes from libvirt, which writes no document types
    if root.get("type") == "test":
        return
    if root.find("os/loader[@type='pflash']") is not None or root.find("os[@firmware='efi']") is not None:
        raise NotSupported(
            f"{domain.name()} has UEFI firmware, whose settings this libvirt cannot put into a snapshot",
            hint="capture its disk instead, or use an image that boots without UEFI",
            resource=domain.name(),
        )
    for disk in root.iterfind("devices/disk[@device='disk']"):
        source, driver = disk.find("source"), disk.find("driver")
        path = source.get("file", "") if source is not None else ""
        if disk.find("readonly") is not None:
            continue
        if not own and not names.carries(basename(path), domain.UUIDString()):
            raise NotAllowed(
                f"{domain.name()} has a disk that is not its own: {basename(path) or 'a device'}",
                hint="a snapshot would be of that, too: detach it first: dcctl volume list",
                resource=domain.name(),
            )
        if driver is None or driver.get("type") != "qcow2":
            raise NotSupported(
                f"the disk of {domain.name()} is not qcow2, and other formats hold no snapshots",
                hint="create it with --disk-mode overlay or full",
                resource=domain.name(),
            )


def _find(domain: libvirt.virDomain, name: str) -> libvirt.virDomainSnapshot | None:
    import libvirt  # noqa: PLC0415  loaded already

    try:
        return answer(domain.snapshotLookupByName, name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT:
            return None
        raise


def _existing(domain: libvirt.virDomain, name: str) -> libvirt.virDomainSnapshot:
    found = _find(domain, name)
    if found is None:
        raise NotFound(
            f"{domain.name()} has no snapshot {name}",
            hint=f"see: dcctl snapshot list {as_argument(domain.name())}",
            resource=name,
        )
    return found


def _described(text: str, instance: Instance, current: str | None) -> Snapshot:
    root = fromstring(text)  # noqa: S314  as above
    name, created = root.findtext("name", ""), root.findtext("creationTime")
    return Snapshot(
        name=name,
        instance=instance.name,
        state=_STATES.get(root.findtext("state", ""), State.UNKNOWN),
        realm=instance.realm,
        created=datetime.fromtimestamp(int(created), UTC) if created else None,
        description=root.findtext("description") or None,
        current=name == current,
    )
