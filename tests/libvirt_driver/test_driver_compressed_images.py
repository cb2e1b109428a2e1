"""Compressed images: smaller and the same disk, of guests that are off or run; and what is left when it breaks off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost


def file_of(image: str, host: LibvirtHost) -> Path:
    return host.pool_path / f"dcctl-image-{image}.img"


def qemu_img(verb: str, *paths: Path) -> Any:
    done = subprocess.run(
        ["qemu-img", verb, "--output=json", "-f", "qcow2", *paths], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_a_compressed_image_is_smaller_and_the_same_disk(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    start = ("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--for", "address")
    command(*start)
    (live,) = command("image", "create", "live", "--from", "web", "--live", "--compress", "-o", "json").json
    assert live["description"].startswith("made of web; ")
    command("instance", "stop", "web", "--power-off")
    (plain,) = command("image", "create", "plain", "--from", "web", "-o", "json").json
    (small,) = command("image", "create", "small", "--from", "web", "--compress", "-o", "json").json

    assert (small["state"], small["user"]) == ("available", "root")
    assert small["minimum_storage_gib"] == plain["minimum_storage_gib"] == 1
    for made in (small, live):
        file = file_of(made["name"], libvirt_host)
        assert made["size_bytes"] == file.stat().st_size < plain["size_bytes"]
        assert qemu_img("info", file)["format-specific"]["data"]["compression-type"] == "zstd"
        checked = qemu_img("check", file)
        assert checked["compressed-clusters"] > checked["allocated-clusters"] * 0.9
        assert checked["check-errors"] == 0
    subprocess.run(
        [
            "qemu-img",
            "compare",
            "-f",
            "qcow2",
            "-F",
            "qcow2",
            *(file_of(name, libvirt_host) for name in ("plain", "small")),
        ],
        check=True,
        capture_output=True,
    )
    (copy,) = command("image", "copy", "small", "--to-realm", "lab", "--name", "again", "-o", "json").json
    assert copy["digest"] == small["digest"]
    assert os.listdir(command.home / ".cache" / "dcctl" / "downloads") == []

    command("instance", "create", "--image", "live", "--hwp", "tiny", "--name", "second", "--for", "address")


def test_what_breaks_off_while_it_is_compressed_is_named_and_cleaned_up(
    command: Command, image: str, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    command("instance", "stop", "web", "--power-off")
    before = libvirt_host.virsh("vol-list", "default")
    slow = tmp_path / "bin" / "qemu-img"
    slow.parent.mkdir()
    pid = tmp_path / "pid"
    slow.write_text(f"#!/bin/sh\necho $$ >{pid}.new\nmv {pid}.new {pid}\nexec sleep 100\n")
    slow.chmod(0o755)
    command.environ["PATH"] = f"{slow.parent}:{command.environ['PATH']}"
    words = ("image", "create", "small", "--from", "web", "--compress")

    def begun() -> subprocess.Popen[str]:
        process = command.start(*words)
        while not pid.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        return process

    process = begun()
    pending = command.run("image", "create", "small", "--from", "web", "-o", "json")
    assert (pending.exit_status, "pending" in pending.error["message"]) == (5, True)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert libvirt_host.virsh("vol-list", "default") == before
    assert not Path("/proc", pid.read_text().strip()).exists()
    pid.unlink()

    process = begun()
    process.kill()
    process.communicate()
    os.kill(int(pid.read_text()), signal.SIGKILL)
    states = {row["name"]: row["state"] for row in command("image", "list", "-o", "json").json}
    assert states == {image: "available", "small": "error"}
    command("image", "destroy", "small", "--yes")
    assert libvirt_host.virsh("vol-list", "default") == before
    assert command.instances() == {"web": "stopped"}
