"""``dcctl realm init``: a host without pool and network gets what its realm names, once, and only when asked."""

from __future__ import annotations

from pathlib import Path

from libvirt_host.command import Command, CommandHere
from libvirt_host.host import LibvirtHost

THEIRS = (
    "<domain type='qemu'><name>theirs</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
    "<disk type='file'><source file='/var/lib/theirs.img'/><target dev='vda'/></disk></devices></domain>"
)


def test_a_bare_host_is_made_ready(libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path) -> None:
    """virt-lightning#18, vagrant-libvirt#1026, virtlet#48: default pool not found, and what now?"""
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "pool": "fresh", "network": "fresh"}})
    plan = command("realm", "init", "lab", "--dry-run", "-o", "json").json
    assert [step["step"] for step in plan] == ["make-pool", "make-network"]
    assert "at /var/lib/libvirt/images/fresh" in plan[0]["sentence"]
    assert "fresh" not in libvirt_host.virsh("pool-list", "--all")
    assert command.run("doctor", "-o", "json").exit_status == 1
    try:
        assert command("realm", "init", "lab", "-o", "json").json == plan
        assert command("realm", "init", "lab", "-o", "json").json == []
        command("doctor")
        command("image", "import", str(image_file), "--user", "root")
        command("instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web")
        command("instance", "destroy", "web", "--force", "--power-off", "--yes")
        command("image", "destroy", "tiny", "--yes")
        libvirt_host.virsh("pool-destroy", "fresh")
        libvirt_host.virsh("net-destroy", "fresh")
        off = command("realm", "init", "lab", "-o", "json").json
        assert [step["step"] for step in off] == ["start-pool", "start-network"]
        assert command("realm", "init", "lab", "-o", "json").json == []
    finally:
        for noun in ("pool", "net"):
            libvirt_host.virsh(f"{noun}-destroy", "fresh")
            libvirt_host.virsh(f"{noun}-undefine", "fresh")


def test_a_pool_whose_directory_is_missing_is_not_started_and_the_realm_is_named(
    libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """Also where the host has several realms. The directory may be one to be mounted: nobody makes it."""
    folder = libvirt_host.directory / "nothing-there"
    libvirt_host.virsh("pool-define-as", "unmounted", "dir", "--target", str(folder))
    sections = {"lab": {"uri": libvirt_host.uri}, "disks": {"uri": libvirt_host.uri, "pool": "unmounted"}}
    command = Command(tmp_path / "home", sections)
    try:
        answer = command.run("realm", "init", "disks", "-o", "json")
        assert (answer.exit_status, answer.error["realm"]) == (1, "disks")
        assert answer.error["hint"].endswith("then: dcctl realm init disks")
        assert not folder.exists()
    finally:
        libvirt_host.virsh("pool-undefine", "unmounted")


def test_a_pool_is_not_made_somewhere_else_by_its_name(libvirt_host: LibvirtHost, tmp_path: Path) -> None:
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "pool": "../../etc"}})
    answer = command.run("realm", "init", "lab", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (2, "usage")


def test_a_pool_that_holds_no_files_is_never_started_and_refuses_what_would_be_made_in_it(
    libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path
) -> None:
    """Active (of device mapper's paths, of which there are none) and not; other realms of the host are not disturbed."""
    libvirt_host.virsh("pool-define-as", "group", "logical", "--source-name", "group", "--target", "/dev/group")
    libvirt_host.virsh("pool-define-as", "paths", "mpath", "--target", "/dev/mapper")
    libvirt_host.virsh("pool-start", "paths")
    libvirt_host.run(["sh", "-c", 'printf %s "$0" >/run/theirs.xml', THEIRS], check=True)
    libvirt_host.virsh("define", "/run/theirs.xml")
    pools = {"paths": "mpath", "group": "logical"}
    sections = {name: {"uri": libvirt_host.uri, "pool": name} for name in pools}
    command = CommandHere(tmp_path / "home", {**sections, "lab": {"uri": libvirt_host.uri}})
    try:
        for name, kind in pools.items():
            why = f"the storage pool {name} is of the type {kind}"
            for dry_run in (["--dry-run"], []):
                answer = command.run("realm", "init", name, "-o", "json", *dry_run)
                assert (answer.exit_status, answer.error["message"], answer.error["realm"]) == (6, why, name)
            assert any(why in said for said in command("realm", "show", name, "-o", "json").json["facts"]["missing"])
            found = [row for row in command.run("doctor", "--realm", name, "-o", "json").json if row["check"] == "pool"]
            assert [(row["verdict"], row["message"], row["repair"]) for row in found] == [("wrong", why, None)]
        assert "group" not in libvirt_host.virsh("pool-list")
        key = tmp_path / "mine.pub"
        key.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG3dPpGEaPn4NWY5Fk8yqjmgPiwHgcaa2MkRWGcvS1KT\n")
        for words in (
            ["image", "import", str(image_file)],
            ["volume", "create", "data", "--size", "1GiB"],
            ["volume", "create", "data", "--size", "1GiB", "--dry-run"],
            ["key", "import", str(key)],
        ):
            answer = command.run(*words, "--realm", "paths", "-o", "json")
            assert (answer.exit_status, answer.error["code"]) == (6, "not-supported"), words
        command("instance", "adopt", "theirs")
    finally:
        libvirt_host.virsh("undefine", "theirs")
        libvirt_host.virsh("pool-destroy", "paths")
        for name in pools:
            libvirt_host.virsh("pool-undefine", name)
