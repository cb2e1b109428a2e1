"""VMDK, in the two shapes that are one file: monolithicSparse, and streamOptimized as OVA files have it.

The others name files in which the data are, a path in a descriptor; QEMU opens whatever stands there. "Virtual Disk Format 5.0"
(VMware) describes the header; what QEMU makes of it is in block/vmdk.c: a header without capacity makes it believe the descriptor alone, the
end of a streamOptimized file replaces the header, and parentFileNameHint in the descriptor names a backing file.
"""

from __future__ import annotations

import re
import struct

from dcctl.errors import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

MAGIC = b"KDMV"
DESCRIPTOR = b"# Disk DescriptorFile"
"""With it begins a file that only names others, in which the disk is."""

_KINDS = ("monolithicSparse", "streamOptimized")
_SECTOR = 512
_DESCRIPTOR_BYTES = 20 * _SECTOR  # what QEMU reads, at a place that it does not take from the header
_AT_END = 0xFFFF_FFFF_FFFF_FFFF  # of the grain directory: the real header is the last but one sector of the file

# RW 131072 SPARSE "disk.vmdk"
_EXTENT = re.compile(r'(?:RW|RDONLY|NOACCESS)\s+(\d+)\s+(\w+)(?:\s+"[^"]*")?\s*(\d*)\s*')


def virtual_bytes(name: str, file: BinaryIO, size: int) -> int:
    """The size of the disk. Raises ``Usage`` for every shape but the two."""
    file.seek(0)
    sectors, directory = _header(name, file.read(_SECTOR))
    if directory == _AT_END:
        file.seek(max(0, size - 2 * _SECTOR))
        at_end, _ = _header(name, file.read(_SECTOR))
        if at_end != sectors:
            raise _damaged(name, "its beginning and its end speak of disks of different sizes")
    file.seek(_SECTOR)
    _check_descriptor(name, file.read(_DESCRIPTOR_BYTES).split(b"\0")[0].decode("utf-8", "replace"), sectors)
    return sectors * _SECTOR


def _header(name: str, sector: bytes) -> tuple[int, int]:
    """Capacity in sectors, and where the grain directory is."""
    if len(sector) < _SECTOR or not sector.startswith(MAGIC):
        raise _damaged(name, "a header is missing")
    capacity, _, descriptor, _, _, _, directory = struct.unpack("<QQQQIQQ", sector[12:64])
    if capacity == 0 or descriptor not in (0, 1):
        raise in_other_files(name)
    return capacity, directory


_HINT = "convert it where it was made: qemu-img convert -O qcow2 DISK NEW; or export it as an OVA and take the disk from that"


def in_other_files(name: str) -> Usage:
    return Usage(f"{name} is a VMDK image whose disk is in other files, not only in this one", hint=_HINT)


def _check_descriptor(name: str, text: str, sectors: int) -> None:
    lines = [line.strip() for line in text.splitlines()]
    kinds = [
        line.partition("=")[2].strip().strip('"') for line in lines if line.partition("=")[0].strip() == "createType"
    ]
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        kind = f"of the kind {kinds[0]}" if len(kinds) == 1 and kinds[0].isalnum() else "of an unknown kind"
        raise Usage(f"{name} is a VMDK image {kind}, neither {' nor '.join(_KINDS)}", hint=_HINT)
    # QEMU looks for the word anywhere in the text.
    if "parentFileNameHint" in text or any(_parent(line) not in (None, "ffffffff") for line in lines):
        raise Usage(f"{name} is an overlay: it needs another file, its parent", hint=_HINT)
    extents = [line for line in lines if line.upper().startswith(("RW", "RDONLY", "NOACCESS"))]
    match = _EXTENT.fullmatch(extents[0]) if len(extents) == 1 else None
    if match is None or match[2] != "SPARSE" or match[3] or int(match[1]) != sectors:
        raise in_other_files(name)


def _parent(line: str) -> str | None:
    key, separator, value = line.partition("=")
    return value.strip().lower() if separator and key.strip() == "parentCID" else None


def _damaged(name: str, why: str) -> Usage:
    return Usage(f"{name} is a damaged VMDK image: {why}", hint="copy or download it again")
