"""``dcctl doctor`` of a real host: what is missing, what interrupted work has left, and mending it without touching anything else."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from dcctl_drivers.libvirt import access, domain_xml
from libvirt_host.command import Answer, Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

NOBODYS = "dcctl-0b8f1a52-6b0f-4b6e-9d1c-9f2d1b7a3c11-root.qcow2"


def wrong(answer: Answer) -> list[Any]:
    return [row for row in answer.json if row["verdict"] == "wrong"]


def test_what_realms_of_one_host_have_in_common_is_found_and_mended_once(
    libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    section = {"uri": libvirt_host.uri}
    command = Command(tmp_path / "home", {"one": section, "two": section})
    libvirt_host.virsh("vol-create-as", "default", NOBODYS, "1M")
    answer = command.run("doctor", "-o", "json")
    assert [(row["realm"], row["resource"]) for row in wrong(answer)] == [("one", NOBODYS)]
    assert {row["realm"] for row in answer.json if row["check"] == "pool"} == {"one", "two"}
    assert [row["realm"] for row in wrong(command.run("doctor", "--realm", "two", "-o", "json"))] == ["two"]
    command("doctor", "--fix", "--yes")
    assert NOBODYS not in volumes(libvirt_host)


def volumes(host: LibvirtHost) -> set[str]:
    return {line.split()[0] for line in host.virsh("vol-list", "default").splitlines() if line.split()}


def test_a_host_with_all_that_it_needs(command: Command, image: str) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    answer = command("doctor", "-o", "json")
    good = {row["check"] for row in answer.json if row["realm"] == "lab" and row["verdict"] == "good"}
    assert {"connection", "pool", "access", "network", "leftovers"} <= good


def test_a_volume_that_belongs_to_nobody_is_removed_on_request_only(
    command: Command, libvirt_host: LibvirtHost
) -> None:
    libvirt_host.virsh("vol-create-as", "default", NOBODYS, "1M")
    libvirt_host.virsh("vol-create-as", "default", "dcctl-notes-of-my-own-with-four-dashes-in-it.txt", "1M")
    before = volumes(libvirt_host)
    try:
        answer = command.run("doctor", "-o", "json")
        assert answer.exit_status == 1
        assert [(row["check"], row["resource"], row["destroys"]) for row in wrong(answer)] == [
            ("left volume", NOBODYS, True)
        ]
        assert command.run("doctor", "--fix", "-o", "json").exit_status == 2, "nobody could be asked"
        assert [
            row["resource"] for row in command("doctor", "--fix", "--dry-run", "-o", "json").json if row["realm"]
        ] == [NOBODYS]
        assert volumes(libvirt_host) == before
        answer = command("doctor", "--fix", "--yes", "-o", "json")
        assert "delete the volume" in answer.stderr
        assert before - volumes(libvirt_host) == {NOBODYS}
    finally:
        for name in volumes(libvirt_host):
            libvirt_host.virsh("vol-delete", "--pool", "default", name)


def test_a_volume_that_a_domain_or_an_overlay_needs_is_nobody_s_to_remove(
    command: Command, libvirt_host: LibvirtHost, image: str
) -> None:
    libvirt_host.virsh("vol-create-as", "default", NOBODYS, "1M")
    path = libvirt_host.pool_path / NOBODYS
    overlay = ["--backing-vol", NOBODYS, "--backing-vol-format", "raw", "--format", "qcow2"]
    libvirt_host.virsh("vol-create-as", "default", "theirs.qcow2", "1M", *overlay)
    assert wrong(command("doctor", "-o", "json")) == []
    libvirt_host.virsh("vol-delete", "--pool", "default", "theirs.qcow2")
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    libvirt_host.virsh("attach-disk", "web", str(path), "vdz", "--config")
    assert wrong(command("doctor", "-o", "json")) == []
    # The guest that runs has no such disk: it would have from its next start on.
    libvirt_host.virsh("detach-disk", "web", "vdz", "--config")
    assert [row["resource"] for row in wrong(command.run("doctor", "-o", "json"))] == [NOBODYS]
    libvirt_host.virsh("vol-delete", "--pool", "default", NOBODYS)


def test_what_killed_clients_leave_is_found_and_mended(
    command: Command, libvirt_proxy: LibvirtProxy, image_file: Path, tmp_path: Path
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    libvirt_proxy.kill_client_at(2, when="after")
    fragile.run("image", "import", str(image_file), "--user", "root")
    found = wrong(command.run("doctor", "-o", "json"))
    assert [(row["check"], row["resource"]) for row in found] == [("left image", "tiny")]
    command("doctor", "--fix", "--yes", "-o", "json")
    command("image", "import", str(image_file), "--user", "root")
    libvirt_proxy.kill_client_at(2, when="after")
    fragile.run("instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web")
    found = wrong(command.run("doctor", "-o", "json"))
    assert [(row["check"], row["resource"], row["hint"]) for row in found] == [
        ("instance", "web", "dcctl instance destroy lab/web")
    ]
    assert "interrupted" in found[0]["message"]


def test_a_pool_and_a_network_that_are_off_are_started(libvirt_host: LibvirtHost, tmp_path: Path) -> None:
    libvirt_host.run(["sh", "-c", "echo '<network><name>asleep</name></network>' >/run/asleep.xml"], check=True)
    libvirt_host.virsh("net-define", "/run/asleep.xml")
    folder = libvirt_host.directory / "asleep"
    folder.mkdir(mode=0o711, exist_ok=True)
    libvirt_host.virsh("pool-define-as", "asleep", "dir", "--target", str(folder))
    sections = {"lab": {"uri": libvirt_host.uri, "pool": "asleep", "network": "asleep"}}
    command = Command(tmp_path / "home", sections)
    try:
        answer = command.run("doctor", "-o", "json")
        assert [(row["check"], row["repair"]) for row in wrong(answer)] == [
            ("network", "start the network"),
            ("pool", "start the pool"),
        ]
        command("doctor", "--fix")
    finally:
        for noun in ("net", "pool"):
            libvirt_host.virsh(f"{noun}-destroy", "asleep")
            libvirt_host.virsh(f"{noun}-undefine", "asleep")


def test_a_folder_that_keeps_qemu_out_is_named(tmp_path: Path) -> None:
    """terraform-libvirt-ubuntu-examples#1, veewee#996: the folk remedy is to switch security off"""
    user = access.qemu_user()
    if user is None:
        pytest.skip("QEMU has no user of its own here")
    closed = tmp_path / "closed"
    (closed / "pool").mkdir(parents=True)
    for folder in (*tmp_path.parents[: len(tmp_path.parents) - 2], tmp_path, closed / "pool"):
        os.chmod(folder, os.stat(folder).st_mode | 0o001)
    closed.chmod(0o700)
    assert access.cannot_enter(str(closed / "pool"), user) == str(closed)
    closed.chmod(0o701)
    assert access.cannot_enter(str(closed / "pool"), user) is None
    closed.chmod(0o700)
    # As setfacl -m u:USER:x writes it: version 2; owner, named user, group, mask, others.
    entries = [(1, 7, 0xFFFFFFFF), (2, 1, user.pw_uid), (4, 0, 0xFFFFFFFF), (16, 1, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)]
    raw = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + allowed.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, allowed, who in entries
    )
    try:
        os.setxattr(closed, "system.posix_acl_access", raw)
    except OSError:
        pytest.skip("this file system has no access lists")
    assert access.cannot_enter(str(closed / "pool"), user) is None


