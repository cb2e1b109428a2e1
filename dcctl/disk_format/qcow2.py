"""qcow2: https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt."""

from __future__ import annotations

import struct

from dcctl.errors import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

MAGIC = b"QFI\xfb"
_EXTERNAL_DATA = 1 << 2  # incompatible feature bit 2
_EXTERNAL_DATA_NAME = 0x44415441  # header extension
_MOST_TABLE_BYTES = 8 << 20  # QEMU reads no larger table of reference counts
_USUAL_ORDER = 4  # 16 bits for each count; version 2 knows nothing else
_OFFSET = ~0x1FF  # the bits of a table's entry that say where its block is


def virtual_bytes(name: str, head: bytes) -> int:
    """The size of the disk. Raises ``Usage`` for an image that needs another file."""
    if len(head) < 72:
        raise _damaged(name, "it ends in its header")
    version, backing, _, _, virtual, encryption = struct.unpack(">IQIIQI", head[4:36])
    if version not in (2, 3):
        raise Usage(f"{name} is a qcow2 image of the unknown version {version}", hint="convert it with qemu-img")
    if backing:
        raise Usage(
            f"{name} is an overlay: it needs another file, its backing file",
            hint=f"if it is your own, flatten it: qemu-img convert -O qcow2 {name} NEW",
        )
    if encryption:
        raise Usage(f"{name} is encrypted", hint="take an image without encryption")
    if version == 3 and _uses_external_data(head):
        raise Usage(
            f"{name} keeps its data in another file",
            hint=f"if it is your own, put it in one file: qemu-img convert -O qcow2 {name} NEW",
        )
    return int(virtual)


def check_end(name: str, head: bytes, file: BinaryIO, size: int) -> None:
    """Raise ``Usage`` for an image that ends too early, as a copy that broke off does: its last clusters in use are not there.

    What is in use stands in the reference counts, a table of blocks of which the last one suffices: two reads, however large the image.
    What ends inside its very last cluster passes. So does what ``file`` does not have, though it is of this size.
    """
    cluster_bits, table_at, table_clusters = struct.unpack(">I24xQI", head[20:60])
    version = struct.unpack(">I", head[4:8])[0]
    order = struct.unpack(">I", head[96:100])[0] if version == 3 and len(head) >= 100 else _USUAL_ORDER
    if not 9 <= cluster_bits <= 21 or order > 6:
        raise _damaged(name, "its header makes no sense")
    table = _read(name, file, size, table_at, min(table_clusters << cluster_bits, _MOST_TABLE_BYTES)).rstrip(b"\0")
    if not table:
        return
    number = (len(table) - 1) // 8
    block_at = int.from_bytes(table[number * 8 :].ljust(8, b"\0"), "big") & _OFFSET
    block = _read(name, file, size, block_at, 1 << cluster_bits).rstrip(b"\0")
    if not block:
        return
    counts_before = (number << (cluster_bits + 3)) >> order
    last_bit = (len(block) - 1) * 8 + block[-1].bit_length() - 1  # counts of less than a byte begin at its low end
    last = counts_before + (last_bit >> order)
    if last << cluster_bits >= size:
        raise _damaged(name, "it ends too early")


def _read(name: str, file: BinaryIO, size: int, offset: int, length: int) -> bytes:
    """Raises ``Usage`` where the file ends before; empty where ``file`` does not have it."""
    if offset + length > size:
        raise _damaged(name, "it ends too early")
    file.seek(offset)
    content = file.read(length)
    return content if len(content) == length else b""


def _damaged(name: str, why: str) -> Usage:
    return Usage(
        f"{name} is a damaged qcow2 image: {why}",
        hint="copy or download it again; qemu-img check says more",
    )


def _uses_external_data(head: bytes) -> bool:
    (features,) = struct.unpack(">Q", head[72:80]) if len(head) >= 80 else (0,)
    if features & _EXTERNAL_DATA:
        return True
    (position,) = struct.unpack(">I", head[100:104]) if len(head) >= 104 else (0,)
    while 104 <= position <= len(head) - 8:
        kind, length = struct.unpack(">II", head[position : position + 8])
        if kind == _EXTERNAL_DATA_NAME:
            return True
        if kind == 0:
            return False
        position += 8 + (length + 7) // 8 * 8
    return False
