"""The main job with what people really start: a whole Debian, with systemd, cloud-init, OpenSSH and QEMU's agent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from libvirt_host import debian_image
from libvirt_host.command import InsideCommand
from libvirt_host.host import LibvirtHost
from libvirt_host.program import GuestUnavailable
from libvirt_host.requirement import require

BOOTS = 600
"""Seconds that the first boot may take without KVM, with other tests beside it; some 90 on an idle machine."""

ROOM = ["--hwp", "roomy", "--memory", "768MiB", "--storage", "3GiB"]


@pytest.fixture(scope="module")
def debian() -> Path:
    try:
        return debian_image.build()
    except GuestUnavailable as exc:
        require(str(exc))


@pytest.fixture
def dcctl(libvirt_host: LibvirtHost, tmp_path: Path) -> Iterator[InsideCommand]:
    """dcctl where guests can be reached; afterwards nothing of what it made is left."""
    command = InsideCommand(tmp_path / "home", {"lab": {"uri": libvirt_host.uri}}, libvirt_host)
    yield command
    names = [row["name"] for row in command("instance", "list", "-o", "json").json]
    if names:
        command("instance", "destroy", *names, "--force", "--power-off", "--yes")
    images = [row["name"] for row in command("image", "list", "-o", "json").json]
    if images:
        command("image", "destroy", *images, "--yes")
    assert libvirt_host.virsh("vol-list", "default").count("dcctl-") == 0


def test_a_whole_debian_from_its_first_boot_to_a_graceful_stop(
    dcctl: InsideCommand, debian: Path, ssh_key: Path, tmp_path: Path
) -> None:
    patiently = partial(dcctl, timeout=BOOTS + 60)
    script = tmp_path / "first-boot"
    script.write_text("#!/bin/sh\necho was here >/srv/first-boot\n")
    patiently("image", "import", str(debian), "--name", "debian", "--user", "debian")
    options = ["--name", "web", "--ssh-key", f"{ssh_key}.pub", "--user-data", str(script), "--console-log"]
    made = patiently("instance", "create", "--image", "debian", *ROOM, *options, "-o", "json").json
    wait = ["instance", "wait", "web", "--for", "cloud-init", "-i", str(ssh_key), "--timeout", f"{BOOTS}s"]
    patiently(*wait)

    # cloud-init did what was asked: name, account and key, script, the root file system as large as the disk; the host key is the pinned one.
    look = "hostname; id -un; cat /srv/first-boot; df --output=size -BM / | tail -1 | tr -d ' M'; cat /etc/machine-id"
    name, user, script_said, size, machine = patiently(
        "instance", "ssh", "web", "-i", str(ssh_key), "--", look
    ).stdout.split("\n")[:5]
    assert (name, user, script_said) == ("web", "debian", "was here")
    assert int(size) > 2500
    # systemd takes it from the machine's uuid, which is the instance's id.
    assert machine == made["id"].replace("-", "")

    # Its agent runs programs and holds file systems still, without a key.
    assert patiently("instance", "exec", "web", "--", "systemctl", "is-active", "ssh").stdout == "active\n"
    (tmp_path / "note").write_text("over scp\n")
    patiently("instance", "cp", "-i", str(ssh_key), str(tmp_path / "note"), "web:/tmp/note")
    assert patiently("instance", "exec", "web", "--", "cat", "/tmp/note").stdout == "over scp\n"
    (captured,) = patiently("image", "create", "--from", "web", "copy", "--live", "-o", "json").json
    assert "held still" in captured["description"]

    assert "cloud-init" in patiently("instance", "logs", "web").stdout
    patiently("instance", "stop", "web", "--timeout", "5m")
    assert patiently("instance", "show", "web", "-o", "json").json["state"] == "stopped"
