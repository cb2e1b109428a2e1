"""What a disk image really is, from its bytes: the gate before anything is copied, or given to a program that believes it.

A name's ending says nothing. An image comes from outside and may be made to do harm: one that names other files (a backing file, an
external data file, the extents of a VMDK descriptor) would make the host read them for the guest, as in OpenStack's CVE-2024-32498
and CVE-2022-47951. So each format is let through only in the shapes in which one file holds everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import SEEK_END, SEEK_SET, BytesIO

from dcctl.disk_format import microsoft, qcow2, raw, vdi, vmdk
from dcctl.errors import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import BinaryIO

MOST_VIRTUAL_BYTES = 1 << 50  # 1 PiB: no pool holds more, and sums of it do not overflow anywhere

# What people take for disk images, and is none.
_OTHERS = (
    (0, b"\x1f\x8b", "compressed with gzip"),
    (0, b"\xfd7zXZ\0", "compressed with xz"),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (0, b"BZh", "compressed with bzip2"),
    (0, b"PK\x03\x04", "a zip archive"),
    (257, b"ustar", "a tar archive"),
    (32769, b"CD001", "an ISO image, not a disk"),
    (0, b"LUKS\xba\xbe", "encrypted with LUKS"),
    (0, b"QED\0", "a QED image"),
    (0, b"COWD", "a VMDK image of ESX 3"),
    (0, b"WithoutFreeSpace", "a Parallels image"),
    (0, b"WithouFreSpacExt", "a Parallels image"),
)
HEAD_BYTES = 64 << 10
"""From the beginning of an image: enough for ``examine_head``."""


@dataclass(frozen=True)
class DiskFormat:
    """An acceptable image. ``format``: what qemu-img calls it; ``virtual_bytes``: how large the disk is that it holds."""

    format: str
    virtual_bytes: int


def examine(name: str, file: BinaryIO, formats: Collection[str] | None = None) -> DiskFormat:
    """What the image in an open file is; ``formats``: the only ones that will do.

    Raises ``Usage`` for everything that is refused, saying what would help.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    size = file.seek(0, 2)
    found = _examine(name, file, head, size)
    if not 0 < found.virtual_bytes <= MOST_VIRTUAL_BYTES:
        raise Usage(f"{name} claims to be a disk of {found.virtual_bytes} bytes", hint="at most 1 PiB is believed")
    if formats is not None and found.format not in formats:
        raise Usage(
            f"{name} is an image of the format {found.format}",
            hint=f"convert it: qemu-img convert -f {found.format} -O {next(iter(formats))} {name} NEW",
        )
    return found


def examine_head(name: str, head: bytes, size: int, formats: Collection[str]) -> DiskFormat:
    """As ``examine``, for an image of ``size`` bytes of which only the beginning is there; enough for qcow2 and raw."""
    return examine(name, _Beginning(head, size), formats)


class _Beginning(BytesIO):
    """The beginning of a longer file; what follows cannot be read."""

    def __init__(self, head: bytes, size: int) -> None:
        super().__init__(head)
        self._size = size

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        return super().seek(self._size + offset) if whence == SEEK_END else super().seek(offset, whence)


def _examine(name: str, file: BinaryIO, head: bytes, size: int) -> DiskFormat:
    if head.startswith(qcow2.MAGIC):
        found = DiskFormat("qcow2", qcow2.virtual_bytes(name, head))
        qcow2.check_end(name, head, file, size)
        return found
    if head.startswith(vmdk.MAGIC):
        return DiskFormat("vmdk", vmdk.virtual_bytes(name, file, size))
    if head[vdi.MAGIC_AT :].startswith(vdi.MAGIC):
        return DiskFormat("vdi", vdi.virtual_bytes(name, head, size))
    if head.startswith(microsoft.VHDX_MAGIC):
        return DiskFormat("vhdx", microsoft.vhdx_bytes(name, file))
    if (footer := microsoft.vhd_footer(file, size)) is not None:
        return DiskFormat("vpc", microsoft.vhd_bytes(name, footer))
    if not size:
        raise Usage(f"{name} is empty", hint="copy or download it again")
    if head.startswith(vmdk.DESCRIPTOR):
        raise vmdk.in_other_files(name)
    for offset, magic, what in _OTHERS:
        if head[offset:].startswith(magic):
            raise Usage(
                f"{name} is {what}", hint="unpack it, or take an image in another format: qcow2, raw, vmdk, vdi, vhd"
            )
    if size < raw.SECTOR or size % raw.SECTOR or not head[raw.MAGIC_AT :].startswith(raw.MAGIC):
        raise Usage(
            f"{name} is neither a disk image of a known format nor a raw disk with a partition table",
            hint="what is it? qemu-img info and file say more",
        )
    raw.check_end(name, head, size)
    return DiskFormat("raw", size)
