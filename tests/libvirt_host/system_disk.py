"""`write`: a disk as a Linux system leaves it when its power fails, with everything that makes it one machine. It boots nothing.

One partition with ext4, whose journal still has something that the file system has not: `JOURNALED`.
"""

from __future__ import annotations

import re
import struct
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_TOOLS = {"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}
_SECTOR = 512
_START = 2048
_SECTORS = 16 * 2048
_BLOCK = 1024

SYSTEM: Mapping[str, str] = {
    "etc/fstab": "LABEL=root / ext4 defaults 0 1\n",
    "etc/os-release": 'NAME="A system"\nID=debian\nVERSION_ID="12"\n',
    "etc/hostname": "before\n",
    "usr/bin/true": "",
    "usr/lib/true": "",
    "home/me/.ssh/authorized_keys": "ssh-ed25519 AAAA me\n",
    "etc/ssh/sshd_config": "",
    "var/lib/dhcp/dhcpd.leases": "a server's\n",
}
"""What is in every image of it."""

ITS_OWN: Mapping[str, str] = {
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "var/lib/dbus/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/ssh/ssh_host_ed25519_key": "private\n",
    "etc/ssh/ssh_host_ed25519_key.pub": "public\n",
    "etc/ssh/ssh_host_odd name": "private\n",
    "var/lib/cloud/instances/i-1/sem/config_ssh": "done\n",
    "var/lib/cloud/seed/nocloud/meta-data": "instance-id: i-1\n",
    "var/lib/cloud/data/instance-id": "i-1\n",
    "var/lib/systemd/random-seed": "four\n",
    "var/lib/dhcp/dhclient.eth0.leases": "lease {}\n",
    "var/lib/NetworkManager/internal-1-eth0.lease": "ADDRESS=192.0.2.1\n",
}
"""What makes it one machine."""

LINKS: Mapping[str, str] = {"bin": "usr/bin", "lib": "usr/lib", "var/lib/cloud/instance": "instances/i-1"}

JOURNALED = "behind\n"
"""What etc/hostname has once the journal is replayed; as long as it was."""


def write(path: Path) -> None:
    """Make the raw disk. CalledProcessError if a tool fails."""
    with tempfile.TemporaryDirectory() as scratch:
        root, part, block = Path(scratch, "root"), Path(scratch, "part"), Path(scratch, "block")
        for name, content in {**SYSTEM, **ITS_OWN}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        for name, target in LINKS.items():
            (root / name).symlink_to(target)
        with part.open("wb") as handle:
            handle.truncate(_SECTORS * _SECTOR)
        _run("mke2fs", "-q", "-t", "ext4", "-b", str(_BLOCK), "-L", "root", "-d", str(root), str(part))
        where = _run("debugfs", "-R", "blocks /etc/hostname", str(part))
        block.write_bytes(JOURNALED.encode().ljust(_BLOCK, b"\n"))
        commands = Path(scratch, "commands")
        commands.write_text(f"jo\njw -b {where.strip()} {block}\njc\n")
        _run("debugfs", "-w", "-f", str(commands), str(part))
        with path.open("wb") as handle:
            handle.write(_master_boot_record())
            handle.seek(_START * _SECTOR)
            handle.write(part.read_bytes())


def read(path: Path, target: Path) -> None:
    """Copy all that is on a raw disk into a folder. CalledProcessError if a tool fails, or if the file system is not whole."""
    with tempfile.TemporaryDirectory() as scratch:
        part = Path(scratch, "part")
        with path.open("rb") as handle:
            handle.seek(_START * _SECTOR)
            part.write_bytes(handle.read(_SECTORS * _SECTOR))
        features = re.search(r"^Filesystem features:(.*)$", _run("dumpe2fs", "-h", str(part)), re.MULTILINE)
        assert features is not None
        assert "needs_recovery" not in features[1]
        _run("e2fsck", "-f", "-n", str(part))
        target.mkdir()
        _run("debugfs", "-R", f"rdump / {target}", str(part))


def _master_boot_record() -> bytes:
    """One primary partition, of Linux."""
    entry = struct.Struct("<B3sB3sII").pack(0, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", _START, _SECTORS)
    return bytes(446) + entry.ljust(64, b"\0") + b"\x55\xaa"


def _run(*argv: str) -> str:
    return subprocess.run(argv, env=_TOOLS, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
