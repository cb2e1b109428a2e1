"""What a test does when the machine lacks a program: skip with the reason, unless somebody insists.

``DCCTL_REQUIRE``, a comma-separated list, says what must not be missing; CI sets it. Here: ``packages``, programs from packages.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def required(what: str) -> bool:
    """Whether somebody insists on it."""
    return what in {word.strip() for word in os.environ.get("DCCTL_REQUIRE", "").split(",")}


def missing(reason: str, *, part_of: str = "packages") -> NoReturn:
    """End the running test because of ``reason``: a failure where that part is required, a skip elsewhere."""
    if required(part_of):
        pytest.fail(f"DCCTL_REQUIRE names {part_of}, but {reason}", pytrace=False)
    pytest.skip(reason)


def program(name: str, install: str, *, path: str | None = None) -> str:
    """Where the program is. ``install``: the command that brings it; ``path``: where to look, else PATH."""
    found = shutil.which(name, path=path)
    if found is None:
        missing(f"{name} is missing: {install}")
    return found
