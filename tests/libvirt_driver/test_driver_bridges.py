"""Guests whose addresses libvirt does not lend: on a bridge of the host, where somebody else's DHCP server is, or with one of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from dcctl.model import Instance, State
from dcctl_drivers.libvirt import seen_addresses
from libvirt_host.command import InsideCommand

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    import libvirt

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
    dcctl(*create, "--no-wait")
    early = dcctl.run("instance", "wait", "web", "--for", "address", "--timeout", "100ms", "-o", "json")
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
    end = time.monotonic() + 60
    while "state='connected'" in libvirt_host.virsh("dumpxml", "web"):
        assert time.monotonic() < end
        time.sleep(0.1)
    # Kernels of late and libvirt 9.0 do not understand each other about the ARP table; what is done with it, the next test shows.
    unseen = shown(dcctl)
    if not unseen["private_addresses"]:
        assert (unseen["state"], "no agent runs in it" in unseen["reason"]) == ("running", True)


OURS, THEIRS = "52:54:00:aa:bb:01", "52:54:00:aa:bb:02"

DEFINITION = f"""
<domain><devices>
  <interface type='bridge'><mac address='{OURS}'/></interface>
  <interface type='user'><mac address='{THEIRS}'/></interface>
  <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='{{}}'/></channel>
</devices></domain>
"""


class Guest:
    """A domain whose agent says something, unless that is None, and which the host has heard at some addresses."""

    def __init__(self, said: object, heard: list[str]) -> None:
        self._said, self._heard = said, heard

    def XMLDesc(self) -> str:  # noqa: N802  libvirt's name
        return DEFINITION.format("disconnected" if self._said is None else "connected")

    def interfaceAddresses(self, source: int) -> dict[str, Any]:  # noqa: N802
        heard = [{"addr": address, "prefix": 0, "type": 0} for address in self._heard]
        other = [{"addr": "10.9.9.9", "prefix": 0, "type": 0}]
        return {"vnet0": {"hwaddr": OURS, "addrs": heard}, "vnet1": {"hwaddr": THEIRS, "addrs": other}}


class Host:
    """One guest."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def lookupByUUIDString(self, _: str) -> Guest:  # noqa: N802
        return self._guest


def card(mac: object, *addresses: object) -> dict[str, object]:
    return {"name": "eth0", "hardware-address": mac, "ip-addresses": [{"ip-address": each} for each in addresses]}


@pytest.mark.parametrize(
    ("said", "heard", "found", "why"),
    [
        ([card(OURS.upper(), "10.1.1.1", "fe80::1", "2001:db8::1")], ["10.2.2.2"], ["10.1.1.1", "2001:db8::1"], None),
        ([card("00:00:00:00:00:00", "127.0.0.1"), card(THEIRS, "10.0.2.15")], ["10.2.2.2"], ["10.2.2.2"], None),
        (None, ["10.2.2.2", "10.2.2.2", "169.254.3.3"], ["10.2.2.2"], None),
        ([card(OURS, "fe80::1", "169.254.3.3")], ["10.2.2.2"], ["10.2.2.2"], None),
        (None, [], [], "no agent runs in it"),
        ([], [], [], "the agent in it tells none"),
        ([card(OURS, "\x1b[2J"), card(OURS, 7), card(None, "10.1.1.1"), "x", {}], [], [], "the agent in it tells none"),
        ({"ip": 1}, [], [], "the agent in it tells none"),
    ],
    ids=["agent", "others' cards", "heard", "no use", "nobody", "nothing", "nonsense", "no list"],
)
def test_what_a_guest_says_of_itself_is_looked_at_before_it_is_believed(
    monkeypatch: pytest.MonkeyPatch, said: object, heard: list[str], found: list[str], why: str | None
) -> None:
    monkeypatch.setattr(seen_addresses, "ask", lambda *_: said)
    guest = Instance(id="1", name="web", state=State.RUNNING)
    seen = seen_addresses.with_seen(cast("libvirt.virConnect", Host(Guest(said, heard))), guest, "root@gate")
    assert [address.value for address in seen.addresses] == found
    assert {address.through for address in seen.addresses} <= {"root@gate"}
    assert (seen.reason is None) if why is None else (why in (seen.reason or ""))


@pytest.mark.parametrize("code", ["VIR_ERR_SYSTEM_ERROR", "VIR_ERR_INTERNAL_ERROR", "VIR_ERR_ARGUMENT_UNSUPPORTED"])
def test_a_host_that_cannot_tell_whom_it_has_heard_spoils_nothing(code: str) -> None:
    import libvirt

    class Refused(Guest):
        def interfaceAddresses(self, source: int) -> dict[str, Any]:  # noqa: N802
            said = "cannot connect to netlink socket: Operation not permitted"
            error = libvirt.libvirtError(said)
            error.err = (getattr(libvirt, code), 0, said, 2, said, None, None, -1, -1)
            raise error

    guest = Instance(id="1", name="web", state=State.RUNNING)
    seen = seen_addresses.with_seen(cast("libvirt.virConnect", Host(Refused(None, []))), guest, None)
    assert (seen.addresses, "no agent runs in it" in (seen.reason or "")) == ((), True)
