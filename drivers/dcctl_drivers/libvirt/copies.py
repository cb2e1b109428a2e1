"""Copies of whole volumes, made on the host by libvirt: converted where the formats differ, without holes filled in."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from dcctl.errors import Cancelled
from dcctl.patience import Call
from dcctl_drivers.libvirt import domain_xml
from dcctl_drivers.libvirt.worker import PATIENCE_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl_drivers.libvirt.domain_xml import Disk
    from dcctl_drivers.libvirt.pools import Pool

CAPACITY, ALLOCATION = 1, 2
"""What virStorageVolInfo has where, in bytes."""

_SLOWEST_BYTES_A_SECOND = 10 << 20  # for whom only the deadline tells whether a copy on another machine still goes on

_LOOK_SECONDS = 0.2
_A_YEAR = 365 * 86400.0


def patience(size: int) -> float:
    """Seconds that whoever copies so many bytes is believed to be alive."""
    return PATIENCE_SECONDS + size / _SLOWEST_BYTES_A_SECOND


class NewDisk(NamedTuple):
    """A volume that is to be."""

    name: str
    size: int
    """In bytes."""
    format: str


def copied(
    pool: Pool, wanted: NewDisk, source: libvirt.virStorageVol, job: Job, *, whole: int | None = None
) -> libvirt.virStorageVol:
    """The new volume, with the content of ``source``, and as large as that.

    Progress is told in bytes, of ``whole`` or of those that the source occupies.

    libvirt can neither interrupt that nor delete what it is writing (error 55): when the job is cancelled its end is waited for, so that the
    copy can be taken back, and then ``Cancelled`` is raised. Whoever does not want to wait presses Ctrl-C again, and destroys what is left.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    whole = source.info()[ALLOCATION] if whole is None else whole
    text = domain_xml.plain_volume(*wanted)
    call = Call(lambda: pool.handle.createXMLFrom(text, source))
    look = Call(lambda: 0)
    while True:
        with suppress(TimeoutError):
            return call.answer(monotonic() + _LOOK_SECONDS)
        try:
            job.check()
            if not look.running:  # while a host writes out its buffers (5 s were seen), looking waits as the copy does
                job.progress(look.answer(monotonic()), whole)
                look = Call(lambda: _written(pool, wanted.name))
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


def copied_through(pool: Pool, bridge: str, base: Disk, wanted: NewDisk, whole: int, job: Job) -> None:
    """The new volume with what is on ``base``, of which ``whole`` bytes are to be read.

    An overlay, ``bridge``, is put between for as long as it takes. So it is us who say in what format ``base`` is, and how large the copy
    is to be; and libvirt leaves holes out, which it reads, block by block, where it copies from raw to raw.
    """
    pool.handle.createXML(domain_xml.overlay(bridge, wanted.size, base))
    try:
        source = pool.handle.storageVolLookupByName(bridge)
        copied(pool, wanted, source, job, whole=whole)
    finally:
        pool.delete(bridge)
