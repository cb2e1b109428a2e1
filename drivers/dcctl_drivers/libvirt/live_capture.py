"""An image of the root disk of a guest that runs: QEMU mirrors it into a new volume, and lets go of that when both are the same.

https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainBlockCopy. The mirror is whole, without the image below, and what it is at the
moment of letting go: as after a power failure, unless the guest's agent holds its file systems still meanwhile. The guest never notices
more than that. When we fail the mirror is dropped; when we are killed it stays until the guest stops, or until the next capture of it.
"""

from __future__ import annotations

from contextlib import suppress
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from dcctl.errors import Capacity, Conflict, Failed, NotAllowed
from dcctl.model import ImageState, State
from dcctl_drivers.libvirt import domain_xml, freezing, images, names, records
from dcctl_drivers.libvirt.capture import filled, must_be_capturable, to_be_handled
from dcctl_drivers.libvirt.copies import CAPACITY
from dcctl_drivers.libvirt.errors import SPACE_HINT
from dcctl_drivers.libvirt.pools import is_full
from dcctl_drivers.libvirt.publication import publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.model import ImageSpec
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.filling import Filled
    from dcctl_drivers.libvirt.pools import Pool
    from dcctl_drivers.libvirt.rewriting import Rewriting

_LOOK_SECONDS = 0.2

FROZEN = "its file systems were held still by the guest's agent"
CRASHED = "as after a power failure: no agent held its file systems still"


def capture_running(
    connection: Connection, domain: libvirt.virDomain, spec: ImageSpec, job: Job, rewriting: Rewriting | None = None
) -> str:
    """Publish what is on the disk now; the description that says what can be relied on.

    Leaves nothing when it fails; the guest goes on in any case.
    """
    root, device = must_be_capturable(connection, domain, spec)
    if (state := records.state(domain)) not in (State.RUNNING, State.SUSPENDED):
        raise NotAllowed(
            f"{domain.name()} is {state}: there is nothing to follow", hint="leave out --live", resource=domain.name()
        )
    capacity = root.info()[CAPACITY]

    def fill(pool: Pool, made: list[str]) -> Filled:
        disk = images.disk_volume(spec.name)
        volume = pool.handle.createXML(domain_xml.plain_volume(disk, capacity, "qcow2"))
        made.append(disk)
        said.append(_mirrored(domain, device, pool, pool.path(disk), job))
        if rewriting is not None:
            return rewriting.fill(connection, pool, volume, made, spec, job)
        return filled(connection, volume, capacity, job)

    said = [] if spec.description is None else [spec.description]
    publish(connection, spec, to_be_handled(root, rewriting), fill, job, describe=lambda: "; ".join(said))
    return "; ".join(said)


def _mirrored(domain: libvirt.virDomain, device: str, pool: Pool, path: str, job: Job) -> str:
    """Let QEMU write the disk into the file; what can be relied on then."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    target = Element("disk", {"type": "file"})
    SubElement(target, "source", {"file": path})
    SubElement(target, "driver", {"type": "qcow2"})
    freezing.let_go_of_what_was_killed(domain)
    if domain.blockJobInfo(device, 0):
        _end_what_was_killed(domain, device, pool, path)
    # A transient job is one that need not outlive the guest: libvirt takes it for lasting domains only so.
    flags = libvirt.VIR_DOMAIN_BLOCK_COPY_REUSE_EXT | libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB
    domain.blockCopy(device, tostring(target, encoding="unicode"), {}, flags)
    finished = False
    try:
        while not _is_ready(domain, device, pool, job):
            job.pause(_LOOK_SECONDS)
        job.stage("freeze")
        with freezing.frozen(domain) as still:
            domain.blockJobAbort(device, 0)  # once it is ready, that ends it with a whole copy
            finished = True
    finally:
        if not finished:
            with suppress(libvirt.libvirtError):
                domain.blockJobAbort(device, 0)
    return FROZEN if still else CRASHED


def _end_what_was_killed(domain: libvirt.virDomain, device: str, pool: Pool, path: str) -> None:
    """Drop the mirror of a capture that was killed. Raises ``Conflict`` for one that goes on, and for what is not ours.

    ``path``: of our own new disk. A mirror called so is an earlier one's: nobody else has the name now.
    """
    import libvirt  # noqa: PLC0415  loaded already

    live = fromstring(domain.XMLDesc(0))  # noqa: S314  libvirt writes no document types
    mirror = next((disk.find("mirror") for disk in live.iterfind("devices/disk") if _is_called(disk, device)), None)
    folder, _, volume = ("" if mirror is None else mirror.get("file", "")).rpartition("/")
    at_work = [
        images.disk_volume(name)
        for name, holding in images.holdings(pool.names()).items()
        if holding.state() is ImageState.PENDING
    ]
    own_folder, _, own = path.rpartition("/")
    ours = folder == own_folder and volume.startswith(names.IMAGE_DISK)
    if not ours or (volume in at_work and volume != own):
        raise Conflict(
            f"something else is copying the disk of {domain.name()}",
            hint="wait for it: another capture, a backup, or what somebody does with virsh",
            resource=domain.name(),
        )
    with suppress(libvirt.libvirtError):  # it may have ended by itself
        domain.blockJobAbort(device, 0)


def _is_called(disk: Element, device: str) -> bool:
    target = disk.find("target")
    return target is not None and target.get("dev") == device


def _is_ready(domain: libvirt.virDomain, device: str, pool: Pool, job: Job) -> bool:
    """libvirt says that all is done only once QEMU says that both are the same."""
    info = domain.blockJobInfo(device, 0)
    if not info:
        if is_full(pool):  # QEMU does not say why
            raise Capacity(
                f"the storage pool {pool.name} is full, before the disk of {domain.name()} was copied",
                hint=SPACE_HINT,
                resource=domain.name(),
            )
        raise Failed(
            f"the copying of the disk of {domain.name()} has ended by itself",
            hint="has the guest stopped, or its host lost the disk? See: dcctl instance show",
            resource=domain.name(),
        )
    job.progress(info["cur"], info["end"])
    return bool(info["end"]) and info["cur"] == info["end"]
