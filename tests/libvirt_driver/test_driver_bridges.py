"""Guests whose addresses libvirt does not lend: on a bridge of the host, where somebody else's DHCP server is, or with one of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from libvirt_host.command import InsideCommand

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from libvirt_host.host import LibvirtHost

BRIDGE, NETWORK = "office", "<network><name>lan</name><forward mode='bridge'/><bridge name='office'/></network>"
PREFIX = "10.87.0."

DNSMASQ = (
    f"--keep-in-foreground --conf-file=/dev/null --pid-file --leasefile-ro --port=0 --interface={BRIDGE} --except-interface=lo"
    f" --bind-interfaces --dhcp-authoritative --no-ping --dhcp-range={PREFIX}50,{PREFIX}99"
)


@pytest.fixture(scope="module")
def lan(libvirt_host: LibvirtHost) -> Iterator[str]:
    """A network of libvirt's that is a bridge of the host, and a DHCP server on it of which libvirt knows nothing."""
    run = libvirt_host.run
    run(["ip", "link", "add", BRIDGE, "type", "bridge"], check=True)
    run(["ip", "address", "add", f"{PREFIX}1/24", "dev", BRIDGE], check=True)
    run(["ip", "link", "set", BRIDGE, "up"], check=True)
    server: subprocess.Popen[bytes] = libvirt_host.popen(["dnsmasq", *DNSMASQ.split()])
    try:
        run(["sh", "-c", "cat >/run/lan.xml"], check=True, stdin=NETWORK)
        libvirt_host.virsh("net-create", "/run/lan.xml")
        yield "lan"
        libvirt_host.virsh("net-destroy", "lan")
    finally:
        server.kill()
        server.wait()
        run(["ip", "link", "delete", BRIDGE])


@pytest.fixture
def dcctl(lan: str, libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path) -> Iterator[InsideCommand]:
    """A realm whose guests are on the bridge."""
    command = InsideCommand(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "network": lan}}, libvirt_host)
    command("image", "import", str(image_file), "--user", "root")
    yield command
    if names := list(command.instances()):
        command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    command("image", "destroy", "tiny", "--yes")


def shown(dcctl: InsideCommand) -> dict[str, Any]:
    row: dict[str, Any] = dcctl("instance", "show", "web", "-o", "json").json
    return row


def test_a_guest_on_a_bridge_is_found_by_its_agent_or_by_whom_the_host_has_heard(
    dcctl: InsideCommand, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    """vagrant-libvirt#1084, vagrant-libvirt#1145, vagrant-libvirt#1211, vagrant-libvirt#1252, vagrant-libvirt#899, vagrant#11470:
    waits for ever for an address that the guest has, since it is on a bridge
    terraform-provider-libvirt#731, kcli#488, kcli#645: no address is shown of a guest on a bridge, and not why
    """
    create = ["instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web", "--ssh-key", f"{ssh_key}.pub"]
    early = dcctl.run(*create, "--for", "address", "--timeout", "1s", "-o", "json")
    assert early.exit_status == 8
    assert "no network of libvirt's has lent it an address, and no agent runs in it" in early.error["message"]

    (web,) = dcctl("instance", "wait", "web", "--for", "ssh", "-o", "json").json
    (address,) = web["private_addresses"]
    assert (address["value"].startswith(PREFIX), address["kind"], web["reason"]) == (True, "ipv4", None)
    login = ["instance", "ssh", "web", "-i", str(ssh_key), "--"]
    # Whatever is in the guest besides, others do not reach; a list asks no agent.
    dcctl(*login, "ip address add 172.17.0.1/16 dev lo")
    assert shown(dcctl)["private_addresses"] == [address]
    assert dcctl("instance", "list", "-o", "json").json[0]["private_addresses"] == []

    dcctl(*login, "killall qemu-ga")
    while "connected" in (text := libvirt_host.virsh("dumpxml", "web")).replace("disconnected", ""):
        time.sleep(0.1)
    assert "disconnected" in text
    assert shown(dcctl)["private_addresses"] == [address]
    libvirt_host.run(["ip", "neighbour", "flush", "dev", BRIDGE], check=True)
    unseen = shown(dcctl)
    assert (unseen["private_addresses"], unseen["state"]) == ([], "running")
    assert "no agent runs in it" in unseen["reason"]
