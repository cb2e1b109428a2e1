"""Chosen MAC and IP addresses on a real libvirtd: a real guest gets them by DHCP, nobody else does, and nothing of them is left."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--image", "tiny", "--hwp", "tiny", "--no-wait", "--name"]
MAC = "52:54:00:dc:c7:05"


def reservations(host: LibvirtHost, network: str) -> list[str]:
    """As the running network has them, and as it will have them when it is started anew."""
    found = []
    for options in ([], ["--inactive"]):
        lines = host.virsh("net-dumpxml", network, *options).splitlines()
        found += [line.strip() for line in lines if "<host " in line]
    return found


@pytest.fixture
def lab(command: Command, image: str, libvirt_host: LibvirtHost) -> Iterator[str]:
    """A network of ours that keeps no address when the test is over."""
    assert image
    # A range of its own: what guests of other tests were lent stays lent for an hour.
    command("network", "create", "lab", "--cidr", "10.74.0.0/24")
    yield "lab"
    names = list(command.instances())
    if names:
        command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    assert reservations(libvirt_host, "lab") == []
    command("network", "destroy", "lab", "--yes")


@pytest.fixture
def theirs(libvirt_host: LibvirtHost, tmp_path: Path) -> Iterator[str]:
    """A network that something else made."""
    definition = tmp_path / "theirs.xml"
    dhcp = "<dhcp><range start='10.73.0.2' end='10.73.0.254'/></dhcp>"
    definition.write_text(f"<network><name>theirs</name><ip address='10.73.0.1' prefix='24'>{dhcp}</ip></network>")
    libvirt_host.virsh("net-define", str(definition))
    libvirt_host.virsh("net-start", "theirs")
    yield "theirs"
    libvirt_host.virsh("net-destroy", "theirs")
    libvirt_host.virsh("net-undefine", "theirs")


def test_a_guest_gets_the_addresses_that_were_chosen_for_it(
    command: Command, lab: str, theirs: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    """The guest asks by DHCP as any other, and has no part of cloud-init.

    kcli#123, kcli#11: an address is shown that the guest does not have
    kcli#662: an address is taken that belongs to a guest which is off
    cockpit-machines#988: an address of one's own cannot be given to a guest
    """
    before = libvirt_host.virsh("net-dumpxml", theirs, "--inactive")
    networks = ["--network", f"{lab},address=10.74.0.50,mac={MAC}", "--network", f"{theirs},address=10.73.0.77"]
    web = command(
        *CREATE[:-2], "--name", "web", *networks, "--ssh-key", f"{ssh_key}.pub", "--for", "address", "-o", "json"
    ).json
    assert [(each["network"], each["mac"], each["address"]) for each in web["interfaces"]] == [
        ("lab", MAC, "10.74.0.50"),
        ("theirs", None, "10.73.0.77"),
    ]
    shown, patience = web, 60
    while len(shown["private_addresses"]) < 2:
        patience -= 1
        assert patience, shown
        (shown,) = command("instance", "list", "-o", "json").json
    assert shown["interfaces"] == web["interfaces"]
    assert [address["value"] for address in shown["private_addresses"]] == ["10.74.0.50", "10.73.0.77"]
    assert over_ssh(libvirt_host, ssh_key, "10.74.0.50", "cat /sys/class/net/eth0/address").strip() == MAC
    shown = command("network", "show", lab, "-o", "json").json
    assert [lease["mac"] for lease in shown["leases"] if lease["address"] == "10.74.0.50"] == [MAC]
    assert shown["kept"] == [{"address": "10.74.0.50", "mac": MAC, "instance": "web"}]

    command("instance", "stop", "web", "--power-off")
    for taken in ("address=10.74.0.50", f"mac={MAC}"):
        refused = command.run(*CREATE, "db", "--network", f"{lab},{taken}", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (5, "conflict")
    (copy,) = command("instance", "clone", "web", "copy", "-o", "json").json
    assert (copy["networks"], copy["interfaces"]) == (["lab", "theirs"], [])
    assert MAC not in libvirt_host.virsh("dumpxml", "copy")
    command("instance", "destroy", "web", "copy", "--yes")
    lent = command.run(*CREATE, "web", "--network", f"{lab},address=10.74.0.50", "--dry-run", "-o", "json")
    assert (lent.exit_status, f"mac={MAC}" in lent.error["hint"]) == (5, True)
    command(*CREATE, "web", "--network", f"{lab},address=10.74.0.50,mac={MAC}", "--network", networks[-1], "--dry-run")
    assert libvirt_host.virsh("net-dumpxml", theirs, "--inactive") == before
    assert reservations(libvirt_host, lab) == []


REFUSED = (
    ("lab,address=10.74.0.1", 5, "the host's own address"),
    ("lab,address=10.75.0.9", 2, "not in 10.74.0.0/24"),
    ("lab,address=10.74.0.60", 5, "keeps 10.74.0.60 for 52:54:00:00:00:60"),
    ("lab,address=10.74.0.61,mac=52:54:00:00:00:60", 5, "keeps 10.74.0.60 for 52:54:00:00:00:60"),
    ("lab,mac=fe:54:00:00:00:01", 6, "begin with fe"),
    ("static,address=10.79.0.9", 6, "lends no addresses"),
)


def test_what_the_network_cannot_give_is_refused_in_the_plan(
    command: Command, lab: str, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """kcli#140, kcli#182: a reservation that cannot be kept is found out when the guest has no address"""
    update = ["net-update", lab]
    somebody = ["ip-dhcp-host", "<host mac='52:54:00:00:00:60' ip='10.74.0.60'/>", "--live", "--config"]
    definition = tmp_path / "static.xml"
    definition.write_text("<network><name>static</name><ip address='10.79.0.1' prefix='24'/></network>")
    libvirt_host.virsh("net-create", str(definition))
    libvirt_host.virsh(*update, "add", *somebody)
    try:
        for words, status, says in REFUSED:
            refused = command.run(*CREATE, "web", "--network", words, "--dry-run", "-o", "json")
            assert (refused.exit_status, says in refused.error["message"]) == (status, True), refused.stderr
        # Whose address it is can be said, and then it is used.
        command(*CREATE, "web", "--network", "lab,mac=52:54:00:00:00:60", "--dry-run")
    finally:
        libvirt_host.virsh(*update, "delete", *somebody)
        libvirt_host.virsh("net-destroy", "static")


