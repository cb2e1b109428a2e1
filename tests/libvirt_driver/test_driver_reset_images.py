"""Images without what makes a system one machine, by real guestfish; and what is left when a disk is not rewritten to its end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from libvirt_host import appliance, system_disk
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost
from libvirt_host.requirement import require
from requirement import program as found_program


@pytest.fixture
def with_guestfish(command: Command) -> Command:
    found_program("guestfish", "apt install guestfish")
    try:
        command.environ.update(appliance.variables())
    except appliance.ApplianceUnavailable as exc:
        require(str(exc))
    return command


def test_a_reset_image_has_all_but_what_makes_it_one_machine(
    with_guestfish: Command, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    command, disk = with_guestfish, tmp_path / "system.raw"
    system_disk.write(disk)
    command("image", "import", str(disk), "--name", "system")
    command("instance", "create", "--image", "system", "--hwp", "tiny", "--name", "web", "--no-wait")
    command("instance", "stop", "web", "--power-off")
    words = ("image", "create", "golden", "--from", "web", "--reset", "-o", "json")
    dry_run = command(*words, "--dry-run")
    (planned,) = dry_run.json
    assert "be reset, and go back" in dry_run.stderr
    assert planned["description"] == "made of web; reset: no machine-id, ssh host keys and cloud-init state"

    (made,) = command(*words, timeout=600).json
    assert (made["state"], made["description"]) == ("available", planned["description"])
    raw, files = tmp_path / "golden.raw", tmp_path / "files"
    file = libvirt_host.pool_path / "dcctl-image-golden.img"
    subprocess.run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", file, raw], check=True)
    system_disk.read(raw, files)
    assert {str(path.relative_to(files)): path.read_text() for path in files.rglob("*") if path.is_file()} == {
        **system_disk.SYSTEM,
        "etc/machine-id": "",
        "etc/hostname": system_disk.JOURNALED,
    }
    assert os.listdir(files / "var/lib/cloud") == []
    assert os.listdir(command.home / ".cache" / "dcctl" / "downloads") == []
    command("instance", "create", "--image", "golden", "--hwp", "tiny", "--name", "second", "--no-wait")


@pytest.mark.parametrize(("option", "program"), [("--compress", "qemu-img"), ("--reset", "guestfish")])
def test_what_breaks_off_while_it_is_rewritten_is_named_and_cleaned_up(
    command: Command, image: str, libvirt_host: LibvirtHost, tmp_path: Path, option: str, program: str
) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    command("instance", "stop", "web", "--power-off")
    before = libvirt_host.virsh("vol-list", "default")
    slow = tmp_path / "bin" / program
    slow.parent.mkdir()
    pid = tmp_path / "pid"
    slow.write_text(f"#!/bin/sh\necho $$ >{pid}.new\nmv {pid}.new {pid}\nexec sleep 100\n")
    slow.chmod(0o755)
    command.environ["SUPERMIN_KERNEL"] = "/not/looked/for"
    command.environ["TMPDIR"] = str(tmp_path)  # a killed one leaves the empty folder for guestfish's sockets
    command.environ["PATH"] = f"{slow.parent}:{command.environ['PATH']}"
    words = ("image", "create", "small", "--from", "web", option)

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
    found = {row["check"]: row["resource"] for row in command.run("doctor", "-o", "json").json}
    downloads = command.home / ".cache" / "dcctl" / "downloads"
    assert (found["left image"], found["left files"]) == ("small", str(downloads))
    command("doctor", "--fix", "--yes")
    assert libvirt_host.virsh("vol-list", "default") == before
    assert os.listdir(downloads) == []
    assert command.instances() == {"web": "stopped"}
