"""Programs that do what no library does, on content from outside: without a shell, with limits, ended when nobody wants the result.

qemu-img and zstd read what somebody else has made. As OpenStack does, they are run under prlimit(1), so that an image that makes one
of them use up memory or time hurts nobody but its importer.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

from dcctl.errors import Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

_USUAL_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Tool:
    """A program, and the Debian package that has it."""

    name: str
    package: str


QEMU_IMG = Tool("qemu-img", "qemu-utils")
ZSTD = Tool("zstd", "zstd")
GUESTFISH = Tool("guestfish", "guestfish")
_PRLIMIT = Tool("prlimit", "util-linux")


@dataclass(frozen=True)
class Limits:
    """``memory``: bytes of address space; ``seconds``: of processor time; ``file_bytes``: the largest file that may be written."""

    memory: int
    seconds: int
    file_bytes: int | None = None


@contextmanager
def running(
    tool: Tool,
    arguments: Sequence[str],
    limits: Limits,
    environ: Mapping[str, str],
    *,
    stdin: IO[bytes] | int | None = None,
    stderr: IO[bytes],
    variables: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program at work, its output in a pipe; killed if it still runs at the end of the block. Raises ``Failed`` when it is missing.

    ``variables``: of its environment, which has little else.
    """
    path = environ.get("PATH") or _USUAL_PATH
    command = [
        _find(_PRLIMIT, path),
        f"--as={limits.memory}",
        f"--cpu={limits.seconds}",
        "--core=0",
        *([] if limits.file_bytes is None else [f"--fsize={limits.file_bytes}"]),
        "--",
        _find(tool, path),
        *arguments,
    ]
    process = subprocess.Popen(  # noqa: S603  no shell; a list of words
        command,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        # Each thread would otherwise reserve 64 MiB of addresses for memory of its own.
        env={"PATH": path, "LC_ALL": "C", "MALLOC_ARENA_MAX": "2", **(variables or {})},
        start_new_session=True,  # Ctrl-C is ours to notice: it would die before we have told why
    )
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        process.wait()


def must_be_installed(tool: Tool, environ: Mapping[str, str]) -> None:
    """Raises ``Failed``, before anything is begun, for a program that is not here."""
    path = environ.get("PATH") or _USUAL_PATH
    for needed in (tool, _PRLIMIT):
        _find(needed, path)


def last_words(stderr: IO[bytes]) -> str:
    """What a program said last, on one line."""
    stderr.seek(0)
    lines = stderr.read(1 << 16).decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _find(tool: Tool, path: str) -> str:
    from shutil import which  # noqa: PLC0415  only where a program is run

    found = which(tool.name, path=path)
    if found is None:
        raise Failed(f"{tool.name} was not found", hint=f"install it: apt install {tool.package}")
    return os.path.abspath(found)
