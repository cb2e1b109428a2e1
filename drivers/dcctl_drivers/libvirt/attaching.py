"""Giving people's volumes to domains that exist, running or not, and taking them back."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from dcctl.errors import Cancelled, Capacity, Conflict, NotAllowed, Timeout
from dcctl.nouns.volumes import way_to_free
from dcctl.words import as_argument
from dcctl_drivers.libvirt import claims, domain_xml, records, volumes
from dcctl_drivers.libvirt.disk_uses import disk_uses
from dcctl_drivers.libvirt.options import SHARED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.model import Realm
    from dcctl.nouns.volumes import Volume
    from dcctl_drivers.libvirt.disk_uses import DiskUse
    from dcctl_drivers.libvirt.pools import Pool

LETTING_GO_SECONDS = 30.0
"""How long a running guest may take to let go of a disk; one that boots or hangs never does."""

ASK_SECONDS = 0.2

_UNDER_WAY = "in the process of unplug"
"""What QEMU says where it asked the guest a moment ago."""


def attach_volume(
    host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume, domain: libvirt.virDomain
) -> Volume:
    """Give the disk to the domain, now if it runs and whenever it starts. Raises ``Conflict`` if somebody was faster."""
    volumes.look(pool, realm)
    now = volumes.one(host, pool, realm, volume.name)
    records.must_not_be_saved(domain, "attach a volume to")
    if now.instance is not None:
        raise Conflict(
            f"the volume {volume.name} is attached to {now.instance}",
            hint=way_to_free(now),
            resource=volume.name,
        )
    if not realm.options[SHARED]:
        _plug_in(host, pool, volume, domain)
        return volumes.one(host, pool, realm, volume.name)
    claims.claim(host, pool, [volume.name], domain)
    try:
        _plug_in(host, pool, volume, domain)
    except BaseException:
        claims.release(pool, domain.UUIDString(), [volume.name])
        raise
    return volumes.one(host, pool, realm, volume.name)


def _plug_in(host: libvirt.virConnect, pool: Pool, volume: Volume, domain: libvirt.virDomain) -> None:
    path = pool.path(volumes.disk(volume.name))
    text = _disk_xml(volume.name, path, _free_device(domain))
    domain.attachDeviceFlags(text, _flags(domain))
    # Whoever creates an instance with it at this moment looks as we do: it may be that both step back, never that both have it.
    others = [use.domain for use in disk_uses(host) if use.path == path and use.uuid != domain.UUIDString()]
    if others or not volumes.states(pool, [volume.name]).get(volume.name):
        domain.detachDeviceFlags(text, _flags(domain))
        raise Conflict(
            f"the volume {volume.name} was " + (f"given to {others[0]}" if others else "destroyed") + " at this moment",
            hint="see: dcctl volume list",
            resource=volume.name,
        )


def detach_volume(host: libvirt.virConnect, pool: Pool, realm: Realm, volume: Volume, job: Job) -> Volume:
    """Take the disk from its domain. A running guest is asked, and must let go: raises ``Timeout`` if it does not.

    From the first request on the domain has no such disk after its next start; whoever asks again asks the guest alone.
    """
    volumes.look(pool, realm)
    use = volumes.uses_by_path(host).get(pool.path(volumes.disk(volume.name)))
    if use is None:
        volumes.must_be_here(volumes.one(host, pool, realm, volume.name))
        raise NotAllowed(f"the volume {volume.name} is not attached", hint="see: dcctl volume list")
    domain = host.lookupByName(use.domain)
    records.must_not_be_saved(domain, "detach a volume from")
    _ask_for(domain, volume.name, use)
    instance = as_argument(f"{realm.id}/{use.domain}")
    waited = 0.0
    while use.path in volumes.uses_by_path(host):
        if waited >= LETTING_GO_SECONDS:
            raise Timeout(
                f"{use.domain} does not let go of the volume {volume.name}",
                hint=f"it may have it mounted, or be booting; ask again, or stop it, and it is detached: dcctl instance stop {instance}",
                resource=volume.name,
            )
        try:
            job.pause(ASK_SECONDS)
        except Cancelled as cancelled:
            raise Cancelled(
                f"stopped waiting for {use.domain} to let go of the volume {volume.name}",
                hint=f"it is detached as soon as the guest does, or is stopped: dcctl instance stop {instance}",
                resource=volume.name,
                realm=realm.id,
            ) from cancelled
        waited += ASK_SECONDS
    if realm.options[SHARED]:
        claims.release(pool, use.uuid, [volume.name])
    return volumes.one(host, pool, realm, volume.name)


def _ask_for(domain: libvirt.virDomain, name: str, use: DiskUse) -> None:
    """Have a domain give a disk back: now if it runs, and at its next start, as far as it still has it there."""
    import libvirt  # noqa: PLC0415  loaded already

    text, lasting = _disk_xml(name, use.path, use.device), libvirt.VIR_DOMAIN_AFFECT_CONFIG
    flags = _flags(domain)
    if use.path not in domain_xml.disk_files(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)):
        flags &= ~lasting  # libvirt refuses to take away what was taken away before
    try:
        domain.detachDeviceFlags(text, flags)
    except libvirt.libvirtError as error:
        if _UNDER_WAY not in str(error):
            raise
        if flags & lasting:
            domain.detachDeviceFlags(text, lasting)


def _flags(domain: libvirt.virDomain) -> int:
    import libvirt  # noqa: PLC0415  loaded already

    live = libvirt.VIR_DOMAIN_AFFECT_LIVE if domain.isActive() else 0
    return int(libvirt.VIR_DOMAIN_AFFECT_CONFIG | live)


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
    SubElement(root, "serial").text = volumes.serial(name)
    return tostring(root, encoding="unicode")
