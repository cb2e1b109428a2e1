"""Fixtures of the tests that need a real libvirt: a private host, a bootable guest, a proxy that can break things.

What the machine lacks is a skip with its reason, or a failure where `DCCTL_REQUIRE` names `libvirt`.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from libvirt_driver.bare_lab import BareLab
from libvirt_host import guest_image as images
from libvirt_host.command import Command, CommandHere
from libvirt_host.host import HostUnavailable, LibvirtHost
from libvirt_host.program import GuestUnavailable
from libvirt_host.proxy import LibvirtProxy
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
    except GuestUnavailable as exc:
        require(str(exc))


@pytest.fixture
def libvirt_proxy(libvirt_host: LibvirtHost) -> Iterator[LibvirtProxy]:
    """Stands before the host's socket, for one test."""
    with LibvirtProxy(libvirt_host.socket_path) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def image_file(guest_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest under a name that becomes the image's."""
    path = tmp_path_factory.mktemp("image") / "tiny.qcow2"
    path.symlink_to(guest_image)
    return path


@pytest.fixture(scope="session")
def bare_image(libvirt_host: LibvirtHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with nothing on it: guests of it start, boot nothing, cost nothing, and hear no power button."""
    path = tmp_path_factory.mktemp("image") / "bare.qcow2"
    libvirt_host.run(["qemu-img", "create", "-q", "-f", "qcow2", str(path), "16M"], check=True)
    return path


@pytest.fixture(scope="module")
def bare_lab(
    libvirt_host: LibvirtHost, bare_image: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BareLab]:
    """See there; afterwards nothing is left, and doctor has nothing to say."""
    home = tmp_path_factory.mktemp("lab")
    with LibvirtProxy(libvirt_host.socket_path) as proxy:
        here = CommandHere(home / "here", {"lab": {"uri": libvirt_host.uri}})
        fragile = Command(home / "fragile", {"lab": {"uri": proxy.uri}})
        lab = BareLab(libvirt_host, proxy, here, fragile, {"{image}": str(bare_image)})
        lab("image import {image}")
        lab("instance create --name bystander --image bare --hwp tiny --no-wait")
        lab("instance create --name web --image bare --hwp tiny --console-log")
        lab("instance stop web --power-off")
        yield lab
        lab("instance destroy bystander web --force --power-off --yes")
        lab("image destroy bare --yes")
        lab("doctor check")
        assert lab.volumes() == set()


@pytest.fixture
def command(libvirt_host: LibvirtHost, tmp_path: Path) -> Iterator[Command]:
    """dcctl with the host as its only realm; afterwards nothing of what it made is left."""
    dcctl = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri}})
    yield dcctl
    names = list(dcctl.instances())
    if names:
        dcctl("instance", "destroy", *names, "--force", "--power-off", "--yes")
    assert libvirt_host.virsh("list", "--all", "--name").split() == []
    images = [row["name"] for row in dcctl("image", "list", "-o", "json").json]
    if images:
        dcctl("image", "destroy", *images, "--yes")
    assert libvirt_host.virsh("vol-list", "default").split() == []


@pytest.fixture
def image(command: Command, image_file: Path) -> str:
    """The guest, imported."""
    command("image", "import", str(image_file), "--user", "root")
    return "tiny"


@pytest.fixture(scope="session")
def ssh_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key; the public one is beside it."""
    path = tmp_path_factory.mktemp("ssh") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester", "-f", str(path)], check=True)
    return path
