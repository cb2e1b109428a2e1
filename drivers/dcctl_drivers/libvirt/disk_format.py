"""What a disk image really is, from its first bytes: what the gate lets through before anything is copied. Pure.

Formats: https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt. A name's ending says nothing; an image that names
other files (a backing file, an external data file) could make the host read them for the guest.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from dcctl.errors import Usage

HEAD_BYTES = 64 * 1024
"""How much of the beginning is looked at."""

MOST_VIRTUAL_BYTES = 1 << 50  # 1 PiB: no pool holds more, and sums of it do not overflow anywhere

_QCOW2 = b"QFI\xfb"
_EXTERNAL_DATA = 1 << 2  # incompatible feature bit 2
_EXTERNAL_DATA_NAME = 0x44415441  # header extension

# What people take for disk images, and what to do about it.
_OTHERS = (
    (0, b"KDMV", "a VMDK image", "vmdk"),
    (0, b"# Disk DescriptorFile", "a VMDK descriptor", "vmdk"),
    (0, b"vhdxfile", "a VHDX image", "vhdx"),
    (0, b"conectix", "a VHD image", "vpc"),
    (64, b"\x7f\x10\xda\xbe", "a VDI image", "vdi"),
    (0, b"QED\0", "a QED image", "qed"),
    (0, b"\x1f\x8b", "compressed with gzip", None),
    (0, b"\xfd7zXZ\0", "compressed with xz", None),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd", None),
    (0, b"BZh", "compressed with bzip2", None),
    (0, b"PK\x03\x04", "a zip archive", None),
    (32769, b"CD001", "an ISO image, not a disk", None),
    (0, b"LUKS\xba\xbe", "encrypted with LUKS", None),
)


@dataclass(frozen=True)
class DiskFormat:
    """An acceptable image: ``qcow2`` or ``raw``, and how large the disk is that it holds."""

    format: str
    virtual_bytes: int


def examine(name: str, head: bytes, size: int) -> DiskFormat:
    """What an image of ``size`` bytes with this beginning is. Raises ``Usage`` for everything that is refused, saying what would help."""
    if head.startswith(_QCOW2):
        return _qcow2(name, head)
    for offset, magic, what, convertible in _OTHERS:
        if head[offset:].startswith(magic):
            if convertible is None:
                raise Usage(f"{name} is {what}", hint="unpack it, or take a qcow2 or raw image")
            raise Usage(f"{name} is {what}", hint=f"convert it: qemu-img convert -f {convertible} -O qcow2 {name} NEW")
    if size < 512 or size % 512 or head[510:512] != b"\x55\xaa":
        raise Usage(
            f"{name} is neither a qcow2 image nor a raw disk with a partition table",
            hint="what is it? qemu-img info and file say more",
        )
    return DiskFormat("raw", _sane(name, size))


def _qcow2(name: str, head: bytes) -> DiskFormat:
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
    return DiskFormat("qcow2", _sane(name, virtual))


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


def _sane(name: str, virtual: int) -> int:
    if not 0 < virtual <= MOST_VIRTUAL_BYTES:
        raise Usage(f"{name} claims to be a disk of {virtual} bytes", hint="at most 1 PiB is believed")
    return virtual
