"""Which volume an instance has as its root disk, for those who read it whole.

What dcctl made is called by the uuid. An adopted domain boots from a file of its own, which libvirt must know as a volume of some pool.

What libvirt believes about the format of a foreign file it has read from its first bytes, which in a raw disk are the guest's to write: a
guest that writes the head of a qcow2 file there, naming a file of the host as its base, would have that copied into the image. So the
definition, which the guest cannot change, must say the same.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import fromstring

from dcctl.errors import NotAllowed
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.pools import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import libvirt

    from dcctl_drivers.libvirt.metadata import Record

_DEVICE = "vda"
"""What domains of ours call their root disk."""

_LAST = 1 << 16
"""The place of a disk that is in no boot order."""


class RootDisk(NamedTuple):
    """``device``: what the domain calls it."""

    volume: libvirt.virStorageVol
    device: str


def root_disk(host: libvirt.virConnect, pool: Pool, domain: libvirt.virDomain, record: Record) -> RootDisk:
    """The root disk; of an adopted domain the first one, in its boot order. Raises ``NotAllowed`` where nobody can tell what is on it."""
    if record.adopted is None:
        return RootDisk(pool.handle.storageVolLookupByName(names.volume(record.uuid, record.facts.root)), _DEVICE)
    from dcctl_drivers.libvirt import adoption  # noqa: PLC0415  few instances were adopted

    definition = fromstring(domain.XMLDesc())  # noqa: S314  it comes from libvirt, which writes no document types
    disks = sorted(adoption.own_disks(host, definition), key=lambda each: _place(each[0]))
    disk, path = disks[0] if disks else (definition, None)
    volume = adoption.volume_at(host, path)
    if volume is None:
        raise NotAllowed(
            f"no storage pool of the host has the disk of {domain.name()}: {path or 'it is no file'}",
            hint="have libvirt look at its folder: virsh pool-refresh where it is a pool, else virsh pool-define-as",
            resource=domain.name(),
        )
    said, found = _said(disk, "driver", "raw"), fromstring(volume.XMLDesc()).find("target/format")  # noqa: S314  as above
    if found is None or found.get("type") != said:
        raise NotAllowed(
            f"the disk of {domain.name()} is {said} in its definition, and begins like another format: its guest may have written that",
            hint="look at it by hand: qemu-img info --force-share FILE; what is as it should be: virsh pool-refresh",
            resource=domain.name(),
        )
    return RootDisk(volume, _said(disk, "target", "", attribute="dev"))


def _said(disk: Element, part: str, otherwise: str, *, attribute: str = "type") -> str:
    element = disk.find(part)
    return otherwise if element is None else element.get(attribute, otherwise)


def _place(disk: Element) -> int:
    boot = disk.find("boot")
    return _LAST if boot is None else int(boot.get("order", _LAST))
