"""Reading the catalogue and the configuration: who may have written them, and how they look.

Both can name commands and hosts, so they are trusted like code. As ssh does with its own configuration, a file is refused if somebody
else may have written it:

* it belongs to the user or to root;
* others may not write it, nor rename another file to its place (a directory that others may write, unless it is sticky like /tmp);
* the group may write it only if it is the owner's private group, one without other members, as on systems whose umask is 002.

The catalogue that comes with dcctl lies beside its code, is as trustworthy as that, and is not checked.
"""

from __future__ import annotations

import errno
import os
import stat

from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.errors import DcctlError

LARGEST = 4 * 1024 * 1024
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH


def status(path: str, error: type[DcctlError], *, trusted: bool = False) -> os.stat_result:
    """What the file is; raises ``error`` when there is none, or when it must not be trusted."""
    try:
        found = os.stat(path)
        directory = os.stat(os.path.dirname(path) or ".")
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem, error) from problem
    if stat.S_ISDIR(found.st_mode):
        raise error(f"{visible(path)} is a directory", hint="name a file")
    if stat.S_ISFIFO(found.st_mode) and os.path.exists(os.path.realpath(path)):
        # One that has a name waits for a writer, perhaps for ever; the nameless one of a shell's <(...) has its writer.
        raise error(f"{visible(path)} is a named pipe", hint="name a file, or let the shell make a pipe: <(command)")
    if not trusted and stat.S_ISREG(found.st_mode):
        _check_owner(path, found, error)
        _check_mode(path, found, error)
        if not directory.st_mode & stat.S_ISVTX:
            _check_mode(os.path.dirname(path) or ".", directory, error)
    return found


def read(path: str, error: type[DcctlError]) -> tuple[bytes, os.stat_result]:
    """The content, and what the file was while it was read. One byte more than ``LARGEST`` is the most that is read."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
            return content, os.fstat(file.fileno())
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem, error) from problem


def private(found: os.stat_result) -> bool:
    """Whether only the owner may read it."""
    return not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def make_private_directory(path: str) -> None:
    """Make a directory, and those above it that are missing, that only the user may look into (XDG: mode 0700)."""
    if path and not os.path.isdir(path):
        make_private_directory(os.path.dirname(path))
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            if not os.path.isdir(path):  # else another process was faster
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None


def unreadable(path: str, problem: Exception, error: type[DcctlError]) -> DcctlError:
    """Why a file cannot be read, in one sentence."""
    if isinstance(problem, FileNotFoundError):
        return error(f"there is no file {visible(path)}", hint="check the name")
    reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return error(f"cannot read {visible(path)}: {reason}", hint="check who may read it: ls -l")


def _check_owner(path: str, found: os.stat_result, error: type[DcctlError]) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise error(
            f"{visible(path)} belongs to somebody else (user {found.st_uid}), who could make dcctl run commands",
            hint="use a copy of your own, after reading it",
        )


def _check_mode(path: str, found: os.stat_result, error: type[DcctlError]) -> None:
    if not found.st_mode & _WRITABLE:
        return
    if found.st_mode & stat.S_IWOTH:
        raise error(
            f"everybody may write {visible(path)}, and could make dcctl run commands",
            hint=f"run: chmod go-w {visible(path)}",
        )
    if not _private_group(found):
        raise error(
            f"the group may write {visible(path)}, and could make dcctl run commands",
            hint=f"run: chmod g-w {visible(path)}",
        )


def _private_group(found: os.stat_result) -> bool:
    """Whether the group is the owner's primary one and lists nobody else."""
    import grp  # noqa: PLC0415  both are needed only for files that a group may write
    import pwd  # noqa: PLC0415

    try:
        owner = pwd.getpwuid(found.st_uid)
        group = grp.getgrgid(found.st_gid)
    except KeyError:
        return False
    return owner.pw_gid == found.st_gid and all(member == owner.pw_name for member in group.gr_mem)
