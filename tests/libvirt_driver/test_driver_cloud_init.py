"""What real cloud-init makes of the seeds that guests are given."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dcctl_drivers.libvirt.domain_xml import interfaces
from libvirt_host import cloud_init
from libvirt_host.requirement import require

if TYPE_CHECKING:
    from libvirt_host.command import Command
    from libvirt_host.host import LibvirtHost

CREATE = ("instance", "create", "--hwp", "tiny", "--name", "web", "--no-wait", "--image")

KEPT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
"""Nobody's."""


@pytest.fixture(scope="module", autouse=True)
def real_cloud_init() -> None:
    try:
        cloud_init.package()
        subprocess.run([cloud_init.PYTHON, "-c", "import configobj, jinja2, jsonpatch, requests"], check=True)
    except (cloud_init.CloudInitUnavailable, OSError, subprocess.CalledProcessError) as error:
        require(str(error))


def seed_of(host: LibvirtHost, identifier: str) -> dict[str, bytes]:
    (seed,) = (path for path in host.pool_path.iterdir() if path.name == f"dcctl-{identifier}-seed.iso")
    return cloud_init.files_of(seed.read_bytes())


def read_by_cloud_init(command: Command, host: LibvirtHost, *words: str) -> dict[str, Any]:
    """Create the guest, and let cloud-init read the seed that it has."""
    made = command(*CREATE, *words, "-o", "json").json
    said = cloud_init.understood(seed_of(host, made["id"]))
    assert said["meta_data"]["instance-id"] == made["id"]
    assert said["problems"] == []
    assert said["host_keys"] == ["ed25519_private", "ed25519_public"]
    return said


def test_whoever_asks_for_nothing_gets_the_account_of_the_image_and_no_password(
    command: Command, image: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    """virt-manager#307, virt-manager#308: the key goes to root and not to the user of the image
    virt-manager#143: cloud-init must be wanted, and is not to be had everywhere
    """
    command("key", "import", KEPT, "--name", "mine")
    said = read_by_cloud_init(command, libvirt_host, image, "--ssh-key", f"{ssh_key}.pub", "--key", "mine")
    assert (said["account"], said["passwords"], said["network"]) == ("debian", [], None)
    assert said["meta_data"]["local-hostname"] == "web"
    assert said["meta_data"]["public-keys"] == [Path(f"{ssh_key}.pub").read_text().strip(), f"{KEPT} mine"]
    command("key", "destroy", "mine", "--yes")


def test_the_account_is_called_as_asked_keeps_its_rights_and_has_the_password(
    command: Command, image: str, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """It need not be changed at the first login.

    virt-manager#882: no way to say user and password
    virt-lightning#330: passwords written in a way that newer cloud-init calls deprecated
    """
    password = tmp_path / "password"
    password.write_text("staple\n")
    password.chmod(0o600)
    own = tmp_path / "user-data"
    own.write_text("#cloud-config\npackages: [htop]\n")
    words = ["--user", "keeper", "--password-file", str(password), "--user-data", str(own)]
    said = read_by_cloud_init(command, libvirt_host, image, *words)
    assert (said["account"], "sudo" in said["groups"], said["expired"]) == ("keeper", True, [])
    ((account, text, hashed),) = said["passwords"]
    assert (account, text[:3], hashed) == ("keeper", "$6$", True)
    assert command("instance", "show", "web", "-o", "json").json["user"] == "keeper"


def test_the_user_data_has_the_last_word(
    command: Command, image: str, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    own = tmp_path / "user-data"
    own.write_text("#cloud-config\nuser: {name: other}\n")
    said = read_by_cloud_init(command, libvirt_host, image, "--user", "keeper", "--user-data", str(own))
    assert said["account"] == "other"


def test_documents_of_ones_own_are_read(
    command: Command, image: str, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """virt-manager#294, virt-manager#304, community.libvirt#218: no file for the network's configuration"""
    (tmp_path / "meta").write_text("local-hostname: web.example.org\nrole: web\n")
    (tmp_path / "network").write_text(
        "network:\n  version: 2\n  ethernets:\n    lan:\n      match: {name: 'e*'}\n      addresses: [192.168.122.77/24]\n"
    )
    words = ["--meta-data", str(tmp_path / "meta"), "--network-config", str(tmp_path / "network")]
    said = read_by_cloud_init(command, libvirt_host, image, *words)
    assert (said["meta_data"]["local-hostname"], said["meta_data"]["role"]) == ("web.example.org", "web")
    assert said["network"][0]["subnets"][0]["address"] == "192.168.122.77"


def test_every_interface_asks_for_its_address(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    """A copy has others, and is told so, too."""
    networks = ["--network", "default,mac=52:54:00:dc:c7:06", "--network", "default"]
    said = read_by_cloud_init(command, libvirt_host, image, *networks)
    macs = interfaces(libvirt_host.virsh("dumpxml", "web"))
    assert len(set(macs)) == 2
    found = [
        (each["name"], each["mac"], subnet["type"], subnet["metric"])
        for each in said["network"]
        for subnet in each["subnets"]
    ]
    assert found == [("eth0", macs[0], "dhcp4", 100), ("eth1", macs[1], "dhcp4", 200)]
    # As the three kinds of Debian and Ubuntu images would write it.
    assert sorted(said["written"]) == ["eni", "netplan", "networkd"]
    for text in said["written"].values():
        assert all(mac in text for mac in macs), text
        assert text.lower().count("dhcp") >= 2

    command("instance", "stop", "web", "--power-off")
    (copy,) = command("instance", "clone", "web", "copy", "-o", "json").json
    said = cloud_init.understood(seed_of(libvirt_host, copy["id"]))
    copied = interfaces(libvirt_host.virsh("dumpxml", "copy"))
    assert [each["mac"] for each in said["network"]] == copied
    assert set(copied).isdisjoint(macs)


def test_a_copy_asks_for_an_address_by_its_mac(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    """Its machine-id is the original's, from which systemd-networkd makes what DHCP servers know a machine by: both had one address.

    The interface keeps the name that it has in the original.
    """
    assert read_by_cloud_init(command, libvirt_host, image)["network"] is None
    command("instance", "stop", "web", "--power-off")
    (copy,) = command("instance", "clone", "web", "copy", "-o", "json").json
    said = cloud_init.understood(seed_of(libvirt_host, copy["id"]))
    (mac,) = interfaces(libvirt_host.virsh("dumpxml", "copy"))
    assert (mac in said["written"]["netplan"], "dhcp-identifier: mac" in said["written"]["netplan"]) == (True, True)
    assert "set-name" not in said["written"]["netplan"]
    assert "iface eth0 inet dhcp" in said["written"]["eni"]
