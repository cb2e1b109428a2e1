"""`run`: a program that makes a part of a guest image."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class GuestUnavailable(Exception):
    """The guest cannot be built on this machine; the text says why."""


def run(*argv: str, cwd: Path | None = None, check: bool = True, environment: Mapping[str, str] | None = None) -> str:
    """What it prints. Raises `GuestUnavailable` when it fails, unless `check` is off."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode != 0:
        raise GuestUnavailable(f"no guest image: {' '.join(argv[:3])}: {done.stderr.strip()[-500:]}")
    return done.stdout
