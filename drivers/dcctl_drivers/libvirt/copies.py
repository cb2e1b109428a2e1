"""Copies of whole volumes, made on the host by libvirt: converted where the formats differ, without holes filled in."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

from dcctl.errors import Cancelled, Failed
from dcctl.patience import Call
from dcctl_drivers.libvirt import domain_xml
from dcctl_drivers.libvirt.pools import look_anew
from dcctl_drivers.libvirt.worker import PATIENCE_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl_drivers.libvirt.images import Published
    from dcctl_drivers.libvirt.pools import Pool

CAPACITY, ALLOCATION = 1, 2
"""What virStorageVolInfo has where, in bytes."""

_SLOWEST_BYTES_A_SECOND = 10 << 20  # for whom only the deadline tells whether a copy on another machine still goes on

_LOOK_SECONDS = 0.2
_A_YEAR = 365 * 86400.0


def patience(size: int) -> float:
    """Seconds that whoever copies so many bytes is believed to be alive."""
    return PATIENCE_SECONDS + size / _SLOWEST_BYTES_A_SECOND


def copied(pool: Pool, text: str, name: str, source: libvirt.virStorageVol, job: Job) -> libvirt.virStorageVol:
    """The new volume ``name``, as ``text`` describes it, with the content of ``source``. Progress is told in bytes.

    libvirt can neither interrupt that nor delete what it is writing (error 55): when the job is cancelled its end is waited for, so that the
    copy can be taken back, and then ``Cancelled`` is raised. Whoever does not want to wait presses Ctrl-C again, and destroys what is left.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    whole = source.info()[ALLOCATION]
    call = Call(lambda: pool.handle.createXMLFrom(text, source))
    look = Call(lambda: 0)
    while True:
        with suppress(TimeoutError):
            return call.answer(monotonic() + _LOOK_SECONDS)
        try:
            job.check()
            if not look.running:  # while a host writes out its buffers (5 s were seen), looking waits as the copy does
                job.progress(look.answer(monotonic()), whole)
                look = Call(lambda: _written(pool, name))
        except Cancelled:
            with suppress(libvirt.libvirtError):
                call.answer(monotonic() + _A_YEAR)
            raise


def _written(pool: Pool, name: str) -> int:
    """How many bytes of a volume are there; 0 as long as nobody knows."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        return int(pool.handle.storageVolLookupByName(name).info()[ALLOCATION])
    except libvirt.libvirtError:
        return 0  # it has not begun, or what is written makes no sense yet


def copied_image(pool: Pool, image: Published, name: str, disk_format: str, size: int, job: Job) -> None:
    """The new volume ``name`` of ``size`` bytes, with what is on the image. Raises ``Failed`` if libvirt takes the image for something else."""
    source = pool.handle.storageVolLookupByName(image.volume)
    if not _known_as(source, image.format):
        look_anew(pool)  # it knows what was uploaded only once it has looked at it
        source = pool.handle.storageVolLookupByName(image.volume)
        if not _known_as(source, image.format):
            raise Failed(
                f"libvirt does not take the image {image.name} for {image.format}, so that a copy would be something else",
                hint="create it with --disk-mode overlay",
                resource=image.name,
            )
    volume = copied(pool, domain_xml.plain_volume(name, size, disk_format), name, source, job)
    if volume.info()[CAPACITY] < size:  # what is converted is as large as it was, whatever was asked for
        volume.resize(size)


def _known_as(volume: libvirt.virStorageVol, disk_format: str) -> bool:
    """Whether libvirt reads the volume in this format. A disk that can also be burnt on a CD is called iso, and read as raw."""
    known = domain_xml.volume_format(volume.XMLDesc())
    return known == disk_format or (known, disk_format) == ("iso", "raw")