def notes(answer: Answer, check: str) -> list[Any]:
    return [row for row in answer.json if row["check"] == check and row["realm"] == "lab"]


def test_what_others_have_left_in_the_pool_is_named_and_stays(command: Command, libvirt_host: LibvirtHost) -> None:
    for name in ("old-disk.img", "used-disk.img"):
        libvirt_host.virsh("vol-create-as", "default", name, "1M")
    text = (
        "<domain type='qemu'><name>theirs</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
        f"<disk type='file'><source file='{libvirt_host.pool_path}/used-disk.img'/><target dev='vda'/></disk></devices></domain>"
    )
    libvirt_host.run(["sh", "-c", 'printf %s "$0" >/run/theirs.xml', text], check=True)
    libvirt_host.virsh("define", "/run/theirs.xml")
    try:
        answer = command("doctor", "-o", "json")
        (found,) = notes(answer, "unused volume")
        assert (found["verdict"], found["repair"]) == ("note", None)
        assert found["message"].endswith("dcctl has not made: old-disk.img")
        command("doctor", "--fix", "--yes")
        assert {"old-disk.img", "used-disk.img"} <= volumes(libvirt_host)
    finally:
        libvirt_host.virsh("undefine", "theirs")
        for name in ("old-disk.img", "used-disk.img"):
            libvirt_host.virsh("vol-delete", "--pool", "default", name)


