"""qcow2: https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt. Pure."""

from __future__ import annotations

import struct

from dcctl.errors import Usage

MAGIC = b"QFI\xfb"
_EXTERNAL_DATA = 1 << 2  # incompatible feature bit 2
_EXTERNAL_DATA_NAME = 0x44415441  # header extension


def virtual_bytes(name: str, head: bytes) -> int:
    """The size of the disk. Raises ``Usage`` for an image that needs another file."""
    if len(head) < 72:
        raise Usage(f"{name} is a damaged qcow2 image: it ends in its header", hint="copy or download it again")
    version, backing, _, _, virtual, encryption = struct.unpack(">IQIIQI", head[4:36])
    if version not in (2, 3):
        raise Usage(f"{name} is a qcow2 image of the unknown version {version}", hint="convert it with qemu-img")
    if backing:
        raise Usage(
            f"{name} is an overlay: it needs another file, its backing file",
            hint=f"flatten it: qemu-img convert -O qcow2 {name} NEW",
        )
    if encryption:
        raise Usage(f"{name} is encrypted", hint="take an image without encryption")
    if version == 3 and _uses_external_data(head):
        raise Usage(
            f"{name} keeps its data in another file", hint=f"put it in one file: qemu-img convert -O qcow2 {name} NEW"
        )
    return int(virtual)


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
