"""``image import`` of other formats with libvirt's simulated hypervisor: what is published is what libvirt can use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from libvirt_host.command import Command


@pytest.fixture
def simulated(tmp_path: Path) -> Command:
    return Command(tmp_path / "home", {"lab": {"uri": "test:///default", "pool": "default-pool"}})


@pytest.mark.parametrize("options", [["-f", "vmdk", "-o", "subformat=streamOptimized"], ["-f", "vdi"], ["-f", "vhdx"]])
def test_an_image_of_another_format_is_converted_and_published(
    simulated: Command, tmp_path: Path, options: list[str]
) -> None:
    disk = tmp_path / "disk.img"
    subprocess.run(["qemu-img", "create", "-q", *options, disk, "512M"], check=True)
    subprocess.run(["xz", "-k", disk], check=True)
    (image,) = simulated("image", "import", f"{disk}.xz", "-o", "json").json
    assert (image["name"], image["state"], image["minimum_storage_gib"]) == ("disk", "available", 1)


def test_an_image_that_no_profile_could_hold_is_refused(simulated: Command, tmp_path: Path) -> None:
    disk = tmp_path / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "61G"], check=True)
    answer = simulated.run("image", "import", str(disk), "-o", "json")
    assert answer.exit_status == 2
    assert answer.error["message"].endswith("is a disk of 61 GiB, and no hardware profile has more than 60 GiB")


def test_a_dry_run_looks_at_a_file_that_is_here(simulated: Command, tmp_path: Path) -> None:
    disk = tmp_path / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "2G"], check=True)
    (image,) = simulated("image", "import", str(disk), "--dry-run", "-o", "json").json
    assert (image["state"], image["minimum_storage_gib"]) == ("pending", 2)
    disk.write_bytes(disk.read_bytes()[:40])
    assert "damaged" in simulated.run("image", "import", str(disk), "--dry-run").stderr


def test_a_digest_is_that_of_the_file_as_it_came_and_is_checked_before_it_is_unpacked(
    simulated: Command, tmp_path: Path
) -> None:
    disk = tmp_path / "disk.vdi"
    subprocess.run(["qemu-img", "create", "-q", "-f", "vdi", disk, "512M"], check=True)
    subprocess.run(["gzip", disk], check=True)
    packed = f"{disk}.gz"
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(subprocess.run(["sha256sum", packed], check=True, capture_output=True, text=True).stdout)
    simulated("image", "import", packed, "--digest-from", str(sums))
    wrong = simulated.run("image", "import", packed, "--sha256", "0" * 64, "-o", "json")
    assert (wrong.exit_status, wrong.error["code"]) == (2, "usage")
    assert "is not the file that was meant" in wrong.error["message"]
