"""What a test does when the machine cannot run it: skip with the reason, unless somebody insists."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def required() -> bool:
    """Whether `DCCTL_REQUIRE`, a comma-separated list, names `libvirt` (CI sets it)."""
    return "libvirt" in {word.strip() for word in os.environ.get("DCCTL_REQUIRE", "").split(",")}


def require(reason: str) -> NoReturn:
    """End the running test because of `reason`: a failure where libvirt is required, a skip elsewhere."""
    if required():
        pytest.fail(f"libvirt is required here, but {reason}", pytrace=False)
    pytest.skip(reason)
