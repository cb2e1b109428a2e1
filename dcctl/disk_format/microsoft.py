"""VHD and VHDX, Microsoft's formats: "Virtual Hard Disk Image Format Specification" 1.0, and [MS-VHDX]."""

from __future__ import annotations

import struct
from uuid import UUID

from dcctl.errors import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

VHD_MAGIC = b"conectix"
_FOOTER_BYTES = 512
_FIXED, _DYNAMIC = 2, 3  # 4 is differencing: it names another file

VHDX_MAGIC = b"vhdxfile"
_REGIONS_AT = 192 << 10
_TABLE_BYTES = 64 << 10
_METADATA = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
_FILE_PARAMETERS = UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b")
_DISK_SIZE = UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8")
_HAS_PARENT = 1 << 1


def vhd_footer(file: BinaryIO, size: int) -> bytes | None:
    """The footer at the end; empty if only the copy at the beginning is there; None for what is no VHD image."""
    file.seek(max(0, size - _FOOTER_BYTES))
    footer = file.read(_FOOTER_BYTES)
    file.seek(0)
    if footer.startswith(VHD_MAGIC):
        return footer
    return b"" if file.read(len(VHD_MAGIC)) == VHD_MAGIC else None


def vhd_bytes(name: str, footer: bytes) -> int:
    """The size of the disk. Raises ``Usage`` for an image that needs another file, and for one without its end."""
    if len(footer) < _FOOTER_BYTES:
        raise _damaged(name, "VHD")
    size, _, kind = struct.unpack(">QII", footer[48:64])
    if kind not in (_FIXED, _DYNAMIC):
        raise _differencing(name, "VHD")
    return int(size)


def vhdx_bytes(name: str, file: BinaryIO) -> int:
    """The size of the disk, which stands in a table that another table points to. Raises ``Usage`` as for VHD."""
    place = _find(_read(file, _REGIONS_AT, _TABLE_BYTES), b"regi", 8, 16, 32, _METADATA)
    if place is None:
        raise _damaged(name, "VHDX")
    (start,) = struct.unpack("<Q", place[16:24])
    table = _read(file, start, _TABLE_BYTES)
    found = [_find(table, b"metadata", 10, 32, 32, item) for item in (_FILE_PARAMETERS, _DISK_SIZE)]
    values = [_value(file, start, entry) for entry in found if entry is not None]
    if len(values) != len(found):
        raise _damaged(name, "VHDX")
    parameters, size = values
    if struct.unpack("<II", parameters)[1] & _HAS_PARENT:
        raise _differencing(name, "VHDX")
    return int(struct.unpack("<Q", size)[0])


def _find(table: bytes, magic: bytes, count_at: int, first: int, length: int, wanted: UUID) -> bytes | None:
    """The entry of a table that begins with this GUID."""
    if not table.startswith(magic) or len(table) < _TABLE_BYTES:
        return None
    (count,) = struct.unpack("<H", table[count_at : count_at + 2])
    for number in range(min(count, 2047)):
        entry = table[first + number * length : first + (number + 1) * length]
        if entry[:16] == wanted.bytes_le:
            return entry
    return None


def _value(file: BinaryIO, start: int, entry: bytes) -> bytes:
    (offset,) = struct.unpack("<I", entry[16:20])
    return _read(file, start + offset, 8).ljust(8, b"\0")


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(min(offset, 1 << 62))
    return file.read(length)


def _damaged(name: str, kind: str) -> Usage:
    return Usage(f"{name} is a damaged {kind} image", hint="copy or download it again")


def _differencing(name: str, kind: str) -> Usage:
    return Usage(
        f"{name} is a {kind} image that needs another one, its parent",
        hint="merge it where it was made: Merge-VHD, or Convert-VHD",
    )
