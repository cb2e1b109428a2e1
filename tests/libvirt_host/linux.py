"""The few system calls that Python 3.11 does not have."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_BIND = 0x1000
MS_MOVE = 0x2000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

_PR_SET_PDEATHSIG = 1
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(what: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _check("unshare", _libc.unshare(flags))


def enter_network(pid: int) -> None:
    """Move this thread, and no other, into the network namespace of a process."""
    with open(f"/proc/{pid}/ns/net", "rb") as namespace:
        _check("setns", _libc.setns(namespace.fileno(), CLONE_NEWNET))


def mount(kind: str, target: str, *, source: str = "none", flags: int = 0, options: str = "") -> None:
    _check(
        f"mount {kind or source} on {target}",
        _libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()),
    )


def unmount(target: str) -> None:
    """Detach a mount at once, even if somebody uses it."""
    _check(f"umount {target}", _libc.umount2(target.encode(), MNT_DETACH))


def die_with_parent(signal_number: int) -> None:
    _check("prctl", _libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0))


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = fcntl.ioctl(handle, _SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        (flags,) = struct.unpack_from("H", request, 16)
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def kvm_usable() -> bool:
    """Whether KVM runs a stock kernel: the device opens, and an x86 processor has vmx or svm.

    A /dev/kvm on a processor without them opens, too, but guests end paused(unknown) a moment later.
    """
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    if os.uname().machine not in {"x86_64", "i686"}:
        return True
    return not {"vmx", "svm"}.isdisjoint(Path("/proc/cpuinfo").read_text().split())
