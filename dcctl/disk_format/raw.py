"""Raw disks: nothing says how long one is, but its partition table says how far it must go (UEFI 2.10, chapter 5). Pure."""

from __future__ import annotations

import struct

from dcctl.errors import Usage

SECTOR = 512
MAGIC_AT = 510
MAGIC = b"\x55\xaa"
"""What ends the first sector of a disk with a partition table."""

_ENTRIES_AT, _ENTRY_BYTES, _ENTRIES = 446, 16, 4
_STATUS = (0x00, 0x80)  # of an entry; in the boot sector of a file system there is program code instead
_GPT = 0xEE
_GPT_MAGIC = b"EFI PART"
_LEAST_GPT_ENTRY = 128
_CYLINDER = 255 * 63
"""Sectors. Old tools made partitions of whole cylinders, and some converters cut the last one off: no data were in it."""


def check_end(name: str, head: bytes, size: int) -> None:
    """Raise ``Usage`` for a disk that ends before its partitions do, as a copy that broke off does."""
    entries = [head[at : at + _ENTRY_BYTES] for at in range(_ENTRIES_AT, MAGIC_AT, _ENTRY_BYTES)]
    if len(entries) != _ENTRIES or any(entry[0] not in _STATUS for entry in entries):
        return
    parts = [struct.unpack("<xxxxBxxxII", entry) for entry in entries]
    needed = max((first + count - _CYLINDER for kind, first, count in parts if kind not in (0, _GPT)), default=0)
    if any(kind == _GPT for kind, _, _ in parts):
        needed = max(needed, _end_of_gpt(head))
    if needed * SECTOR > size:
        raise Usage(f"{name} is a damaged raw disk: it ends before its partitions do", hint="copy or download it again")


def _end_of_gpt(head: bytes) -> int:
    """Sectors up to the end of the last partition; 0 where its table is not where it usually is."""
    header = head[SECTOR : 2 * SECTOR]
    if len(header) < SECTOR or not header.startswith(_GPT_MAGIC):
        return 0
    table, count, length = struct.unpack("<QII", header[72:88])
    if length < _LEAST_GPT_ENTRY:
        return 0
    starts = range(table * SECTOR, min(len(head) - length + 1, table * SECTOR + count * length), length)
    entries = (head[at : at + length] for at in starts)
    return max((int.from_bytes(entry[40:48], "little") + 1 for entry in entries if any(entry[:16])), default=0)
