"""An image of an instance's root disk: copied on the host by libvirt, which leaves the overlay's base out, then published as any other."""

from __future__ import annotations

import hashlib

from dcctl.errors import NotAllowed, NotSupported
from dcctl_drivers.libvirt import images
from dcctl_drivers.libvirt.copies import ALLOCATION, CAPACITY, NewDisk, copied
from dcctl_drivers.libvirt.filling import Filled
from dcctl_drivers.libvirt.options import POOL, has_streams
from dcctl_drivers.libvirt.pools import download, open_pool
from dcctl_drivers.libvirt.publication import check_words, publish
from dcctl_drivers.libvirt.records import whole
from dcctl_drivers.libvirt.rewriting import WAYS
from dcctl_drivers.libvirt.root_disk import RootDisk, root_disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.model import ImageSpec
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.images import Published
    from dcctl_drivers.libvirt.pools import Pool
    from dcctl_drivers.libvirt.rewriting import Rewriting


def capture(
    connection: Connection, domain: libvirt.virDomain, spec: ImageSpec, job: Job, rewriting: Rewriting | None = None
) -> Published:
    """Publish the disk of a domain that is off. Leaves nothing when it fails; the instance stays as it is.

    Whoever starts it meanwhile fails, or makes us fail: QEMU locks the disks that it writes, and qemu-img those that it reads.
    """
    root = must_be_capturable(connection, domain, spec).volume
    capacity = root.info()[CAPACITY]

    def fill(pool: Pool, made: list[str]) -> Filled:
        disk = images.disk_volume(spec.name)
        volume = _flattened(pool, root, NewDisk(disk, capacity, "qcow2"), made, job)
        if domain.isActive():
            raise NotAllowed(f"{domain.name()} was started meanwhile", hint="stop it, and try again")
        if rewriting is not None:
            return rewriting.fill(connection, pool, volume, made, spec, job)
        return filled(connection, volume, capacity, job)

    return publish(connection, spec, to_be_handled(root, rewriting), fill, job)


def must_be_capturable(connection: Connection, domain: libvirt.virDomain, spec: ImageSpec) -> RootDisk:
    """The disk that is read. Raises what forbids it, whether the domain is off or runs."""
    check_words(spec)
    if not has_streams(connection.uri):
        raise NotSupported("libvirt's simulated hypervisor keeps no content", hint="make images on a real one")
    pool = open_pool(connection.host, spec.realm.options[POOL])
    return root_disk(connection.host, pool, domain, whole(domain))


def to_be_handled(root: libvirt.virStorageVol, rewriting: Rewriting | None) -> int:
    """About how many bytes it is going to be about."""
    size = int(root.info()[ALLOCATION])
    return size if rewriting is None else size * WAYS


def filled(connection: Connection, volume: libvirt.virStorageVol, capacity: int, job: Job) -> Filled:
    """What has become of a volume that the host itself has written: read once, for its digest."""
    job.stage("check")
    digest, done = hashlib.sha256(), 0
    for chunk in download(connection.host, volume):
        digest.update(chunk)
        done += len(chunk)
        job.progress(done, 0)
    return Filled("qcow2", capacity, done, digest.hexdigest())


def _flattened(
    pool: Pool, root: libvirt.virStorageVol, disk: NewDisk, made: list[str], job: Job
) -> libvirt.virStorageVol:
    """A copy of the volume that needs no other: libvirt converts it, and the new volume's description names no backing file."""
    import libvirt  # noqa: PLC0415  loaded already

    made.append(disk.name)  # what is written when it fails may still be there
    try:
        return copied(pool, disk, root, job)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST:
            made.remove(disk.name)  # somebody else's
        raise
