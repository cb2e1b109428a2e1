"""Copies of real guests: what is on the disk is there, the rest is the copy's own, and nothing is left when it is interrupted."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, When
from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--hwp", "tiny", "--name", "web", "--image"]


def volumes(host: LibvirtHost) -> set[str]:
    return {line.split()[0] for line in host.virsh("vol-list", "default").splitlines()[2:] if line.strip()}


def shown_host_key(host: LibvirtHost, address: str) -> str:
    """What a guest's ssh says who it is, once it answers."""
    deadline = time.monotonic() + 60
    while True:
        words = host.run(["ssh-keyscan", "-T", "2", "-t", "ed25519", address]).stdout.split()
        if len(words) >= 3:
            return f"{words[-2]} {words[-1]}"
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_clone_has_the_same_disk_and_addresses_and_a_host_key_of_its_own(
    command: Command, image: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    """multipass#208, multipass#4271: no snapshots; clones that fail for some images"""
    words = [image, "--ssh-key", f"{ssh_key}.pub", "--for", "address", "-o", "json"]
    made = command(*CREATE, *words).json
    address = made["private_addresses"][0]["value"]
    over_ssh(libvirt_host, ssh_key, address, "echo kept >/data/note; sync")
    command("instance", "stop", "web")
    (copy,) = command("instance", "clone", "web", "web-2", "-o", "json").json
    assert (copy["state"], copy["image"], copy["hardware"]) == ("stopped", image, made["hardware"])
    assert copy["host_keys"] != made["host_keys"]
    disks = [str(libvirt_host.pool_path / f"dcctl-{each['id']}-root.qcow2") for each in (made, copy)]
    compared = libvirt_host.run(["qemu-img", "compare", *disks])
    assert compared.returncode == 0, compared.stdout + compared.stderr
    command("instance", "start", "web", "--no-wait")
    command("instance", "start", "web-2", "--no-wait")
    (found,) = command("instance", "wait", "web-2", "--for", "address", "-o", "json").json
    other = found["private_addresses"][0]["value"]
    assert other != address
    assert shown_host_key(libvirt_host, other) in copy["host_keys"]
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    command("instance", "stop", "web-2", "--power-off")
    command("image", "destroy", image, "--yes")  # the copy does not need it
    command("instance", "start", "web-2", "--no-wait")
    assert command.instances() == {"web-2": "running"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_writing_call_it_leaves_what_destroy_removes(
    command: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str, tmp_path: Path, when: When
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    command(*CREATE, image, "--no-wait")
    command("instance", "stop", "web", "--power-off")
    before = volumes(libvirt_host)
    for position in range(1, MOST_WRITES):
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run("instance", "clone", "web", "web-2")
        if libvirt_proxy.sprung is None:
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        command("instance", "destroy", "web-2", "--force", "--power-off", "--yes", "--ignore-missing")
        assert command.instances() == {"web": "stopped"}, libvirt_proxy.sprung.name
        assert volumes(libvirt_host) == before, libvirt_proxy.sprung.name
    assert position > 4
    assert command.instances() == {"web": "stopped", "web-2": "stopped"}
