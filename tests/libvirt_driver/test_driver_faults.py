"""Clients killed at every writing call, full file systems, races: nothing is lost, and what is left can be named and destroyed."""

from __future__ import annotations

import signal
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, cast

import pytest

from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.pools import Pool
from dcctl_drivers.libvirt.removal import remove_volumes
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

RSA_KEY = (
    "ssh-rsa "
    + b64encode(b"".join(len(text).to_bytes(4) + text for text in (b"ssh-rsa", b"\1\0\1", b"k" * 513))).decode()
)
"""Nobody's; as long as RSA keys of 4096 bits are."""

When = Literal["before", "after"]
MOST_WRITES = 30  # more than any of our commands makes; the last round must run through


@pytest.fixture
def fragile(libvirt_proxy: LibvirtProxy, command: Command, tmp_path: Path) -> Command:
    """dcctl whose connection goes through the proxy; it works on the same host as ``command``."""
    assert command is not None
    return Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})


def killed_at(proxy: LibvirtProxy, fragile: Command, when: When, words: list[str]) -> Iterator[str]:
    """Run the command again and again, killing it at its first writing call, then at its second, and so on to the end.

    Yields the name of the call after each run that was killed; whoever iterates puts things back in order.
    """
    for position in range(1, MOST_WRITES):
        proxy.kill_client_at(position, when=when)
        answer = fragile.run(*words)
        if proxy.sprung is None:
            assert answer.exit_status == 0, answer.stderr
            return
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        yield proxy.sprung.name
    pytest.fail(f"more than {MOST_WRITES} writing calls")


def volumes(host: LibvirtHost) -> set[str]:
    return {line.split()[0] for line in host.virsh("vol-list", "default").splitlines() if line.split()}


