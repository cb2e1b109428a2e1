"""Changing instances that exist, on a real libvirtd: what is written on them, and what that costs."""

from __future__ import annotations

import errno
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from dcctl.nouns.changes import Description
from dcctl_drivers.libvirt import metadata, records
from dcctl_drivers.libvirt.alone import alone
from dcctl_drivers.libvirt.changing import describe
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost

if TYPE_CHECKING:
    from pathlib import Path

    import libvirt

TEXT = "Der „Laden“ <&\"'>"


def make(command: Command, image: str, name: str, *words: str) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", name, "--no-wait", *words)


def test_labels_of_create_are_changed_while_it_runs_and_outlast_its_end(command: Command, image: str) -> None:
    make(command, image, "web", "--label", "role=web", "--label", "stage=live", "--description", TEXT)
    make(command, image, "db")
    assert command("instance", "list", "-l", "role=web", "-q").stdout.split() == ["web"]
    (row,) = command("instance", "label", "web", "role=shop", "stage-", "-o", "json").json
    assert (row["labels"], row["description"], row["state"]) == ({"role": "shop"}, TEXT, "running")
    command("instance", "stop", "web", "--power-off")
    rows = {row["name"]: row for row in command("instance", "list", "-o", "json").json}
    assert (rows["web"]["labels"], rows["web"]["description"]) == ({"role": "shop"}, TEXT)
    assert (rows["db"]["labels"], rows["db"]["description"]) == ({}, None)
    command("instance", "label", "web", "off=yes", "--description", "")
    command("instance", "start", "web", "--no-wait")
    shown = command("instance", "show", "web", "-o", "json").json
    assert (shown["labels"], shown["description"]) == ({"off": "yes", "role": "shop"}, None)