def test_killed_at_the_calls_around_it_nothing_is_kept(
    command: Command, lab: str, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    create = [*CREATE, "web", "--network", f"{lab},address=10.74.0.50,mac={MAC}"]
    destroy = ["instance", "destroy", "web", "--force", "--power-off", "--yes", "--ignore-missing"]
    position_of: dict[str, int] = {}
    for words in (create, destroy):
        libvirt_proxy.reset()
        fragile(*words)
        writes = [call.name for call in libvirt_proxy.calls if call.writing]
        position_of[words[1]] = writes.index("network_update") + 1
    assert reservations(libvirt_host, lab) == []

    for when in ("before", "after"):
        libvirt_proxy.kill_client_at(position_of["create"], when=when)
        assert fragile.run(*create).exit_status == -signal.SIGKILL
        assert command.instances() == {"web": "error"}
        assert len(reservations(libvirt_host, lab)) == (0 if when == "before" else 2)
        command(*destroy)
        assert reservations(libvirt_host, lab) == []

        command(*create)
        libvirt_proxy.kill_client_at(position_of["destroy"], when=when)
        assert fragile.run(*destroy).exit_status == -signal.SIGKILL
        assert len(reservations(libvirt_host, lab)) == (2 if when == "before" else 0)
        command(*destroy)
        assert reservations(libvirt_host, lab) == []


def test_an_edited_or_vanished_network_keeps_nobody_from_destroying(
    command: Command, lab: str, libvirt_host: LibvirtHost
) -> None:
    for number, edit in enumerate((["net-destroy", lab], ["net-undefine", lab])):
        command(*CREATE, "web", "--network", f"{lab},address=10.74.0.7{number}")
        libvirt_host.virsh(*edit)
        command("instance", "destroy", "web", "--force", "--power-off", "--yes")
        if edit[0] == "net-destroy":
            libvirt_host.virsh("net-start", lab)
            assert reservations(libvirt_host, lab) == []
    libvirt_host.virsh("net-destroy", lab)
    command("network", "create", "lab", "--cidr", "10.74.0.0/24")


def test_of_two_creators_of_one_address_at_most_one_has_it(
    command: Command, lab: str, libvirt_host: LibvirtHost
) -> None:
    creators = [command.start(*CREATE, name, "--network", f"{lab},address=10.74.0.80") for name in ("web", "db")]
    for creator in creators:
        _, errors = creator.communicate(timeout=120)
        assert creator.returncode in (0, 5), errors
    assert sorted(creator.returncode for creator in creators) == [0, 5]
    assert len(reservations(libvirt_host, lab)) == 2


def test_the_address_of_an_instance_that_was_removed_otherwise_is_found_and_freed(
    command: Command, lab: str, libvirt_host: LibvirtHost
) -> None:
    command(*CREATE, "web", "--network", f"{lab},address=10.74.0.90")
    command(*CREATE, "db", "--network", f"{lab},address=10.74.0.91")
    somebody = ["ip-dhcp-host", "<host mac='52:54:00:00:00:60' ip='10.74.0.60'/>", "--live", "--config"]
    libvirt_host.virsh("net-update", lab, "add", *somebody)
    for edit in (["destroy", "web"], ["undefine", "web"]):
        libvirt_host.virsh(*edit)
    found = [row for row in command.run("doctor", "-o", "json").json if row["check"] == "left address"]
    assert [(row["verdict"], row["resource"]) for row in found] == [("wrong", "lab/10.74.0.90")]
    command("doctor", "--fix", "--yes")
    kept = "".join(reservations(libvirt_host, lab))
    assert [kept.count(f"10.74.0.{number}'") for number in (90, 91, 60)] == [0, 2, 2]
    libvirt_host.virsh("net-update", lab, "delete", *somebody)