@pytest.mark.parametrize("when", ["before", "after"])
def test_create_killed_at_any_writing_call(
    command: Command, fragile: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str, when: When
) -> None:
    """vagrant-libvirt#561, vagrant-libvirt#559, vagrant-libvirt#447, lima#5188: what broke off in the middle is there already and
    cannot be destroyed
    """
    clean = volumes(libvirt_host)
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--console-log"]
    seen = []
    for call in killed_at(libvirt_proxy, fragile, when, create):
        seen.append(call)
        left = command.instances()
        if "web" in left:
            # The creator is dead, so nothing is pending any more; a guest that runs is called running.
            assert left["web"] in ("error", "running"), call
            force = ["--force", "--power-off"] if left["web"] == "running" else []
            command("instance", "destroy", "web", *force, "--yes")
        assert volumes(libvirt_host) == clean, call
        assert not any("qemu-system" in line for _, line in libvirt_host.processes()), call
    assert {"domain_define_xml_flags", "storage_vol_create_xml", "storage_vol_upload"} <= set(seen) or (
        "domain_define_xml" in seen and "storage_vol_create_xml" in seen
    )
    assert command.instances() == {"web": "running"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_destroy_killed_at_any_writing_call(
    command: Command, fragile: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str, when: When
) -> None:
    clean = volumes(libvirt_host)
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name"]
    command(*create, "other")
    others = volumes(libvirt_host)
    command(*create, "web")
    command("instance", "stop", "web", "--power-off")
    destroy = ["instance", "destroy", "web", "--yes", "--ignore-missing"]
    for call in killed_at(libvirt_proxy, fragile, when, destroy):
        left = command.instances()
        assert left["other"] == "running", call
        if "web" in left:
            assert left["web"] in ("error", "stopped"), call
            command("instance", "destroy", "web", "--yes")
        assert volumes(libvirt_host) == others, call
        command(*create, "web")
        command("instance", "stop", "web", "--power-off")
    assert command.instances() == {"other": "running"}
    assert volumes(libvirt_host) == others > clean


@pytest.mark.parametrize("when", ["before", "after"])
def test_import_killed_at_any_writing_call(
    command: Command,
    fragile: Command,
    libvirt_proxy: LibvirtProxy,
    libvirt_host: LibvirtHost,
    image_file: Path,
    when: When,
) -> None:
    """terraform-provider-libvirt#308: an upload that breaks off leaves half an image"""
    images = ["image", "list", "-o", "json"]
    for call in killed_at(libvirt_proxy, fragile, when, ["image", "import", str(image_file)]):
        left = command(*images).json
        if left:
            (image,) = left
            published = call in ("storage_vol_create_xml", "storage_vol_upload", "storage_vol_delete")
            assert image["state"] == "error" or (published and image["state"] == "available"), call
            if image["state"] == "error":
                refused = command.run("instance", "create", "--image", "tiny", "--hwp", "tiny")
                assert refused.exit_status == 5, refused.stderr
            command("image", "destroy", "tiny", "--yes")
        assert volumes(libvirt_host) == set(), call
    assert [image["state"] for image in command(*images).json] == ["available"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "words",
    [
        ["image", "create", "golden", "--from", "web"],
        ["image", "create", "golden", "--from", "web", "--compress"],
        ["image", "copy", "tiny", "--to-realm", "lab", "--name", "golden"],
    ],
    ids=["create", "compress", "copy"],
)
def test_making_an_image_of_another_thing_killed_at_any_writing_call(
    command: Command,
    fragile: Command,
    libvirt_proxy: LibvirtProxy,
    libvirt_host: LibvirtHost,
    image: str,
    words: list[str],
    when: When,
) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    command("instance", "stop", "web", "--power-off")
    clean = volumes(libvirt_host)
    for call in killed_at(libvirt_proxy, fragile, when, words):
        left = [row["state"] for row in command("image", "list", "-o", "json").json if row["name"] == "golden"]
        if left:
            assert left[0] in ("error", "available"), call
            command("image", "destroy", "golden", "--yes")
        assert volumes(libvirt_host) == clean, call
    assert command.instances() == {"web": "stopped"}
    command("instance", "create", "--image", "golden", "--hwp", "tiny", "--name", "second")


@pytest.mark.parametrize("when", ["before", "after"])
def test_key_import_and_destroy_killed_at_any_writing_call(
    command: Command, fragile: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, when: When
) -> None:
    keys = ["key", "list", "-o", "json"]
    add, remove = ["key", "import", RSA_KEY, "--name", "mine"], ["key", "destroy", "mine", "--yes", "--ignore-missing"]
    for call in killed_at(libvirt_proxy, fragile, when, add):
        left = command(*keys).json
        if left and left[0]["public_key"] is None:
            refused = command.run("instance", "create", "--image", "none", "--hwp", "tiny", "--key", "mine")
            assert "interrupted" in refused.stderr, call
        command(*remove)
        assert volumes(libvirt_host) == set(), call
    for call in killed_at(libvirt_proxy, fragile, when, remove):
        command(*remove)
        assert volumes(libvirt_host) == set(), call
        command(*add)
    assert command(*keys).json == []


def test_a_client_that_loses_its_connection_says_so(
    command: Command, fragile: Command, libvirt_proxy: LibvirtProxy, image: str
) -> None:
    libvirt_proxy.drop_at(2, when="before")
    answer = fragile.run("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (7, "unreachable")
    left = command.instances()
    assert left == {"web": "error"}
    command("instance", "destroy", "web", "--yes")


def test_a_full_pool_at_import_leaves_nothing(libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path) -> None:
    path = libvirt_host.small_pool("small", 8)
    try:
        dcctl = Command(tmp_path / "small", {"lab": {"uri": libvirt_host.uri, "pool": "small"}})
        full = dcctl.run("image", "import", str(image_file), "-o", "json")
        assert (full.exit_status, full.error["code"]) == (10, "capacity"), full.stderr
        assert libvirt_host.run(["ls", str(path)]).stdout.split() == []
        assert dcctl("image", "list", "-o", "json").json == []
    finally:
        libvirt_host.remove_small_pool("small")


def test_of_several_creators_of_one_name_exactly_one_wins(
    command: Command, libvirt_host: LibvirtHost, image: str
) -> None:
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", "web"]
    running = [command.start(*create) for _ in range(4)]
    outcomes = []
    for process in running:
        process.communicate()
        outcomes.append(process.returncode)
    assert sorted(outcomes) == [0, 5, 5, 5]
    assert command.instances() == {"web": "running"}
    assert len([name for name in volumes(libvirt_host) if name.endswith("-root.qcow2")]) == 1


def test_a_creator_whose_instance_is_destroyed_meanwhile_takes_back_what_it_made(
    command: Command, fragile: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str
) -> None:
    clean = volumes(libvirt_host)
    libvirt_proxy.delay(0.3)
    creator = fragile.start("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    while "web" not in command.instances():
        assert creator.poll() is None
    assert command.instances() == {"web": "pending"}
    command("instance", "destroy", "web", "--yes")
    _, errors = creator.communicate(timeout=60)
    assert creator.returncode != 0, "the creator did not notice"
    assert "destroyed" in errors or "no domain" in errors.lower() or "gone" in errors, errors
    assert command.instances() == {}
    assert volumes(libvirt_host) == clean


def test_destroy_waits_for_a_volume_that_its_creator_is_just_making() -> None:
    libvirt = pytest.importorskip("libvirt")
    refusals = ["volume 'x' is still being allocated.", "volume 'x' is still in use."]
    deleted = []

    class Making:
        """A pool in which somebody makes a volume for a while."""

        def delete(self, volume: str) -> None:
            if refusals:
                raise libvirt.libvirtError(refusals.pop())
            deleted.append(volume)

    uuid = "339939e9-f6bf-4667-acbf-7a32f1ff8dc3"
    remove_volumes(cast(Pool, Making()), uuid, [names.volume(uuid, names.SEED)])
    assert deleted == [names.volume(uuid, names.SEED)]


def destroy_web(command: Command) -> None:
    command("instance", "destroy", "web", "--yes")


def test_a_creator_that_finds_its_volume_gone_says_that_the_instance_was_destroyed(
    command: Command, fragile: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str
) -> None:
    clean = volumes(libvirt_host)
    libvirt_proxy.do_at("storage_vol_upload", lambda: destroy_web(command))
    create = ["instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "-o", "json"]
    answer = fragile.run(*create)
    assert (answer.exit_status, answer.error["code"]) == (5, "conflict"), answer.stderr
    assert answer.error["message"] == "web was destroyed while it was being created"
    assert command.instances() == {}
    assert volumes(libvirt_host) == clean


def test_a_copy_of_a_domain_is_foreign_and_the_original_keeps_its_disk(
    command: Command, libvirt_host: LibvirtHost, image: str
) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    command("instance", "stop", "web", "--power-off")
    xml = libvirt_host.virsh("dumpxml", "--inactive", "web")
    uuid = libvirt_host.virsh("domuuid", "web").strip()
    # As virt-clone does it: another name and uuid in the domain, our metadata with the old uuid as it was, here even the same disk.
    copy = xml.replace("<name>web</name>", "<name>copy</name>").replace(f"<uuid>{uuid}</uuid>", "")
    copy = "\n".join(line for line in copy.splitlines() if "<mac " not in line)
    path = libvirt_host.directory / "copy.xml"
    path.write_text(copy)
    libvirt_host.virsh("define", str(path))
    try:
        (shown,) = [row for row in command("instance", "list", "-o", "json").json if row["name"] == "copy"]
        assert shown["foreign"]
        refused = command.run("instance", "destroy", "copy", "--yes")
        assert refused.exit_status == 5
        # The other way round the disk is in use, and stays.
        refused = command.run("instance", "destroy", "web", "--yes")
        assert refused.exit_status == 5, refused.stderr
        assert "also used by copy" in refused.stderr
        assert any(name.endswith("-root.qcow2") for name in volumes(libvirt_host))
    finally:
        libvirt_host.virsh("undefine", "copy")
    command("instance", "destroy", "web", "--yes")


def test_a_domain_of_somebody_else_can_be_started_and_stopped_but_not_destroyed(
    command: Command, libvirt_host: LibvirtHost
) -> None:
    path = libvirt_host.directory / "foreign.xml"
    path.write_text(
        "<domain type='qemu'><name>foreign</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64'>hvm</type></os></domain>"
    )
    libvirt_host.virsh("define", str(path))
    try:
        command("instance", "start", "foreign")
        command("instance", "stop", "foreign", "--power-off")
        refused = command.run("instance", "destroy", "foreign", "--yes", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (5, "not-allowed")
        assert "not made by dcctl" in refused.error["message"]
        shown = command("instance", "show", "foreign", "-o", "json").json
        assert (shown["foreign"], shown["realm"], shown["hardware"]["memory_mib"]) == (True, None, 64)
    finally:
        libvirt_host.virsh("undefine", "foreign")


def test_a_daemon_that_is_gone_is_named_and_comes_back(command: Command, libvirt_host: LibvirtHost) -> None:
    libvirt_host.kill_daemon()
    try:
        answer = command.run("instance", "list", "-o", "json")
        assert (answer.exit_status, answer.error["code"]) == (7, "unreachable")
        assert "is the daemon running?" in answer.error["hint"]
    finally:
        libvirt_host.start_daemon()
    command("instance", "list")
