"""Compressed images: smaller and the same disk, of guests that are off or run."""

from __future__ import annotations

import json
import os
import subprocess
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
