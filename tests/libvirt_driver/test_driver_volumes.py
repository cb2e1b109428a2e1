"""Volumes on a real libvirtd: plugged into a running guest, grown under it, taken away again; killed clients leave what can be removed."""

from __future__ import annotations

import signal
from pathlib import Path
from time import sleep

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, When, volumes
from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["volume", "create", "data", "--size", "1GiB"]


def after(calls: list[str], name: str) -> list[str]:
    """What was called after the first call of that name."""
    return calls[calls.index(name) + 1 :] if name in calls else []


def sectors(host: LibvirtHost, key: Path, address: str) -> list[str]:
    """The sizes of the guest's disks but for the first two, in sectors of 512 bytes."""
    return over_ssh(host, key, address, "cat /sys/block/vd[c-z]/size 2>/dev/null; true").split()


def test_a_running_guest_gets_a_disk_sees_it_grow_and_lets_go_of_it(
    command: Command, image: str, ssh_key: Path, libvirt_host: LibvirtHost
) -> None:
    clean = volumes(libvirt_host)
    key = ["--ssh-key", f"{ssh_key}.pub", "--for", "address"]
    web = command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", *key, "-o", "json").json
    address = web["private_addresses"][0]["value"]
    command(*CREATE)
    assert sectors(libvirt_host, ssh_key, address) == []
    (attached,) = command("volume", "attach", "data", "web", "-o", "json").json
    assert (attached["state"], attached["instance"], attached["device"]) == ("in-use", "web", "vdc")
    assert sectors(libvirt_host, ssh_key, address) == [str(1 << 21)]
    command("volume", "resize", "data", "--size", "2GiB")
    assert sectors(libvirt_host, ssh_key, address) == [str(2 << 21)]
    refused = command.run("volume", "destroy", "data", "--yes")
    assert refused.exit_status == 5
    assert "web" in refused.stderr
    command("volume", "detach", "data")
    assert sectors(libvirt_host, ssh_key, address) == []
    command("volume", "attach", "data", "web")
    command("instance", "stop", "web", "--power-off")
    command("instance", "start", "web")
    assert command("volume", "show", "data", "-o", "json").json["instance"] == "web"
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    left = command("volume", "show", "data", "-o", "json").json
    assert (left["state"], left["size_gib"]) == ("available", 2)
    command("volume", "destroy", "data", "--yes")
    assert volumes(libvirt_host) == clean


def test_a_guest_that_cannot_let_go_keeps_its_disk(command: Command, image: str) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    command(*CREATE)
    try:
        command("volume", "attach", "data", "web")
        command("instance", "suspend", "web")
        refused = command.run("volume", "detach", "data")
        assert refused.exit_status == 5
        assert "suspended" in refused.stderr
        assert command("volume", "show", "data", "-o", "json").json["instance"] == "web"
    finally:
        command("instance", "destroy", "web", "--force", "--power-off", "--yes")
        command("volume", "destroy", "data", "--yes")


def test_a_guest_that_never_lets_go_can_be_asked_again_until_it_is_stopped(
    command: Command, bare_image: Path, libvirt_host: LibvirtHost, libvirt_proxy: LibvirtProxy, tmp_path: Path
) -> None:
    """Ctrl-C ends the waiting: the definition has no such disk any more then, and the guest still has."""
    watched = Command(tmp_path / "watched", {"lab": {"uri": libvirt_proxy.uri}})
    command("image", "import", str(bare_image), "--name", "bare")
    command("instance", "create", "--image", "bare", "--hwp", "tiny", "--name", "web", "--no-wait")
    command(*CREATE)
    command("volume", "attach", "data", "web")
    for _ in range(2):
        libvirt_proxy.reset()
        asking = watched.start("volume", "detach", "data")
        # The guest has been asked, and it is looked whether it has let go.
        while "connect_get_all_domain_stats" not in after(libvirt_proxy.names, "domain_detach_device_flags"):
            assert asking.poll() is None
            sleep(0.05)
        assert "dcctl-volume-data" not in libvirt_host.virsh("dumpxml", "web", "--inactive")
        asking.send_signal(signal.SIGINT)
        _, errors = asking.communicate(timeout=30)
        assert asking.returncode == -signal.SIGINT, errors
        assert "to let go of the volume data. It is detached as soon as the guest does, or is stopped" in errors
        assert command("volume", "show", "data", "-o", "json").json["instance"] == "web"
    command("instance", "stop", "web", "--power-off")
    assert command("volume", "show", "data", "-o", "json").json["instance"] is None
    command("volume", "destroy", "data", "--yes")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("verb", ["create", "resize", "destroy"])
def test_killed_at_any_writing_call_it_leaves_what_destroy_removes(
    command: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, tmp_path: Path, when: When, verb: str
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    words = {
        "create": CREATE,
        "resize": ["volume", "resize", "data", "--size", "3GiB"],
        "destroy": ["volume", "destroy", "data", "--yes"],
    }[verb]
    remove = ["volume", "destroy", "data", "--yes", "--ignore-missing"]
    for position in range(1, MOST_WRITES):
        if verb != "create":
            command(*CREATE)
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run(*words)
        if libvirt_proxy.sprung is None:
            assert answer.exit_status == 0, answer.stderr
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        left = command("volume", "list", "-o", "json").json
        if verb == "resize":
            assert [each["state"] for each in left] == ["available"]
            command(*words)  # what was interrupted can be finished
            assert [each["size_gib"] for each in command("volume", "list", "-o", "json").json] == [3]
        command(*remove)
        assert volumes(libvirt_host) == set(), libvirt_proxy.sprung.name
    assert position > 2
    command(*remove)
    assert volumes(libvirt_host) == set()
