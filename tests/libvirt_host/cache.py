"""Where things that are slow to make survive from one test run to the next."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def base() -> Path:
    """`$DCCTL_TEST_CACHE`, else `dcctl-tests` in the user's cache."""
    chosen = os.environ.get("DCCTL_TEST_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dcctl-tests"


def directory(name: str) -> Path:
    """A folder outside every work tree."""
    path = base() / name
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """One at a time makes what is in a folder; the others find it made."""
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
