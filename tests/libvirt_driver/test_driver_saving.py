"""Guests whose memory is on disk: they go on where they were, and whatever would be lost or would spoil them is refused."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING, cast

import pytest

from dcctl.errors import Cancelled
from dcctl.job import Job
from dcctl_drivers.libvirt import clock, saving
from libvirt_driver.test_driver_guests import over_ssh, until_its_agent_is_there

if TYPE_CHECKING:
    from pathlib import Path

    import libvirt

    from libvirt_host.command import Command
    from libvirt_host.host import LibvirtHost

CREATE = ["instance", "create", "--hwp", "tiny", "--name", "web"]
SAVES = "/var/lib/libvirt/qemu/save"


def saved_files(host: LibvirtHost) -> list[str]:
    return host.run(["ls", SAVES], check=True).stdout.split()


def test_a_guest_goes_on_where_it_was_and_nothing_that_was_done_meanwhile_is_lost(
    command: Command, image: str, libvirt_host: LibvirtHost, ssh_key: Path
) -> None:
    words = ["--image", image, "--ssh-key", f"{ssh_key}.pub", "--for", "address", "-o", "json"]
    address = command(*CREATE, *words).json["private_addresses"][0]["value"]
    identity = "cat /proc/sys/kernel/random/boot_id /tmp/memory"
    over_ssh(libvirt_host, ssh_key, address, "echo remembered >/tmp/memory")
    before = over_ssh(libvirt_host, ssh_key, address, identity)
    until_its_agent_is_there(libvirt_host, "web")
    over_ssh(libvirt_host, ssh_key, address, "date -s 2001-01-01")
    (row,) = command("instance", "suspend", "web", "--to-disk", "-o", "json").json
    assert (row["state"], row["saved"], row["provider_state"]) == ("suspended", True, "shut off (saved)")
    assert saved_files(libvirt_host) == ["web.save"]

    # A daemon that is started anew has forgotten why the domain is off, but not that its memory was saved.
    libvirt_host.kill_daemon()
    libvirt_host.start_daemon()
    (listed,) = command("instance", "list", "-o", "json").json
    assert (listed["state"], listed["saved"], listed["private_addresses"]) == ("suspended", True, [])

    for words in (
        ["start", "web"],
        ["destroy", "web", "--yes"],
        ["resize", "web", "--cpu", "1", "--memory", "256MiB", "--hwp", "roomy"],
        ["rename", "web", "shop"],
        ["clone", "web", "copy"],
    ):
        assert command.run("instance", *words).exit_status == 5, words
    command("volume", "create", "data", "--size", "1GiB")
    for words in (
        ["snapshot", "create", "web", "first"],
        ["volume", "attach", "data", "web"],
        ["image", "create", "--from", "web", "taken"],
    ):
        refused = command.run(*words)
        assert (refused.exit_status, "suspended" in refused.stderr) == (5, True), refused.stderr
    command("volume", "destroy", "data", "--yes")

    # The definition that comes back with the memory is an old one: what was written meanwhile holds all the same.
    command("instance", "label", "web", "age=new")
    command("instance", "protect", "web")
    (row,) = command("instance", "resume", "web", "-o", "json").json
    assert (row["state"], row["saved"], row["protected"], row["labels"]) == ("running", False, True, {"age": "new"})
    assert over_ssh(libvirt_host, ssh_key, address, identity) == before
    # Its clock does not go on from when it was saved.
    assert abs(int(over_ssh(libvirt_host, ssh_key, address, "date +%s")) - time.time()) < 60
    assert saved_files(libvirt_host) == []
    command("instance", "unprotect", "web")


def test_saved_memory_goes_with_the_plug_and_with_the_instance(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    command(*CREATE, "--image", image, "--no-wait")
    command("instance", "suspend", "web", "--to-disk")
    (plan,) = command("instance", "destroy", "web", "--force", "--power-off", "--dry-run", "-o", "json").json
    assert [step["action"] for step in plan["steps"]] == ["stop", "destroy"]
    (row,) = command("instance", "stop", "web", "--power-off", "-o", "json").json
    assert (row["state"], row["saved"], saved_files(libvirt_host)) == ("stopped", False, [])
    command("instance", "start", "web", "--no-wait")
    command("instance", "suspend", "web", "--to-disk")
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert (command.instances(), saved_files(libvirt_host)) == ({}, [])


def test_what_virsh_saved_and_what_it_forgot_is_seen(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    command(*CREATE, "--image", image, "--no-wait")
    libvirt_host.virsh("suspend", "web")
    libvirt_host.virsh("managedsave", "web", "--paused")
    assert command.instances() == {"web": "suspended"}
    command("instance", "resume", "web")  # libvirt itself would leave it paused, as it was
    assert command.instances() == {"web": "running"}
    libvirt_host.virsh("managedsave", "web")
    libvirt_host.virsh("managedsave-remove", "web")
    assert command.instances() == {"web": "stopped"}


def test_a_host_that_is_full_leaves_the_guest_running(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    command(*CREATE, "--image", image, "--no-wait")
    libvirt_host.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", SAVES], check=True)
    try:
        refused = command.run("instance", "suspend", "web", "--to-disk", "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (10, "capacity")
        assert command.instances() == {"web": "running"}
        assert saved_files(libvirt_host) == []
    finally:
        libvirt_host.run(["umount", SAVES], check=True)


class Woken:
    """A domain that runs, whose agent libvirt hears of when it has been looked at so often; None: never."""

    def __init__(self, looks: int | None) -> None:
        self.looks, self.right = looks, False

    def XMLDesc(self) -> str:  # noqa: N802  libvirt's name
        if self.looks:
            self.looks -= 1
        state = "connected" if self.looks == 0 else "disconnected"
        return f"<domain><devices><channel><target name='org.qemu.guest_agent.0' state='{state}'/></channel></devices></domain>"

    def setTime(self, flags: int) -> None:  # noqa: N802
        import libvirt

        if self.looks != 0:
            raise libvirt.libvirtError("QEMU guest agent is not connected")
        self.right = True


@pytest.mark.parametrize(("looks", "right"), [(1, True), (3, True), (None, False)])
def test_an_agent_is_waited_for_after_its_guest_was_woken_and_a_guest_without_one_goes_on(
    looks: int | None, right: bool
) -> None:
    domain = Woken(looks)
    clock.put_right(cast("libvirt.virDomain", domain), other_memory=True)
    assert domain.right is right


class SlowlySaved:
    """A domain that is saved until somebody ends the job."""

    def __init__(self) -> None:
        self.aborted = Event()

    def managedSave(self, flags: int) -> int:  # noqa: N802  libvirt's name
        import libvirt

        assert self.aborted.wait(30)
        raise libvirt.libvirtError("operation aborted: canceled by client")

    def jobInfo(self) -> list[int]:  # noqa: N802
        return [1, 1, 0, 1 << 30, 1 << 20, 0]

    def abortJob(self) -> int:  # noqa: N802
        self.aborted.set()
        return 0


def test_whoever_stops_it_ends_libvirt_s_job_and_hears_of_progress_until_then() -> None:
    heard: list[tuple[int, int]] = []
    domain = SlowlySaved()

    def hear(done: int, total: int) -> None:
        heard.append((done, total))
        job.cancel()

    job = Job(progress=hear)
    with pytest.raises(Cancelled):
        saving.save(cast("libvirt.virDomain", domain), job)
    assert (heard, domain.aborted.is_set()) == ([(1 << 20, 1 << 30)], True)


def test_pulling_the_plug_of_what_went_off_just_now_is_no_failure() -> None:
    """Two commands at once, or a guest that powers itself off: what was wanted is the case."""
    import libvirt

    class GoneOff:
        def isActive(self) -> bool:  # noqa: N802  libvirt's name
            return True

        def destroy(self) -> None:
            error = libvirt.libvirtError("domain is not running")
            error.err = (libvirt.VIR_ERR_OPERATION_INVALID, 10, "domain is not running", 2, "", None, None, -1, -1)
            raise error

    saving.pull_the_plug(cast("libvirt.virDomain", GoneOff()))