def test_addresses_that_are_lent_to_guests_which_are_gone_are_told(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    """nomad-driver-virt#68, onctl#1104, virt-lightning#159, lxd#5833, felix#233: leases outlive their guests, and a new one silently
    gets another address
    """
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--for", "address", "--name"]
    command(*create, "web")
    before = len(libvirt_host.virsh("net-dhcp-leases", "default").split())
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert len(libvirt_host.virsh("net-dhcp-leases", "default").split()) == before
    (found,) = notes(command("doctor", "-o", "json"), "old lease")
    assert found["verdict"] == "note"
    assert "lent to machines that are gone" in found["message"]
    assert "minutes" in found["hint"]
    # Of the same name, and yet not taken for the old one.
    again = command(*create, "web", "-o", "json").json
    assert len(again["private_addresses"]) == 1


def test_a_clock_that_was_behind_is_told_by_the_times_of_files(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    assert notes(command("doctor", "-o", "json"), "clock") == []
    (sidecar,) = (path for path in libvirt_host.pool_path.iterdir() if path.suffix == ".json")
    os.utime(sidecar, (0, sidecar.stat().st_mtime - 3600))
    libvirt_host.virsh("pool-refresh", "default")
    answer = command.run("doctor", "-o", "json")
    (found,) = notes(answer, "clock")
    assert (answer.exit_status, found["verdict"]) == (1, "wrong")
    assert re.search(r"was 3[56]\d\d s behind when the image tiny was imported", found["message"])


def test_a_pool_whose_directory_is_gone_is_told_and_so_is_whoever_makes_something_there(
    libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """libvirt goes on to list what was there, and tells of a pool that is active."""
    folder, away = libvirt_host.directory / "mounted", libvirt_host.directory / "elsewhere"
    folder.mkdir(mode=0o711)
    libvirt_host.virsh("pool-create-as", "mounted", "dir", "--target", str(folder))
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "pool": "mounted"}})
    try:
        command("volume", "create", "data", "--size", "1GiB")
        folder.rename(away)
        (found,) = wrong(command.run("doctor", "-o", "json"))
        assert (found["check"], found["resource"], found["repair"]) == ("pool", "mounted", None)
        assert found["message"].startswith(f"not in {folder} any more: dcctl-volume-data.qcow2, ")
        assert "mounted?" in found["hint"]
        failed = command.run("volume", "create", "more", "--size", "1GiB", "-o", "json")
        assert (failed.exit_status, "is the folder of the storage pool mounted?" in failed.error["hint"]) == (1, True)
        away.rename(folder)
        command("doctor", "check")
        command("volume", "destroy", "data", "--yes")
    finally:
        libvirt_host.virsh("pool-destroy", "mounted")


def test_volumes_and_keys_that_were_never_finished_are_removed_on_request(
    command: Command, libvirt_host: LibvirtHost
) -> None:
    left = {"dcctl-volume-data.qcow2": "volume/data", "dcctl-key-mine.key": "key/mine"}
    for name in left:
        libvirt_host.virsh("vol-create-as", "default", name, "1M")
    try:
        assert wrong(command("doctor", "-o", "json")) == [], "they may be in the making"
        for name in left:
            os.utime(libvirt_host.pool_path / name, (0, 0))
        libvirt_host.virsh("pool-refresh", "default")
        found = wrong(command.run("doctor", "-o", "json"))
        assert {row["resource"] for row in found} == set(left.values())
        assert {row["hint"] for row in found} == {"dcctl volume destroy lab/data", "dcctl key destroy lab/mine"}
        plan = command("doctor", "--fix", "--dry-run").stdout
        assert all(resource in plan for resource in left.values())
        assert "remove what is left of it" in plan
        command("doctor", "--fix", "--yes")
        assert volumes(libvirt_host).isdisjoint(left)
    finally:
        for name in volumes(libvirt_host) & set(left):
            libvirt_host.virsh("vol-delete", "--pool", "default", name)


def test_qemu_s_user_is_the_one_that_libvirt_tells() -> None:
    text = "<capabilities><host><secmodel><model>dac</model><baselabel type='kvm'>+{uid}:+0</baselabel></secmodel></host></capabilities>"
    for uid in (0, 1):
        label = domain_xml.qemu_label(text.replace("{uid}", str(uid)))
        user = access.qemu_user(label)
        assert user is not None
        assert user.pw_uid == uid
    assert domain_xml.qemu_label("<capabilities><host/></capabilities>") is None


def test_the_disks_of_all_domains_are_asked_for_once(
    command: Command, image: str, libvirt_proxy: LibvirtProxy, tmp_path: Path
) -> None:
    """They are one large answer, and several findings need it. The other call of this kind lists the instances."""
    command("volume", "create", "data", "--size", "1GiB")
    counted = Command(tmp_path / "counted", {"lab": {"uri": libvirt_proxy.uri}})
    counted("doctor", "check")
    command("volume", "destroy", "data", "--yes")
    assert libvirt_proxy.names.count("connect_get_all_domain_stats") == 2
