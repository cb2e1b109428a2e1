"""Snapshots of real guests: memory and disk go back, and nothing is left when the instance goes."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, When
from libvirt_driver.test_driver_guests import over_ssh, until_its_agent_is_there
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--hwp", "tiny", "--name", "web"]


def names(command: Command) -> list[str]:
    return command("snapshot", "list", "web", "-q").stdout.split()


def test_a_running_guest_goes_back_with_its_memory_and_its_disk(
    command: Command, image: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    """dsoxlab#127: snapshots that never work, and a command that succeeds all the same"""
    words = ["--image", image, "--ssh-key", f"{ssh_key}.pub", "--for", "address", "--label", "age=old", "-o", "json"]
    made = command(*CREATE, *words).json
    address = made["private_addresses"][0]["value"]
    over_ssh(libvirt_host, ssh_key, address, "echo before >/data/note; echo before >/tmp/memory; sync")
    until_its_agent_is_there(libvirt_host, "web")
    over_ssh(libvirt_host, ssh_key, address, "date -s 2001-01-01")
    (first,) = command("snapshot", "create", "web", "first", "--description", "„before“", "-o", "json").json
    assert (first["state"], first["current"], first["description"]) == ("running", True, "„before“")
    over_ssh(libvirt_host, ssh_key, address, "echo after >/data/note; echo after >/tmp/memory; sync")
    command("instance", "label", "web", "age=new")
    command("instance", "protect", "web")
    (row,) = command("snapshot", "revert", "web", "first", "--yes", "-o", "json").json
    assert (row["state"], row["labels"], row["protected"]) == ("running", {"age": "new"}, True)
    assert over_ssh(libvirt_host, ssh_key, address, "cat /data/note /tmp/memory") == "before\nbefore\n"
    assert abs(int(over_ssh(libvirt_host, ssh_key, address, "date +%s")) - time.time()) < 60
    command("instance", "unprotect", "web")


def test_a_stopped_guest_goes_back_from_any_state_and_is_not_renamed_meanwhile(command: Command, image: str) -> None:
    command(*CREATE, "--image", image, "--no-wait")
    command("instance", "stop", "web", "--power-off")
    for name in ("one", "two"):
        command("snapshot", "create", "web", name)
    for words in (["rename", "web", "shop"], ["resize", "web", "--hwp", "roomy", "--storage", "2GiB"]):
        for dry_run in (["--dry-run"], []):
            refused = command.run("instance", *words, *dry_run)
            assert (refused.exit_status, "has 2 snapshots" in refused.stderr) == (5, True)
    command("instance", "start", "web")
    command("instance", "suspend", "web")
    (row,) = command("snapshot", "revert", "web", "one", "--yes", "-o", "json").json
    assert row["state"] == "stopped"
    current = {each["name"]: each["current"] for each in command("snapshot", "list", "web", "-o", "json").json}
    assert current == {"one": True, "two": False}
    command("snapshot", "destroy", "web", "one", "two", "--yes")
    assert names(command) == []
    command("instance", "rename", "web", "shop")


def test_an_instance_with_snapshots_is_destroyed_and_leaves_nothing(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    """kcli#162: a guest with snapshots breaks the list"""
    command(*CREATE, "--image", image, "--no-wait")
    command("snapshot", "create", "web", "first")
    assert command.instances() == {"web": "running"}
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert "web" not in libvirt_host.virsh("list", "--all", "--name").split()
    command(*CREATE, "--image", image, "--no-wait")
    assert names(command) == []


def test_a_guest_with_a_volume_of_its_owner_s_is_refused(command: Command, image: str) -> None:
    command(*CREATE, "--image", image, "--no-wait")
    command("volume", "create", "data", "--size", "1GiB")
    try:
        command("instance", "stop", "web", "--power-off")
        command("volume", "attach", "data", "web")
        for dry_run in (["--dry-run"], []):
            refused = command.run("snapshot", "create", "web", "first", *dry_run)
            assert (refused.exit_status, "detach it first" in refused.stderr) == (5, True)
        assert names(command) == []
    finally:
        command("volume", "detach", "data")
        command("volume", "destroy", "data", "--yes")


@pytest.mark.parametrize("verb", ["create", "revert"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_writing_call_it_leaves_an_instance_that_works_and_goes(
    command: Command,
    libvirt_proxy: LibvirtProxy,
    libvirt_host: LibvirtHost,
    image: str,
    tmp_path: Path,
    verb: str,
    when: When,
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    command(*CREATE, "--image", image, "--no-wait")
    command("instance", "stop", "web", "--power-off")
    command("snapshot", "create", "web", "base")
    words = (
        ["snapshot", "create", "web", "next"] if verb == "create" else ["snapshot", "revert", "web", "base", "--yes"]
    )
    for position in range(1, MOST_WRITES):
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run(*words)
        if libvirt_proxy.sprung is None:
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        assert command.instances() == {"web": "stopped"}
        command("snapshot", "destroy", "web", "next", "--yes", "--ignore-missing")
    assert position > 1
    command("instance", "start", "web", "--no-wait")
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert "web" not in libvirt_host.virsh("list", "--all", "--name").split()
