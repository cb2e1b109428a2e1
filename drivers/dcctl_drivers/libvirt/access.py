"""What this machine lets QEMU do: /dev/kvm, and the folders above a pool. For local hosts only."""

from __future__ import annotations

import os
import pwd
import stat
import struct
from contextlib import suppress

# The users that distributions run QEMU as: Debian, Fedora and others.
_USERS = ("libvirt-qemu", "qemu")
_ACL_USER, _ACL_GROUP, _ACL_MASK = 0x02, 0x08, 0x10
_EXECUTE = 1


def kvm_problem() -> tuple[str, str]:
    """Why KVM cannot be used on this machine, and what to do."""
    if not os.path.exists("/dev/kvm"):
        return "there is no /dev/kvm", "modprobe kvm_intel or kvm_amd; virtualization must be on in the firmware"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "this user may not open /dev/kvm", "join the group kvm and log in again: usermod -aG kvm $USER"
    return "the processor has neither vmx nor svm", "on a virtual machine: nested virtualization must be on"


def qemu_user(label: str | None = None) -> pwd.struct_passwd | None:
    """The user that libvirt runs QEMU as: of the label +64055:+64055 that it tells, else the usual one of distributions."""
    if label is not None:
        with suppress(KeyError, ValueError):
            return pwd.getpwuid(int(label.partition(":")[0].removeprefix("+")))
    for name in _USERS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def cannot_enter(path: str, user: pwd.struct_passwd | None) -> str | None:
    """The first folder of the path that keeps the user out; None when they get there, or when nobody can tell."""
    if user is None or user.pw_uid == 0:
        return None
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    folder = "/"
    for part in ("", *os.path.abspath(path).split("/")[1:]):
        folder = os.path.join(folder, part)
        with suppress(OSError):
            if not _may_enter(folder, user.pw_uid, groups):
                return folder.rstrip("/") or "/"
    return None


def _may_enter(folder: str, uid: int, groups: set[int]) -> bool:
    """As the kernel decides (acl(5)): the owner, named users, groups, then everybody else."""
    found = os.stat(folder)
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    entries = _acl(folder)
    mask = next((allowed for tag, allowed, _ in entries if tag == _ACL_MASK), 7)
    for tag, allowed, who in entries:
        if tag == _ACL_USER and who == uid:
            return bool(allowed & mask & _EXECUTE)
    named = [allowed & mask for tag, allowed, who in entries if tag == _ACL_GROUP and who in groups]
    if found.st_gid in groups:
        named.append(stat.S_IMODE(found.st_mode) >> 3 & mask)
    if named:
        return any(allowed & _EXECUTE for allowed in named)
    return bool(found.st_mode & stat.S_IXOTH)


def _acl(folder: str) -> list[tuple[int, int, int]]:
    """Tag, permissions and id of each entry. The layout: linux/posix_acl_xattr.h."""
    try:
        raw = os.getxattr(folder, "system.posix_acl_access")
    except OSError:
        return []
    return list(struct.iter_unpack("<HHI", raw[4:]))
