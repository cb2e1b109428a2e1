"""Raw disks that a BIOS can start, and UEFI where its loader is given: syslinux with a kernel on a FAT partition, and a second partition for
whatever the guest is.

Made of files only: no root, no mounts, no loop devices. The tools run from where their packages are unpacked.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from libvirt_host.program import run

PACKAGES = ("mtools", "syslinux", "syslinux-common")
"""What `tools` must hold, unpacked."""

_SECTOR = 512
_MIB = 2048  # sectors
_BOOT_START = _MIB


@dataclass(frozen=True)
class Boot:
    """What lies on the partition that the BIOS starts. `size_mib`: the partition's; `further`: other files, by their paths there."""

    kernel: Path
    initrd: Path
    configuration: Path
    size_mib: int
    further: Mapping[str, Path] = field(default_factory=dict)


def write(disk: Path, boot: Boot, second: Path, tools: Path) -> None:
    """Write the disk: syslinux and its files on the first partition, the content of `second` on the next. Holes stay holes."""
    first = _boot_partition(disk.with_suffix(".boot"), boot, tools)
    size = boot.size_mib * _MIB
    with disk.open("wb") as handle:
        code = (tools / "usr/lib/syslinux/mbr/mbr.bin").read_bytes()
        handle.write(_master_boot_record(code, size, second.stat().st_size // _SECTOR))
        handle.truncate((_BOOT_START + size) * _SECTOR + second.stat().st_size)
    for start, part in ((_BOOT_START, first), (_BOOT_START + size, second)):
        run("dd", f"if={part}", f"of={disk}", "bs=1M", f"seek={start // _MIB}", "conv=notrunc,sparse", "status=none")
    first.unlink()


def _boot_partition(path: Path, boot: Boot, tools: Path) -> Path:
    with path.open("wb") as handle:
        handle.truncate(boot.size_mib * _MIB * _SECTOR)
    environment = {"PATH": f"{tools / 'usr/bin'}:{os.environ['PATH']}", "MTOOLS_SKIP_CHECK": "1"}
    image, sectors = str(path), str(boot.size_mib * _MIB)
    geometry = ("-h", "255", "-s", "63", "-H", str(_BOOT_START), "-T", sectors)
    run("mformat", "-i", image, *geometry, "::", environment=environment)
    run("syslinux", "--install", image, environment=environment)
    files = {"syslinux.cfg": boot.configuration, "vmlinuz": boot.kernel, "initrd": boot.initrd, **boot.further}
    folders = {str(folder) for name in boot.further for folder in PurePosixPath(name).parents if folder.name}
    for folder in sorted(folders):
        run("mmd", "-i", image, f"::{folder}", environment=environment)
    for name, source in files.items():
        run("mcopy", "-i", image, str(source), f"::{name}", environment=environment)
    return path


def _master_boot_record(code: bytes, boot_sectors: int, second_sectors: int) -> bytes:
    """Boot code, and two primary partitions: FAT16 (active) and Linux."""
    entry = struct.Struct("<B3sB3sII")
    first = entry.pack(0x80, b"\xfe\xff\xff", 0x0E, b"\xfe\xff\xff", _BOOT_START, boot_sectors)
    second = entry.pack(0, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", _BOOT_START + boot_sectors, second_sectors)
    table = (first + second).ljust(64, b"\0")
    return code[:440].ljust(440, b"\0") + b"dcct\0\0" + table + b"\x55\xaa"
