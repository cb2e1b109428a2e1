"""What a test with a real libvirt does when the machine cannot run it: skip with the reason, unless somebody insists."""

from __future__ import annotations

from typing import NoReturn

import requirement


def require(reason: str) -> NoReturn:
    """End the running test because of `reason`: a failure where `DCCTL_REQUIRE` names libvirt, a skip elsewhere."""
    requirement.missing(reason, part_of="libvirt")
