"""Networks on a real libvirtd: made, used by a real guest, listed with their leases, and removed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, When
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy


def defined(host: LibvirtHost) -> list[str]:
    return host.virsh("net-list", "--all", "--name").split()


def test_a_guest_gets_an_address_from_each_network_that_it_is_attached_to(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    (lab,) = command("network", "create", "lab", "--cidr", "10.77.0.0/24", "-o", "json").json
    assert (lab["active"], lab["reach"], lab["foreign"]) == (True, "nat", False)
    try:
        assert "yes" in libvirt_host.virsh("net-info", "lab").split("Autostart:")[1].splitlines()[0]
        create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", "web"]
        command(*create, "--network", "default", "--network", "lab", "--for", "address")
        web = command("instance", "show", "web", "-o", "json").json
        assert web["networks"] == ["default", "lab"]
        deadline = 60
        while not any(address["value"].startswith("10.77.0.") for address in web["private_addresses"]):
            deadline -= 1
            assert deadline, web["private_addresses"]
            web = command("instance", "show", "web", "-o", "json").json
        shown = command("network", "show", "lab", "-o", "json").json
        assert [lease["address"] for lease in shown["leases"]] == [
            address["value"] for address in web["private_addresses"] if address["value"].startswith("10.77.0.")
        ]
        refused = command.run("network", "destroy", "lab", "--yes")
        assert refused.exit_status == 5
        assert "web" in refused.stderr
        command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    finally:
        command("network", "destroy", "lab", "--yes")
    assert "lab" not in defined(libvirt_host)


def test_the_network_of_somebody_else_is_listed_and_stays(command: Command, libvirt_host: LibvirtHost) -> None:
    (default,) = [row for row in command("network", "list", "-o", "json").json if row["name"] == "default"]
    assert default["foreign"]
    refused = command.run("network", "destroy", "default", "--yes")
    assert refused.exit_status == 5
    assert "default" in defined(libvirt_host)


def test_a_range_of_the_host_itself_is_refused_or_left_out(command: Command, libvirt_host: LibvirtHost) -> None:
    libvirt_host.run(["ip", "link", "add", "taken0", "type", "bridge"])
    try:
        for cidr in ("10.88.0.1/24", "192.168.130.1/24"):
            libvirt_host.run(["ip", "address", "add", cidr, "dev", "taken0"])
        libvirt_host.run(["ip", "link", "set", "taken0", "up"])
        refused = command.run("network", "create", "lab", "--cidr", "10.88.0.0/24", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (5, "conflict")
        assert "lab" not in defined(libvirt_host)
        (lab,) = command("network", "create", "lab", "-o", "json").json
        assert lab["cidr"] == "192.168.131.0/24"
    finally:
        command("network", "destroy", "lab", "--yes", "--ignore-missing")
        libvirt_host.run(["ip", "link", "delete", "taken0"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_create_killed_at_any_writing_call_leaves_what_destroy_removes(
    command: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, tmp_path: Path, when: When
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    before = defined(libvirt_host)
    for position in range(1, MOST_WRITES):
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run("network", "create", "lab")
        if libvirt_proxy.sprung is None:
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        command("network", "destroy", "lab", "--yes", "--ignore-missing")
        assert defined(libvirt_host) == before, libvirt_proxy.sprung.name
    assert position > 2
    command("network", "destroy", "lab", "--yes")
    assert defined(libvirt_host) == before


def test_of_two_that_remove_one_network_both_see_it_gone(libvirt_host: LibvirtHost, tmp_path: Path) -> None:
    """libvirt tells the slower one that it cannot remove a file."""
    both = {"here": {"uri": libvirt_host.uri}, "there": {"uri": f"{libvirt_host.uri}&no_verify=1"}}
    command = Command(tmp_path / "both", both)
    for _ in range(3):
        command("network", "create", "lab", "--realm", "here")
        command("network", "destroy", "here/lab", "there/lab", "--yes")
    assert "lab" not in defined(libvirt_host)
