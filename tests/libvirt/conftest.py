"""Fixtures of the tests that need a real libvirt: a private host, a bootable guest, a proxy that can break things.

What the machine lacks is a skip with its reason, or a failure where `DCCTL_REQUIRE` names `libvirt`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from libvirt_host import guest_image as images
from libvirt_host.host import HostUnavailable, LibvirtHost
from libvirt_host.requirement import require


@pytest.fixture(scope="session")
def libvirt_host() -> Iterator[LibvirtHost]:
    """A private libvirt with pool and network `default`. A test that kills its daemon starts it again."""
    host = LibvirtHost()
    try:
        host.open()
    except HostUnavailable as exc:
        require(str(exc))
    try:
        yield host
    finally:
        host.close()


@pytest.fixture(scope="session")
def guest_image() -> Path:
    """The tiny bootable guest, a qcow2 image outside the pool."""
    try:
        return images.build()
    except images.GuestUnavailable as exc:
        require(str(exc))
