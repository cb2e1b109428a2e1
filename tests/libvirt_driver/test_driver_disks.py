"""Instances with more disks than one on a real libvirtd: their own go with them, volumes are lent and never touched."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, volumes
from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--image", "tiny", "--hwp", "tiny", "--name"]
SHOW_DISKS = 'for disk in /sys/block/vd*; do echo "${disk##*/} $(cat $disk/size) $(cat $disk/serial)"; done'
GIB = 1 << 21  # in sectors


@pytest.fixture
def data(command: Command, image: str) -> Iterator[Command]:
    """With the volume `data`, which is there and free when the test is over."""
    assert image
    command("volume", "create", "data", "--size", "1GiB")
    yield command
    names = list(command.instances())
    if names:
        command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    left = command("volume", "list", "-o", "json").json
    assert [(each["name"], each["state"]) for each in left] == [("data", "available")]
    command("volume", "destroy", "data", "--yes")


def test_a_guest_finds_its_disks_under_names_that_stay(data: Command, libvirt_host: LibvirtHost, ssh_key: Path) -> None:
    bare = volumes(libvirt_host)
    disks = ["--disk", "3GiB", "--disk", "2GiB", "--volume", "data", "--disk-mode", "raw"]
    words = [*disks, "--ssh-key", f"{ssh_key}.pub", "--for", "address", "-o", "json"]
    web = data(*CREATE, "web", *words).json
    assert (web["disk_mode"], web["disks_gib"]) == ("raw", [3, 2])
    address = web["private_addresses"][0]["value"]
    found = [line.split() for line in over_ssh(libvirt_host, ssh_key, address, SHOW_DISKS).splitlines()]
    assert [line[0] for line in found] == ["vda", "vdb", "vdc", "vdd", "vde"]
    assert found[0][1] == str(GIB)
    assert found[2:] == [
        ["vdc", str(3 * GIB), "disk1"],
        ["vdd", str(2 * GIB), "disk2"],
        ["vde", str(GIB), "data"],
    ]
    volume = data("volume", "show", "data", "-o", "json").json
    assert (volume["state"], volume["instance"], volume["device"]) == ("in-use", "web", "vde")

    # Eight more can be plugged in; what another instance has is refused before anything is made.
    text = libvirt_host.virsh("dumpxml", "web")
    ports = set(re.findall("<controller type='pci' index='([0-9]+)' model='pcie-root-port'", text))
    taken = {str(int(bus, 16)) for bus in re.findall("<address type='pci' domain='0x0000' bus='0x([0-9a-f]+)'", text)}
    assert len(ports - taken) == 8
    data("volume", "create", "more", "--size", "1GiB")
    (more,) = data("volume", "attach", "more", "web", "-o", "json").json
    assert more["device"] == "vdf"
    data("volume", "detach", "more")
    data("volume", "destroy", "more", "--yes")
    refused = data.run(*CREATE, "db", "--volume", "data", "-o", "json")
    assert (refused.exit_status, refused.error["code"]) == (5, "not-allowed")

    # A copy has the disks, not the volume; growing is of the root disk.
    over_ssh(libvirt_host, ssh_key, address, "echo kept >/dev/vdd; sync")
    data("instance", "stop", "web", "--power-off")
    (copy,) = data("instance", "clone", "web", "web-2", "-o", "json").json
    assert (copy["disk_mode"], copy["disks_gib"]) == ("raw", [3, 2])
    second = [str(libvirt_host.pool_path / f"dcctl-{each['id']}-disk2.qcow2") for each in (web, copy)]
    compared = libvirt_host.run(["qemu-img", "compare", *second])
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert "kept" in libvirt_host.run(["grep", "-ao", "kept", second[1]]).stdout
    assert "dcctl-volume-data" not in libvirt_host.virsh("dumpxml", "web-2")
    (copy,) = data("instance", "start", "web-2", "--no-wait", "-o", "json").json
    assert copy["state"] == "running"
    data("instance", "destroy", "web", "web-2", "--force", "--power-off", "--yes")
    assert volumes(libvirt_host) == bare


def test_of_two_creators_of_one_volume_at_most_one_has_it(data: Command, libvirt_host: LibvirtHost) -> None:
    bare = volumes(libvirt_host)
    creators = [data.start(*CREATE, name, "--volume", "data", "--disk", "1GiB", "--no-wait") for name in ("web", "db")]
    for creator in creators:
        _, errors = creator.communicate(timeout=120)
        assert creator.returncode in (0, 5), errors
        assert creator.returncode == 0 or "the volume data" in errors
    winners = [creator for creator in creators if creator.returncode == 0]
    assert len(winners) == len(data.instances()) < 2
    assert len(volumes(libvirt_host) - bare) == 3 * len(winners)


def test_create_killed_after_any_writing_call_gives_the_volume_back(
    data: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    # In a pool that others share more is written than in one's own: everything of that, and the claims.
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri, "shared": True}})
    bare = volumes(libvirt_host)
    for position in range(1, MOST_WRITES):
        libvirt_proxy.kill_client_at(position, when="after")
        answer = fragile.run(*CREATE, "web", "--disk", "1GiB", "--disk", "1GiB", "--volume", "data")
        if libvirt_proxy.sprung is None:
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        data("instance", "destroy", "web", "--force", "--power-off", "--yes", "--ignore-missing")
        assert volumes(libvirt_host) == bare, libvirt_proxy.sprung.name
        assert data("volume", "show", "data", "-o", "json").json["state"] == "available"
    assert position > 6
    assert data.instances() == {"web": "running"}
