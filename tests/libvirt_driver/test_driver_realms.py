"""``dcctl realm show`` of a real host: what it has, and what new guests would lack."""

from __future__ import annotations

import json
import os
from pathlib import Path

from libvirt_host.command import Command, CommandHere
from libvirt_host.host import LibvirtHost


def meminfo(key: str) -> int:
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) // 1024


def test_a_host_tells_what_it_has(libvirt_host: LibvirtHost, tmp_path: Path) -> None:
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri}})
    facts = command("realm", "show", "lab", "-o", "json").json["facts"]
    assert facts["hostname"] == libvirt_host.name
    assert facts["cpus"] == os.cpu_count()
    assert facts["memory_mib"] == meminfo("MemTotal")
    assert 0 < facts["memory_free_mib"] <= facts["memory_mib"]
    pool = next(pool for pool in facts["pools"] if pool["name"] == "default")
    assert (pool["active"], pool["used"], pool["path"]) == (True, True, str(libvirt_host.pool_path))
    disk = os.statvfs(libvirt_host.pool_path)
    assert pool["capacity_mib"] == disk.f_frsize * disk.f_blocks >> 20
    assert {"name": "default", "active": True, "used": True} in facts["networks"]
    assert set(facts["versions"]) == {"libvirt", "QEMU", "libvirt client"}
    assert not [said for said in facts["missing"] if "pool" in said or "network" in said]


def test_what_is_missing_is_said_with_what_to_do(libvirt_host: LibvirtHost, tmp_path: Path) -> None:
    sections = {"bare": {"uri": libvirt_host.uri, "pool": "nowhere", "network": "asleep"}}
    command = Command(tmp_path / "home", sections)
    libvirt_host.run(["sh", "-c", "echo '<network><name>asleep</name></network>' >/run/asleep.xml"], check=True)
    libvirt_host.virsh("net-define", "/run/asleep.xml")
    try:
        missing = command("realm", "show", "bare", "-o", "json").json["facts"]["missing"]
    finally:
        libvirt_host.virsh("net-undefine", "asleep")
    assert any("no storage pool nowhere" in said for said in missing)
    assert any("start it with dcctl realm init bare" in said for said in missing)


def test_the_simulated_hypervisor_tells_what_it_can(tmp_path: Path) -> None:
    command = Command(tmp_path / "home", {"lab": {"uri": "test:///default", "pool": "default-pool"}})
    facts = command("realm", "show", "lab", "-o", "json").json["facts"]
    assert facts["instances_running"] == 1
    assert next(pool for pool in facts["pools"] if pool["used"])["name"] == "default-pool"


def test_a_pool_that_is_off_leaves_the_other_realms_of_its_host(
    command: Command, image: str, image_file: Path, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """One line for the realm that is not well; what names another realm does not even notice."""
    folder = libvirt_host.directory / "off"
    libvirt_host.virsh("pool-define-as", "off", "dir", "--target", str(folder))
    pools = {"good": "default", "off": "off", "none": "nowhere"}
    both = Command(tmp_path / "both", {name: {"uri": libvirt_host.uri, "pool": pool} for name, pool in pools.items()})
    try:
        for noun in ("image", "volume", "key"):
            answer = both.run(noun, "list", "-o", "json")
            said = [json.loads(line)["error"] for line in answer.stderr.splitlines()]
            assert (answer.exit_status, [error["realm"] for error in said]) == (9, ["off", "none", None])
            assert [error["hint"].partition("dcctl realm init ")[2].split(";")[0] for error in said[:2]] == [
                "off",
                "none",
            ]
            assert said[-1]["message"] == f"the list lacks the {noun}s of: none, off"
            assert both(noun, "list", "--realm", "good", "-o", "json").json == answer.json
            assert both.run(noun, "list", "--realm", "off", "-o", "json").error["realm"] == "off"
        assert [row["realm"] for row in both("image", "list", "--realm", "good", "-o", "json").json] == ["good"]
        create = ["instance", "create", "--image", image, "--hwp", "tiny"]
        both(*create, "--name", "web", "--realm", "good", "--no-wait")
        for realm in ([], ["--realm", "auto"]):
            assert both(*create, *realm, "--dry-run", "-o", "json").json["realm"] == "good"
        both("volume", "create", "data", "--size", "1GiB", "--realm", "good")
        both("volume", "show", "data")
        both("volume", "destroy", "good/data", "--yes")
        bring = ["image", "import", str(image_file), "--name", "again", "--realm", "good"]
        for dry_run in (["--dry-run"], []):
            both(*bring, *dry_run)
        both("image", "destroy", "good/again", "--yes")
        both("instance", "destroy", "web", "--force", "--power-off", "--yes")
    finally:
        libvirt_host.virsh("pool-undefine", "off")


def test_lists_are_sorted_and_what_two_realms_have_is_named_with_its_realm(
    libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """So that names go through pipes to what destroys them, and two lists can be compared."""
    second = libvirt_host.directory / "second"
    second.mkdir(mode=0o711, exist_ok=True)
    libvirt_host.virsh("pool-create-as", "second", "dir", "--target", str(second))
    pools = {"one": "default", "two": "second"}
    command = CommandHere(
        tmp_path / "home", {name: {"uri": libvirt_host.uri, "pool": pool} for name, pool in pools.items()}
    )
    key = tmp_path / "key.pub"
    key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG3dPpGEaPn4NWY5Fk8yqjmgPiwHgcaa2MkRWGcvS1KT\n")
    try:
        for name in ("delta", "alpha", "charlie", "bravo"):
            command("volume", "create", name, "--size", "1GiB", "--realm", "one")
            command("key", "import", str(key), "--name", name, "--realm", "one")
        command("volume", "create", "alpha", "--size", "1GiB", "--realm", "two")
        listed = command("volume", "list", "-q").stdout.split()
        assert listed == ["one/alpha", "bravo", "charlie", "delta", "two/alpha"]
        assert command("key", "list", "-q").stdout.split() == ["alpha", "bravo", "charlie", "delta"]
        networks = command("network", "list", "-q").stdout.split()
        assert networks == sorted(networks)
        command("volume", "destroy", *listed, "--yes")
        command("key", "destroy", "alpha", "bravo", "charlie", "delta", "--yes")
    finally:
        libvirt_host.virsh("pool-destroy", "second")