def test_a_record_that_knows_no_labels_is_read_and_gets_some(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    make(command, image, "old")
    text = libvirt_host.virsh("metadata", "old", "urn:dcctl:instance")
    assert {element.tag for element in ET.fromstring(text)} == {"facts", "volume"}
    command("instance", "label", "old", "role=web")
    assert command("instance", "show", "old", "-o", "json").json["labels"] == {"role": "web"}


def test_what_dcctl_did_not_make_is_not_labelled(command: Command, libvirt_host: LibvirtHost) -> None:
    xml = "<domain type='qemu'><name>alien</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>"
    path = libvirt_host.pool_path.parent / "alien.xml"
    path.write_text(xml)
    libvirt_host.virsh("define", str(path))
    try:
        refused = command.run("instance", "label", "alien", "role=web")
        assert (refused.exit_status, "was not made by dcctl" in refused.stderr) == (5, True)
        assert command("instance", "list", "-l", "!role", "-q").stdout.split() == ["alien"]
    finally:
        libvirt_host.virsh("undefine", "alien")


@pytest.mark.parametrize("when", ["while the change is prepared", "after it was written"])
def test_a_change_that_somebody_else_went_over_is_made_again(
    when: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import libvirt

    monkeypatch.setenv(
        "XDG_RUNTIME_DIR", str(tmp_path)
    )  # in this process, whose locks would be in the home of whoever tests

    class Contended:
        """A domain that a dcctl on another machine writes to, which had read the record before us."""

        def __init__(self, domain: libvirt.virDomain) -> None:
            self._read, self.name, self.state = domain.metadata, domain.name, domain.state
            self.UUIDString, self.isActive, self._write = domain.UUIDString, domain.isActive, domain.setMetadata
            self.others = [record]

        def metadata(self, kind: int, uri: str, flags: int = 0) -> str:
            text: str = self._read(kind, uri, flags)
            if when == "while the change is prepared":
                self._others(uri)
            return text

        def setMetadata(self, kind: int, text: str, key: str, uri: str, flags: int) -> None:  # noqa: N802  libvirt's name
            self._write(kind, text, key, uri, flags)
            self._others(uri)

        def _others(self, uri: str) -> None:
            flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG | libvirt.VIR_DOMAIN_AFFECT_LIVE
            while self.others:
                late = replace(self.others.pop(), labels=(("theirs", "yes"),))
                self._write(libvirt.VIR_DOMAIN_METADATA_ELEMENT, metadata.written(late), metadata.PREFIX, uri, flags)

    connection = libvirt.open("test:///default")
    domain = connection.lookupByName("test")
    facts = metadata.Facts("img", "small", (), "lab", "default-pool", "2026-11-25T12:00:00+00:00")
    record = metadata.Record(domain.UUIDString(), metadata.Phase.READY, facts)
    records.write(domain, record)
    describe(connection, cast("libvirt.virDomain", Contended(domain)), Description({"ours": "yes"}))
    found, _ = records.read(domain)
    assert found is not None
    assert dict(found.labels) == {"ours": "yes", "theirs": "yes"}
    there = {volume.name() for volume in connection.storagePoolLookupByName("default-pool").listAllVolumes()}
    assert {owned.name for owned in found.volumes} == there


def test_where_the_file_system_knows_no_locks_changes_are_made_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    entered = False
    with alone("0b8f1a52-0000-4000-8000-000000000000", "web"):
        entered = True
    assert entered


def test_of_several_changes_at_once_all_hold(command: Command, image: str) -> None:
    make(command, image, "web")
    wanted = {f"key{number}": "yes" for number in range(6)}
    begun = [command.start("instance", "label", "web", f"{key}=yes") for key in wanted]
    begun.append(command.start("instance", "resize", "web", "--hwp", "roomy", "--cpu", "2", "--memory", "192MiB"))
    begun.append(command.start("instance", "protect", "web"))
    for process in begun:
        process.communicate(timeout=120)
    assert [process.returncode for process in begun] == [0] * len(begun)
    shown = command("instance", "show", "web", "-o", "json").json
    assert (shown["labels"], shown["hwp"], shown["protected"]) == (wanted, "roomy", True)
    command("instance", "unprotect", "web")


def test_a_protected_guest_outlasts_the_daemon_and_whoever_wants_to_destroy_it(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    make(command, image, "web")
    others = ["one", "two", "three", "four"]
    for name in others:
        make(command, image, name)
    command("instance", "protect", "web")
    libvirt_host.kill_daemon()
    libvirt_host.start_daemon()
    try:
        assert command("instance", "show", "web", "-o", "json").json["refused"].keys() == {"destroy"}
        # More than are looked up one by one: the index, which does not know, must not decide.
        command("instance", "list")
        all_of_them = command.run(
            "instance", "destroy", "web", *others, "--force", "--power-off", "--yes", "-o", "json"
        )
        assert all_of_them.exit_status == 9
        assert "dcctl instance unprotect" in all_of_them.stderr
        assert command.instances() == {"web": "running"}
    finally:
        command("instance", "unprotect", "web")


def test_a_stopped_guest_is_renamed_and_keeps_all_that_is_its_own(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    make(command, image, "web", "--label", "role=web", "--autostart")
    make(command, image, "db")
    running = command.run("instance", "rename", "web", "shop")
    assert (running.exit_status, "stopped" in running.stderr) == (5, True)
    command("instance", "stop", "web", "--power-off")
    before = command("instance", "show", "web", "-o", "json").json
    volumes = libvirt_host.virsh("vol-list", "default")
    command("instance", "rename", "web", "shop")
    assert command("instance", "show", "shop", "-o", "json").json == {**before, "name": "shop"}
    assert (before["autostart"], before["labels"]) == (True, {"role": "web"})
    assert command.run("instance", "show", "web").exit_status == 4
    command("instance", "start", "shop")
    assert command.instances() == {"shop": "running", "db": "running"}
    assert libvirt_host.virsh("vol-list", "default") == volumes


def test_autostart_is_libvirt_s_own(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    make(command, image, "web")
    for words, autostart in ((["--on"], "enable"), (["--off"], "disable")):
        command("instance", "autostart", "web", *words)
        assert f"Autostart: {autostart}" in " ".join(libvirt_host.virsh("dominfo", "web").split())
