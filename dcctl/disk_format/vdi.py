"""VDI, VirtualBox's format, as block/vdi.c of QEMU describes it. Pure."""

from __future__ import annotations

import struct

from dcctl.errors import Usage

MAGIC_AT = 64
MAGIC = b"\x7f\x10\xda\xbe"
_WHOLE = (1, 2)  # dynamic and static; 3 and 4 are what undo and differencing disks are
_NO_PARENT = bytes(32)


def virtual_bytes(name: str, head: bytes, file_bytes: int) -> int:
    """The size of the disk. Raises ``Usage`` for an image that needs another file, and for one that ends too early."""
    if len(head) < 512:
        raise Usage(f"{name} is a damaged VDI image: it ends in its header", hint="copy or download it again")
    (kind,) = struct.unpack("<I", head[76:80])
    if kind not in _WHOLE or head[424:456] != _NO_PARENT:
        raise Usage(
            f"{name} is a VDI image that needs another one, its parent",
            hint="clone it where it was made: VBoxManage clonemedium DISK NEW",
        )
    (data_at,) = struct.unpack("<I", head[344:348])
    size, block_bytes, _, _, blocks = struct.unpack("<QIIII", head[368:392])
    if data_at + blocks * block_bytes > file_bytes:
        raise Usage(f"{name} is a damaged VDI image: it ends too early", hint="copy or download it again")
    return int(size)
