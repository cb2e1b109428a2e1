"""Storage pools and the volumes in them, through libvirt's API alone: the same code works over ssh, and for whoever may use libvirt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from posixpath import join
from time import monotonic, sleep

from dcctl.errors import NotSupported
from dcctl_drivers.libvirt import domain_xml
from dcctl_drivers.libvirt.connection import forgiving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    import libvirt

# Pools whose volumes are plain files. Others need their own way of making overlays.
_FILE_POOLS = ("dir", "fs", "netfs", "gluster")
_BUSY_SECONDS = 10.0  # several creators at once upload seeds, each in a moment
_ASK_SECONDS = 0.1
_AVAILABLE = 3  # where virStoragePoolInfo has the bytes that are free
_NEXT_TO_NOTHING = 1 << 20
MESSAGE_BYTES = 31 * 4096
"""What one message of an upload carries: whole pages; less than what the buffer of a socket takes at once (208 KiB), so that the client reads on while
the daemon writes, and than what glibc gets from the system anew each time (128 KiB). virsh's 262,120 take a fifth more time of the processors for 1
GiB, 32 KiB half as much again, and with 1 MiB the daemon waits for each."""

_ZEROS = bytes(MESSAGE_BYTES)
_LARGEST_BYTES = 262120  # what a daemon sends at once (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX)


@dataclass(frozen=True)
class Pool:
    """A pool; looked up once, its description read when a path is needed."""

    handle: libvirt.virStoragePool
    name: str

    @cached_property
    def directory(self) -> str:
        """Where the volumes are, on the host. Raises ``NotSupported`` for pools that are not directories."""
        kind, path = domain_xml.pool_directory(self.handle.XMLDesc())
        if kind not in _FILE_POOLS or path is None:
            raise NotSupported(
                f"the storage pool {self.name} is of the type {kind}",
                hint=f"instances need a pool of files: name one in the catalogue that is of the type {', '.join(_FILE_POOLS[:-1])} or {_FILE_POOLS[-1]}",
                resource=self.name,
            )
        return path

    def path(self, volume: str) -> str:
        """Where a volume of this name is, or will be."""
        return join(self.directory, volume)

    def must_hold_files(self) -> None:
        """Raises ``NotSupported`` for a pool whose volumes are something else."""
        self.path("")

    def names(self) -> dict[str, libvirt.virStorageVol]:
        """Every volume by name: one call, however many there are; what libvirt knows, without looking at the disk anew."""
        return {volume.name(): volume for volume in self.handle.listAllVolumes()}

    def delete(self, volume: str) -> None:
        """Delete the volume; that it is gone already is as good."""
        import libvirt  # noqa: PLC0415  loaded already: there is a connection

        with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
            self.handle.storageVolLookupByName(volume).delete()


def look_anew(pool: Pool, *, at_any_rate: bool = True) -> None:
    """Have the daemon look at the directory, since another one may have changed it.

    While something is uploaded or copied libvirt refuses (error 1). At any rate: it is tried again for some seconds, and then an error;
    else what it knows has to do.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    end = monotonic() + (_BUSY_SECONDS if at_any_rate else 0)
    while True:
        try:
            pool.handle.refresh()
        except libvirt.libvirtError as error:
            if "asynchronous jobs" not in str(error):
                raise
            if monotonic() < end:
                sleep(_ASK_SECONDS)
                continue
            if at_any_rate:
                raise
        return


def is_full(pool: Pool) -> bool:
    """Whether next to nothing fits into it any more."""
    look_anew(pool, at_any_rate=False)
    return bool(pool.handle.info()[_AVAILABLE] < _NEXT_TO_NOTHING)


def open_pool(host: libvirt.virConnect, name: str) -> Pool:
    """The pool. Raises ``libvirtError`` when there is none."""
    return Pool(host.storagePoolLookupByName(name), name)


def unusable(host: libvirt.virConnect, name: str) -> NotSupported | None:
    """Why disks can never be in this pool, whether it is active or not; None where they can, or where there is no such pool."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    with forgiving(libvirt.VIR_ERR_NO_STORAGE_POOL):
        try:
            open_pool(host, name).must_hold_files()
        except NotSupported as reason:
            return reason
    return None


def create_empty(pool: Pool, name: str) -> None:
    """A volume that is nothing but a name."""
    pool.handle.createXML(domain_xml.plain_volume(name, 1, "raw"))


def upload(
    host: libvirt.virConnect,
    volume: libvirt.virStorageVol,
    chunks: Iterable[bytes],
    size: int,
    *,
    with_holes: bool = False,
) -> None:
    """Fill a new volume. An exception of the iterator ends the upload and is raised; what was sent stays in the volume.

    ``with_holes``: messages of nothing but zeros are not sent, and take no room in the volume.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    stream = host.newStream()
    try:
        volume.upload(stream, 0, size, libvirt.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM if with_holes else 0)
        hole = 0
        for chunk in chunks:
            for start in range(0, len(chunk), MESSAGE_BYTES):
                message = chunk[start : start + MESSAGE_BYTES]
                if with_holes and _ZEROS.startswith(message):
                    hole += len(message)
                    continue
                if hole:
                    stream.sendHole(hole)
                    hole = 0
                stream.send(message)
        if hole:
            stream.sendHole(hole)
        stream.finish()
    except BaseException:
        _abort(stream)
        raise


def download(host: libvirt.virConnect, volume: libvirt.virStorageVol) -> Generator[bytes, None, None]:
    """The content of a volume. Closing the iterator before its end ends the download."""
    stream = host.newStream()
    finished = False
    try:
        volume.download(stream, 0, 0)  # 0: to the end of the file, whatever libvirt takes for its capacity
        while chunk := stream.recv(_LARGEST_BYTES):
            yield chunk
        stream.finish()
        finished = True
    finally:
        if not finished:
            _abort(stream)


def _abort(stream: libvirt.virStream) -> None:
    import libvirt  # noqa: PLC0415  loaded already

    try:
        stream.abort()
    except libvirt.libvirtError:
        return  # it ended already; the first error is the one to tell
