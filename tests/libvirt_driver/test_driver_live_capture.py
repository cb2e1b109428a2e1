"""Images of guests that run: what was written is in them, the guest goes on, and nothing is left of what broke off."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from libvirt_driver.test_driver_guests import over_ssh
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost

CREATE = ["instance", "create", "--hwp", "tiny", "--for", "address", "-o", "json", "--image"]


def test_a_running_guest_is_captured_and_goes_on(
    command: Command, image: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    made = command(*CREATE, image, "--name", "web", "--ssh-key", f"{ssh_key}.pub").json
    address = made["private_addresses"][0]["value"]
    over_ssh(libvirt_host, ssh_key, address, "echo written >/data/note; sync")
    refused = command.run("image", "create", "golden", "--from", "web", "-o", "json")
    assert (refused.exit_status, "--live" in refused.error["hint"]) == (5, True)

    (golden,) = command("image", "create", "golden", "--from", "web", "--live", "-o", "json").json
    assert golden["state"] == "available"
    assert golden["description"].startswith("made of web; ")
    assert "file systems" in golden["description"]
    assert command("image", "show", "golden", "-o", "json").json["description"] == golden["description"]
    listed = {row["name"]: row["description"] for row in command("image", "list", "-o", "json").json}
    assert listed == {image: None, "golden": golden["description"]}
    assert golden["description"] in command("image", "list").stdout
    (unused,) = command("image", "prune", "--older-than", "0s", "--dry-run", "-o", "json").json
    assert unused["description"] == golden["description"]
    over_ssh(libvirt_host, ssh_key, address, "echo goes on >>/data/note")
    assert "vda" not in libvirt_host.virsh("domblklist", "web").replace("vda", "", 1)

    copy = command(*CREATE, "golden", "--name", "copy", "--ssh-key", f"{ssh_key}.pub").json
    there = copy["private_addresses"][0]["value"]
    assert over_ssh(libvirt_host, ssh_key, there, "cat /data/note") == "written\n"

    stopped = command.run("image", "create", "other", "--from", "nobody", "--live")
    assert stopped.exit_status == 4


def test_what_breaks_off_leaves_the_guest_and_nothing_else(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    before = libvirt_host.virsh("vol-list", "default")
    process = command.start("image", "create", "golden", "--from", "web", "--live")
    while "dcctl-image-golden" not in libvirt_host.virsh("vol-list", "default"):
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    if process.returncode == 0:  # it was faster than the signal
        command("image", "destroy", "golden", "--yes")
    assert libvirt_host.virsh("vol-list", "default") == before
    assert command.instances() == {"web": "running"}

    process = command.start("image", "create", "golden", "--from", "web", "--live")
    while "dcctl-image-golden" not in libvirt_host.virsh("vol-list", "default"):
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 30
    while command.run("image", "destroy", "golden", "--yes", "--ignore-missing").exit_status:
        assert time.monotonic() < deadline
    # The guest may still write into a mirror that nobody looks at any more; the next one takes its place.
    command("image", "create", "golden", "--from", "web", "--live")
    assert command.instances() == {"web": "running"}


def test_a_copy_that_somebody_else_makes_of_the_disk_is_left_alone(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    virsh = libvirt_host.virsh
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    virsh("vol-create-as", "default", "theirs", "1GiB", "--format", "qcow2")
    theirs = virsh("vol-path", "theirs", "--pool", "default").strip()
    before = virsh("vol-list", "default")
    virsh("blockcopy", "web", "vda", theirs, "--reuse-external", "--transient-job")
    try:
        refused = command.run("image", "create", "golden", "--from", "web", "--live", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (5, "conflict")
        assert theirs in virsh("dumpxml", "web")
        assert virsh("vol-list", "default") == before
    finally:
        virsh("blockjob", "web", "vda", "--abort")
        virsh("vol-delete", "theirs", "--pool", "default")
