"""What makes a system itself, taken out of a copy of its disk: machine-id, ssh host keys, what cloud-init remembers, and what follows from them.

virt-sysprep would not do: its only way to delete more files than its own also writes a new machine-id, the same for all clones.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from posixpath import dirname, join, normpath

from dcctl.errors import Failed, NotAllowed
from dcctl.sources.guestfish import opened
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dcctl.disk_format import DiskFormat
    from dcctl.job import Job
    from dcctl.sources.guestfish import Guestfish

_MACHINE_ID = "/etc/machine-id"
_UNINITIALIZED = "uninitialized"
_DBUS_MACHINE_ID = "/var/lib/dbus/machine-id"
"""A link to the other one, mostly; where it is a file, systemd would take the old number from it again."""


_ENCRYPTED = {"crypto_LUKS", "BitLocker"}


@dataclass(frozen=True)
class _Place:
    """What is removed from a directory. ``whole``: with all that is below it, and links as links."""

    directory: str
    patterns: tuple[str, ...]
    whole: bool = False


_PLACES = (
    _Place("/etc/ssh", ("ssh_host_*",)),
    _Place("/var/lib/cloud", ("*",), whole=True),
    _Place("/var/lib/systemd", ("random-seed",)),
    # Leases, since they hold the DUID by which a DHCP server would take clones for one machine.
    _Place("/var/lib/dhcp", ("dhclient*.lease*",)),  # Debian, SUSE
    _Place("/var/lib/dhclient", ("dhclient*.lease*",)),  # Red Hat
    _Place("/var/lib/dhcpcd", ("*.lease*", "duid")),
    _Place("/var/lib/NetworkManager", ("*.lease",)),
)


def reset(path: str, found: DiskFormat, shown: str, environ: Mapping[str, str], job: Job) -> None:
    """Change the image in this file. Raises ``NotAllowed`` for a disk on which that cannot be done for sure, ``Failed`` if it was not."""
    job.stage("reset")
    with opened(path, found.format, shown, environ, job) as fish:
        mounts = _mounts(fish, shown)
        _mount(fish, mounts)
        _remove(fish, _found(fish, shown))
        # Once more, and from the file.
        _mount(fish, mounts)
        if left := _found(fish, shown):
            raise Failed(
                f"{shown} was not reset: {visible(', '.join(path for path, _ in left))} is left",
                hint="nothing was kept",
            )
        fish.ask("umount-all")
        fish.end()


def _mounts(fish: Guestfish, shown: str) -> list[tuple[str, str]]:
    """Where the file systems belong that must be there, outer ones first, with their devices. Raises ``NotAllowed``."""
    roots = fish.ask("inspect-os")
    if len(roots) != 1:
        raise _no_system(shown, _kinds(fish), several=bool(roots))
    kind = fish.ask("inspect-get-type", roots[0])
    if kind != ["linux"]:
        raise NotAllowed(
            f"{shown} cannot be reset: it holds {visible(' '.join(kind))}, not Linux",
            hint="generalize it inside of the instance, and leave out --reset",
        )
    known = dict(_parted(fish.ask("inspect-get-mountpoints", roots[0])))
    needed = {"/etc", *(place.directory for place in _PLACES)}
    return sorted(
        (point, device)
        for point, device in known.items()
        if any(f"{directory}/".startswith(f"{point.rstrip('/')}/") for directory in needed)
    )


def _parted(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """``/var: /dev/sda2``"""
    for line in lines:
        point, _, device = line.rpartition(": ")
        yield point, device


def _kinds(fish: Guestfish) -> set[str]:
    """What is on the disk. Encrypted partitions are not listed as file systems; swap is."""
    listed = {line.rpartition(": ")[2] for line in fish.ask("list-filesystems")}
    encrypted = {kind for device in fish.ask("list-partitions") for kind in fish.ask("vfs-type", device)} & _ENCRYPTED
    return encrypted | listed - {"unknown", "swap"}


def _no_system(shown: str, kinds: set[str], *, several: bool) -> NotAllowed:
    if several:
        return NotAllowed(f"{shown} cannot be reset: it holds several systems", hint="leave out --reset")
    if kinds & _ENCRYPTED:
        return NotAllowed(
            f"{shown} cannot be reset: it is encrypted ({', '.join(sorted(kinds & _ENCRYPTED))})",
            hint="reset it inside of the instance, see dcctl-image(1), and leave out --reset",
        )
    has = visible(", ".join(sorted(kinds))) or "no file system"
    return NotAllowed(f"{shown} cannot be reset: no system was found on it, but {has}", hint="leave out --reset")


def _mount(fish: Guestfish, mounts: Iterable[tuple[str, str]]) -> None:
    """Mount them, and nothing else. A file system that was in use is made whole by its journal."""
    fish.ask("umount-all")
    for point, device in mounts:
        fish.ask("mount", device, point)


def _found(fish: Guestfish, shown: str) -> list[tuple[str, str]]:
    """What is there to be reset: paths, each with the command that does it. Raises ``NotAllowed`` for links: they lead anywhere."""
    found = []
    if _is_there(fish, "/etc", _MACHINE_ID, shown) and not _is_blank(fish):
        # Empty rather than gone: systemd makes a new one at the next start, and does not take that for the first boot of all.
        found.append((_MACHINE_ID, "truncate"))
    if not _leads_to_machine_id(fish) and _is_there(fish, "/var/lib/dbus", _DBUS_MACHINE_ID, shown):
        found.append((_DBUS_MACHINE_ID, "rm"))
    for place in _PLACES:
        if not _is_directory(fish, place.directory, shown):
            continue
        for name in fish.ask("ls", place.directory):
            if any(fnmatchcase(name, pattern) for pattern in place.patterns):
                path = f"{place.directory}/{name}"
                if not place.whole:
                    _must_be_no_link(fish, path, shown)
                found.append((path, "rm-rf" if place.whole else "rm"))
    return found


def _remove(fish: Guestfish, found: Iterable[tuple[str, str]]) -> None:
    for path, command in found:
        fish.ask(command, path)


def _is_there(fish: Guestfish, directory: str, path: str, shown: str) -> bool:
    if not _is_directory(fish, directory, shown):
        return False
    _must_be_no_link(fish, path, shown)
    return fish.says_true("is-file", path)


def _is_directory(fish: Guestfish, path: str, shown: str) -> bool:
    """Whether it is there, at this place. Raises ``NotAllowed`` if a link leads there."""
    if not fish.says_true("is-dir", path, "followsymlinks:true"):
        return False
    if fish.ask("realpath", path) != [path]:
        raise _link(path, shown)
    return True


def _must_be_no_link(fish: Guestfish, path: str, shown: str) -> None:
    if fish.says_true("is-symlink", path):
        raise _link(path, shown)


def _is_blank(fish: Guestfish) -> bool:
    return fish.ask("filesize", _MACHINE_ID) == ["0"] or fish.ask("head-n", "1", _MACHINE_ID) == [_UNINITIALIZED]


def _leads_to_machine_id(fish: Guestfish) -> bool:
    if not fish.says_true("is-symlink", _DBUS_MACHINE_ID):
        return False
    (target,) = fish.ask("readlink", _DBUS_MACHINE_ID)
    return normpath(join(dirname(_DBUS_MACHINE_ID), target)) == _MACHINE_ID


def _link(path: str, shown: str) -> NotAllowed:
    return NotAllowed(
        f"{shown} cannot be reset: its {visible(path)} is a link",
        hint="reset it inside of the instance, see dcctl-image(1), and leave out --reset",
    )
