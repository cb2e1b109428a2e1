"""A user without rights on a private host, with a home of their own: whoever has no more than `qemu:///session`.

The name exists in this user's view only, and so does the way to the tests' own Python where it lies in a folder that nobody else may enter.
What libvirt starts for the user lives as long as the host.

Run as `python -m libvirt_host.ordinary_user VIEW PROGRAM…` in the host's namespaces, it becomes the user and then the program.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from libvirt_host import linux

if TYPE_CHECKING:
    from libvirt_host.host import LibvirtHost

NAME = "stranger"
IDENTITY = 54_321
"""Of the user and of their group; nobody's on a usual system."""

_END_SECONDS = 5.0

_TESTS = Path(__file__).parents[1]


class OrdinaryUser:
    """Somebody new on this host: one at a time."""

    def __init__(self, host: LibvirtHost) -> None:
        self._host = host
        self.home = host.directory / "home"
        self.home.mkdir(mode=0o755)
        os.chown(self.home, IDENTITY, IDENTITY)
        self.runtime = Path("/run/user") / str(IDENTITY)
        host.run(
            ["install", "-d", "-m", "0700", "-o", str(IDENTITY), "-g", str(IDENTITY), str(self.runtime)], check=True
        )
        self._view = host.directory / "view"
        (self._view / "stage").mkdir(parents=True)
        lines = {"passwd": f"{NAME}:x:{IDENTITY}:{IDENTITY}::{self.home}:/bin/sh\n", "group": f"{NAME}:x:{IDENTITY}:\n"}
        for file, line in lines.items():
            (self._view / file).write_text(Path("/etc", file).read_text() + line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what runs as this user, and remove what was theirs."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            for process in self._processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal_number)
            deadline = time.monotonic() + _END_SECONDS
            while self._processes() and time.monotonic() < deadline:
                time.sleep(0.05)
        self._host.run(["rm", "-rf", str(self.runtime)], check=True)
        for folder in (self.home, self._view):
            shutil.rmtree(folder)

    def _processes(self) -> list[int]:
        found = []
        for process, _ in self._host.processes():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{process}").stat().st_uid == IDENTITY:
                    found.append(process)
        return found

    def give(self, file: Path, name: str) -> Path:
        """A copy of the file in the user's home, theirs."""
        path = self.home / name
        shutil.copyfile(file, path)
        os.chown(path, IDENTITY, IDENTITY)
        return path

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """As the host's, as this user. Without an environment the program has the one of a fresh login."""
        become = [sys.executable, "-m", "libvirt_host.ordinary_user", str(self._view)]
        environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.home)}
        environ |= {"XDG_RUNTIME_DIR": str(self.runtime), **(options.pop("env", None) or {})}
        search = [str(_TESTS), *filter(None, [environ.get("PYTHONPATH")])]
        return self._host.popen([*become, *argv], env={**environ, "PYTHONPATH": os.pathsep.join(search)}, **options)

    def run(self, argv: Sequence[str], *, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        pipe = subprocess.PIPE
        with self.popen(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(list(argv), process.returncode, output, errors)

    def virsh(self, *arguments: str) -> str:
        """What the user's own `virsh` prints; CalledProcessError if it fails."""
        done = self.run(["virsh", "--quiet", "--connect", "qemu:///session", *arguments])
        done.check_returncode()
        return done.stdout


def _open_the_way(stage: Path, *paths: Path) -> None:
    """Make the paths reachable for everybody, in this mount namespace: a folder that keeps others out is covered by one with nothing else in it."""
    ways = []
    for number, path in enumerate(dict.fromkeys(paths)):
        closed = next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None)
        if closed is not None:
            kept = stage / str(number)
            kept.mkdir(exist_ok=True)
            linux.mount("", str(kept), source=str(path), flags=linux.MS_BIND | linux.MS_REC)
            ways.append((closed, kept, path))
    for closed in dict.fromkeys(closed for closed, _, _ in ways):
        linux.mount("tmpfs", str(closed), options="mode=0755")
    for _, kept, path in ways:
        path.mkdir(parents=True, exist_ok=True)
        linux.mount("", str(path), source=str(kept), flags=linux.MS_MOVE)


def main(view: str, *argv: str) -> None:
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    for file in ("passwd", "group"):
        linux.mount("", f"/etc/{file}", source=f"{view}/{file}", flags=linux.MS_BIND)
    _open_the_way(Path(view, "stage"), Path(sys.prefix), Path(sys.base_prefix), _TESTS.parent)
    os.setgroups([])
    os.setgid(IDENTITY)
    os.setuid(IDENTITY)
    linux.die_with_parent(signal.SIGKILL)  # becoming somebody else made an end of it
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    main(*sys.argv[1:])
