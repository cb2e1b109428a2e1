"""Other sizes for real guests: the disk at once, processors and memory with the next start."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, When
from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--hwp", "roomy", "--name", "web", "--image"]


def hardware(command: Command) -> tuple[int, int, int]:
    found = command("instance", "show", "web", "-o", "json").json["hardware"]
    return found["cpu"], found["memory_mib"], found["storage_gib"]


def waiting(command: Command) -> list[str] | None:
    found: list[str] | None = command("instance", "show", "web", "-o", "json").json["at_next_start"]
    return found


def test_a_running_guest_gets_its_disk_at_once_and_the_rest_with_the_next_start(
    command: Command, image: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    words = [image, "--ssh-key", f"{ssh_key}.pub", "--for", "address", "-o", "json"]
    address = command(*CREATE, *words).json["private_addresses"][0]["value"]
    cpu, memory, storage = hardware(command)
    command("instance", "list")  # the index knows the old size
    over_ssh(libvirt_host, ssh_key, address, "true")
    more = ["--cpu", str(cpu + 1), "--memory", f"{memory + 64}MiB", "--storage", f"{storage + 1}GiB"]
    assert "cpu and memory from its next start on" in command("instance", "resize", "web", *more, "-n").stderr
    resized = command("instance", "resize", "web", *more)
    assert "cpu and memory of web will change" in resized.stderr
    sectors = int(over_ssh(libvirt_host, ssh_key, address, "cat /sys/block/vda/size"))
    assert sectors * 512 == (storage + 1) << 30
    assert over_ssh(libvirt_host, ssh_key, address, "grep -c ^processor /proc/cpuinfo") == f"{cpu}\n"
    assert hardware(command) == (cpu + 1, memory + 64, storage + 1)
    assert waiting(command) == ["cpu", "memory_mib"]
    (row,) = command("instance", "list", "-c", "name,cpu,storage_gib", "-o", "csv", "--no-header").stdout.splitlines()
    assert row == f"web,{cpu + 1},{storage + 1}"
    command("instance", "stop", "web", "--power-off")
    assert waiting(command) == []
    command("instance", "start", "web")
    assert waiting(command) == []
    assert over_ssh(libvirt_host, ssh_key, address, "grep -c ^processor /proc/cpuinfo") == f"{cpu + 1}\n"
    command("instance", "stop", "web", "--power-off")
    assert "will change" not in command("instance", "resize", "web", "--cpu", str(cpu)).stderr
    assert f"CPU(s): {cpu}" in " ".join(libvirt_host.virsh("dominfo", "web").split())


def test_an_instance_with_snapshots_keeps_its_size(command: Command, image: str) -> None:
    command(*CREATE, image, "--no-wait")
    before = hardware(command)
    command("snapshot", "create", "web", "first")
    refused = command.run("instance", "resize", "web", "--cpu", "2")
    assert (refused.exit_status, "has 1 snapshot" in refused.stderr) == (5, True)
    assert hardware(command) == before


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_writing_call_the_same_command_completes_it(
    command: Command, libvirt_proxy: LibvirtProxy, image: str, tmp_path: Path, libvirt_host: LibvirtHost, when: When
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    command(*CREATE, image, "--no-wait")
    command("instance", "stop", "web", "--power-off")
    cpu, memory, storage = hardware(command)
    for position in range(1, MOST_WRITES):
        cpu, memory, storage = 3 - cpu, memory + 16, storage + 1
        words = ["--cpu", str(cpu), "--memory", f"{memory}MiB", "--storage", f"{storage}GiB"]
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run("instance", "resize", "web", *words)
        if libvirt_proxy.sprung is None:
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        command("instance", "resize", "web", *words)
        assert hardware(command) == (cpu, memory, storage)
        assert f"CPU(s): {cpu}" in " ".join(libvirt_host.virsh("dominfo", "web").split())
    assert position > 3
    command("instance", "start", "web", "--no-wait")
