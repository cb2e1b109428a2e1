"""Root disks that are copies of their image on a real libvirtd: whole, of the size asked for, and independent; interrupted, nothing is left."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from libvirt_driver.test_driver_faults import MOST_WRITES, When, volumes
from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--image", "tiny", "--hwp", "roomy", "--storage", "2GiB"]
GIB = 1 << 30


def on_disk(host: LibvirtHost, instance: dict[str, Any], ending: str) -> dict[str, Any]:
    """What qemu-img says of the root disk, also while QEMU has it open."""
    path = host.pool_path / f"dcctl-{instance['id']}-root.{ending}"
    found: dict[str, Any] = json.loads(host.run(["qemu-img", "info", "-U", "--output", "json", str(path)]).stdout)
    return found


def test_copies_are_whole_and_need_no_image(
    command: Command, libvirt_host: LibvirtHost, image: str, ssh_key: Path
) -> None:
    raw_words = ["--disk-mode", "raw", "--ssh-key", f"{ssh_key}.pub", "--for", "address"]
    raw = command(*CREATE, "--name", "raw", *raw_words, "-o", "json").json
    full = command(*CREATE, "--name", "full", "--disk-mode", "full", "-o", "json").json
    assert (full["disk_mode"], raw["disk_mode"]) == ("full", "raw")
    for instance, ending in ((full, "qcow2"), (raw, "raw")):
        info = on_disk(libvirt_host, instance, ending)
        assert (info["format"], info["virtual-size"], info.get("backing-filename")) == (ending, 2 * GIB, None)
    command("image", "destroy", image, "--yes")
    address = raw["private_addresses"][0]["value"]
    assert over_ssh(libvirt_host, ssh_key, address, "cat /sys/block/vda/size") == f"{2 * GIB // 512}\n"

    # What can be done with them later.
    command("instance", "resize", "raw", "--storage", "3GiB")
    assert on_disk(libvirt_host, raw, "raw")["virtual-size"] == 3 * GIB
    refused = command.run("snapshot", "create", "raw", "before", "-o", "json")
    assert (refused.exit_status, refused.error["code"]) == (6, "not-supported")
    assert "--disk-mode" in refused.error["hint"]
    command("instance", "stop", "raw", "full", "--power-off")
    command("snapshot", "create", "full", "before")
    (copy,) = command("instance", "clone", "raw", "raw-2", "-o", "json").json
    assert (copy["disk_mode"], on_disk(libvirt_host, copy, "raw")["virtual-size"]) == ("raw", 3 * GIB)
    command("image", "create", "golden", "--from", "raw")
    command("instance", "start", "raw-2", "--no-wait")


@pytest.mark.parametrize("when", ["before", "after"])
def test_create_killed_at_any_writing_call(
    command: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str, tmp_path: Path, when: When
) -> None:
    assert image
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    bare = volumes(libvirt_host)
    seen = set()
    for position in range(1, MOST_WRITES):
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run(*CREATE, "--name", "web", "--disk-mode", "raw")
        if libvirt_proxy.sprung is None:
            break
        seen.add(libvirt_proxy.sprung.name)
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        command("instance", "destroy", "web", "--force", "--power-off", "--yes", "--ignore-missing")
        assert volumes(libvirt_host) == bare, libvirt_proxy.sprung.name
    assert {"storage_vol_create_xml_from", "storage_vol_resize"} <= seen
    assert command.instances() == {"web": "running"}


def test_ctrl_c_while_the_image_is_copied_leaves_nothing(
    command: Command, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.raw"
    noise.write_bytes(bytes(510) + b"\x55\xaa" + os.urandom(96 << 20))
    command("image", "import", str(noise))
    bare = volumes(libvirt_host)
    words = ["--hwp", "tiny", "--name", "web", "--disk-mode", "full"]
    creator = command.start("-v", "instance", "create", "--image", "noise", *words)
    assert creator.stderr is not None
    while "web: disk" not in (line := creator.stderr.readline()):
        assert line
    creator.send_signal(signal.SIGINT)
    _, errors = creator.communicate(timeout=60)
    assert creator.returncode == -signal.SIGINT, errors
    assert "web: seed" not in errors
    assert command.instances() == {}
    assert volumes(libvirt_host) == bare
