"""What a command finds around it: streams, variables and a clock; one object, so that a test can replace all of it."""

from __future__ import annotations

import os
import sys
from time import time

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TextIO


@frozen
class Environment:
    """The surroundings of one command. ``now`` is the time of day in seconds since 1970."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    now: Callable[[], float] = time


def of_this_process() -> Environment:
    """The real one. Streams never fail to encode what they are given, and exist even where the parent closed them."""
    # Streams live as long as the process.
    # ruff: noqa: SIM115
    sys.stdin = sys.stdin or open(_occupy(0, os.O_RDONLY), encoding="utf-8")
    # Nothing else may become descriptor 1 (a database would), and what is written there must still fail.
    sys.stdout = sys.stdout or open(_occupy(1, os.O_RDONLY), "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or open(_occupy(2, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where an embedding program has replaced it
            # Two names must not become one, as with question marks in place of what an encoding lacks.
            stream.reconfigure(errors="backslashreplace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")
    return Environment(sys.stdin, sys.stdout, sys.stderr, os.environ)


def _occupy(descriptor: int, flags: int) -> int:
    """Open /dev/null as this descriptor, which the parent process left closed."""
    opened = os.open(os.devnull, flags)
    if opened != descriptor:
        os.dup2(opened, descriptor)
        os.close(opened)
    return descriptor
