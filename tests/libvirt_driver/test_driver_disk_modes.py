"""Root disks that are copies of their image on a real libvirtd: whole, of the size asked for, and independent; interrupted, nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from libvirt_driver.test_driver_faults import MOST_WRITES, volumes
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

CREATE = ["instance", "create", "--image", "tiny", "--hwp", "roomy", "--storage", "1GiB"]
GIB = 1 << 30


def on_disk(host: LibvirtHost, instance: dict[str, Any], ending: str) -> dict[str, Any]:
    """What qemu-img says of the root disk, also while QEMU has it open."""
    path = host.pool_path / f"dcctl-{instance['id']}-root.{ending}"
    found: dict[str, Any] = json.loads(host.run(["qemu-img", "info", "-U", "--output", "json", str(path)]).stdout)
    return found


def test_copies_have_the_size_asked_for_and_need_no_image(
    command: Command, libvirt_host: LibvirtHost, image: str
) -> None:
    """vagrant-libvirt#352: disks that grow slowly since they hold only what differs from the image"""
    raw = command(*CREATE, "--name", "raw", "--disk-mode", "raw", "-o", "json").json
    full = command(*CREATE, "--name", "full", "--disk-mode", "full", "-o", "json").json
    assert (full["disk_mode"], raw["disk_mode"]) == ("full", "raw")
    for instance, ending in ((full, "qcow2"), (raw, "raw")):
        info = on_disk(libvirt_host, instance, ending)
        assert (info["format"], info["virtual-size"], info.get("backing-filename")) == (ending, GIB, None)
    command("image", "destroy", image, "--yes")

    # What can be done with them later.
    refused = command.run("snapshot", "create", "raw", "before", "-o", "json")
    assert (refused.exit_status, refused.error["code"]) == (6, "not-supported")
    assert "--disk-mode" in refused.error["hint"]
    command("instance", "stop", "raw", "full", "--power-off")
    command("snapshot", "create", "full", "before")
    command("image", "create", "golden", "--from", "raw")
    command("instance", "resize", "raw", "--storage", "3GiB")
    assert on_disk(libvirt_host, raw, "raw")["virtual-size"] == 3 * GIB
    command("instance", "start", "raw", "full", "--no-wait")


def test_a_copy_that_does_not_fit_leaves_nothing(
    libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path, command: Command
) -> None:
    assert command is not None
    path = libvirt_host.small_pool("small", 40)
    try:
        dcctl = Command(tmp_path / "small", {"lab": {"uri": libvirt_host.uri, "pool": "small"}})
        dcctl("image", "import", str(image_file))
        before = libvirt_host.run(["ls", str(path)]).stdout
        full = dcctl.run(*CREATE, "--name", "web", "--disk-mode", "full", "-o", "json")
        assert (full.exit_status, full.error["code"]) == (10, "capacity"), full.stderr
        assert dcctl.instances() == {}
        assert libvirt_host.run(["ls", str(path)]).stdout == before
        dcctl("image", "destroy", "tiny", "--yes")
    finally:
        libvirt_host.remove_small_pool("small")


def test_create_killed_after_any_writing_call(
    command: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, image: str, tmp_path: Path
) -> None:
    assert image
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    bare = volumes(libvirt_host)
    seen = set()
    for position in range(1, MOST_WRITES):
        libvirt_proxy.kill_client_at(position, when="after")
        answer = fragile.run(*CREATE, "--name", "web", "--disk-mode", "raw")
        if libvirt_proxy.sprung is None:
            break
        seen.add(libvirt_proxy.sprung.name)
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        command("instance", "destroy", "web", "--force", "--power-off", "--yes", "--ignore-missing")
        assert volumes(libvirt_host) == bare, libvirt_proxy.sprung.name
    assert {"storage_vol_create_xml_from", "storage_vol_delete"} <= seen
    assert command.instances() == {"web": "running"}


def test_ctrl_c_while_the_image_is_copied_leaves_nothing(
    command: Command, libvirt_host: LibvirtHost, libvirt_proxy: LibvirtProxy, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.raw"
    noise.write_bytes(bytes(510) + b"\x55\xaa" + os.urandom(96 << 20))
    command("image", "import", str(noise))
    bare = volumes(libvirt_host)
    words = ["--hwp", "tiny", "--name", "web", "--disk-mode", "full"]
    proxied = Command(tmp_path / "proxied", {"lab": {"uri": libvirt_proxy.uri}})
    started: list[subprocess.Popen[str]] = []

    def press_ctrl_c() -> None:
        started[0].send_signal(signal.SIGINT)
        time.sleep(0.5)  # the daemon gets the call only then: copying may take less than it takes to be heard

    libvirt_proxy.do_at("storage_vol_create_xml_from", press_ctrl_c)
    started.append(proxied.start("-v", "instance", "create", "--image", "noise", *words))
    _, errors = started[0].communicate(timeout=60)
    assert started[0].returncode == -signal.SIGINT, errors
    assert "web: disk" in errors
    assert "web: seed" not in errors
    assert command.instances() == {}
    assert volumes(libvirt_host) == bare
