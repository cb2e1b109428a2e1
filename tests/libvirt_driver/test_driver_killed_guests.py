"""The QEMU of a guest is killed in the middle of a command: the command ends, says what became of the guest, and leaves nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from libvirt_driver.bare_lab import BOUND, CRASH, BareLab, kill, until
from libvirt_host.command import InsideCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from libvirt_host.host import LibvirtHost

OTHER = "instance destroy other --force --power-off --yes --ignore-missing"


def kill_in_the_middle(lab: BareLab, name: str) -> None:
    """Have its QEMU do nothing any more, and die of that in a moment: in the middle of whatever the daemon asks it to do next."""
    pid = lab.qemu(name)
    os.kill(pid, signal.SIGSTOP)
    Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()


@pytest.fixture
def running(bare_lab: BareLab) -> Iterator[BareLab]:
    """``web`` runs; afterwards it is off because it crashed, which is said. That it starts again the next test shows."""
    clean, bystander = bare_lab.volumes(), bare_lab.qemu("bystander")
    bare_lab("instance start web")
    bare_lab.proxy.reset()
    yield bare_lab
    shown = bare_lab.here("instance", "show", "web", "-o", "json").json
    assert (shown["state"], shown["reason"]) == ("stopped", CRASH)
    assert (bare_lab.volumes(), bare_lab.qemu("bystander")) == (clean, bystander)
    bare_lab("doctor check")


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("instance suspend web", "domain_suspend"),
        ("instance reboot web", "domain_reboot"),
        ("instance suspend web --to-disk", "domain_managed_save"),
        ("instance resize web --hwp roomy --cpu 1 --memory 192MiB --storage 2GiB", "domain_block_resize"),
        ("snapshot create web first", "domain_snapshot_create_xml"),
        ("image create second --from web --live", "domain_block_copy"),
    ],
    ids=lambda value: str(value).partition(" web")[0],
)
def test_an_action_on_a_guest_that_dies_meanwhile(running: BareLab, line: str, call: str) -> None:
    lab = running
    lab.proxy.do_at(call, lambda: kill_in_the_middle(lab, "web"))
    answer = lab.fragile.run(*lab.words(line), "-o", "json", timeout=BOUND)
    assert lab.proxy.sprung is not None
    assert (answer.exit_status, answer.error["code"]) == (1, "failed"), answer.stderr
    assert answer.error["hint"]
    assert lab.here("snapshot", "list", "web", "-o", "json").json == []


@pytest.mark.parametrize(
    "line", ["instance suspend web", "instance reboot web", "image create second --from web --live"]
)
def test_an_action_on_a_guest_that_has_just_died_is_no_longer_allowed(running: BareLab, line: str) -> None:
    lab = running
    lab.proxy.do_at(1, lambda: kill(lab, "web"))
    answer = lab.fragile.run(*lab.words(line), "-o", "json", timeout=BOUND)
    assert lab.proxy.sprung is not None
    assert (answer.exit_status, answer.error["code"]) == (5, "not-allowed"), answer.stderr
    assert answer.error["hint"]


def test_a_start_whose_guest_dies_at_once(bare_lab: BareLab) -> None:
    lab = bare_lab
    lab.proxy.do_at("domain_create", lambda: kill(lab, "web"), when="after")
    answer = lab.fragile.run("instance", "start", "web", "-o", "json", timeout=BOUND)
    assert (answer.exit_status, answer.error["code"]) == (1, "failed")
    assert answer.error["message"] == f"web went off as soon as it was started: {CRASH}"


def test_a_create_whose_guest_dies_at_once(bare_lab: BareLab) -> None:
    """It is whole, so it stays, as any instance that crashed later would."""
    lab = bare_lab
    clean = lab.volumes()
    lab.proxy.do_at("domain_create", lambda: kill(lab, "other"), when="after")
    words = "instance create --name other --image bare --hwp tiny -o json".split()
    answer = lab.fragile.run(*words, timeout=BOUND)
    assert (answer.exit_status, CRASH in answer.error["message"]) == (1, True), answer.stderr
    assert lab.state("other") == "stopped"
    lab("instance start other")
    lab(OTHER)
    assert lab.volumes() == clean


def test_a_stop_whose_guest_dies_has_what_it_wanted(running: BareLab) -> None:
    lab = running
    stop = lab.fragile.start("instance", "stop", "web")
    until(lambda: bool({"domain_shutdown", "domain_shutdown_flags"} & set(lab.proxy.names)), stop)
    kill(lab, "web")
    _, said = stop.communicate(timeout=BOUND)
    assert stop.returncode == 0, said


def test_waiting_for_an_address_of_a_guest_that_dies_ends_at_once(running: BareLab) -> None:
    lab = running
    wait = lab.fragile.start("instance", "wait", "web", "--for", "address", "-o", "json")
    until(lambda: "connect_domain_event_callback_register_any" in lab.proxy.names, wait)
    kill(lab, "web")
    _, said = wait.communicate(timeout=BOUND)
    assert (wait.returncode, "web gets no address while it is stopped" in said) == (5, True), said


def test_the_console_of_a_guest_that_dies_ends(running: BareLab) -> None:
    lab = running
    console = lab.fragile.start("instance", "console", "web", "--read-only")
    assert console.stderr is not None
    assert console.stderr.readline() == "dcctl: reading the console of web\n"
    kill(lab, "web")
    _, said = console.communicate(timeout=BOUND)
    assert (console.returncode, "Traceback" in said) == (0, False), said


def test_a_program_in_a_guest_outlasts_the_daemon_but_not_the_guest(
    libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path
) -> None:
    dcctl = InsideCommand(tmp_path / "home", {"lab": {"uri": libvirt_host.uri}}, libvirt_host)
    dcctl("image", "import", str(image_file), "--user", "root")
    dcctl("instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "alive", "--for", "address")
    try:
        end = monotonic() + BOUND
        while dcctl.run("instance", "exec", "alive", "--", "/bin/true").exit_status:
            assert monotonic() < end
        begun, go = "/tmp/begun", "/tmp/go"
        wait = f"touch {begun}; while [ ! -e {go} ]; do sleep 0.1; done; echo done"
        words = dcctl.argv("instance", "exec", "alive", "--", "/bin/sh", "-c", wait)
        for dies in (False, True):
            with libvirt_host.popen(words, env=dcctl.environ, stdout=-1, stderr=-1, text=True) as program:
                while dcctl.run("instance", "exec", "alive", "--", "/bin/sh", "-c", f"rm {begun}").exit_status:
                    assert program.poll() is None
                if dies:
                    pid = libvirt_host.qemu("alive")
                    assert pid is not None
                    os.kill(pid, signal.SIGKILL)
                else:
                    libvirt_host.restart_daemon()
                    dcctl("instance", "exec", "alive", "--", "/bin/sh", "-c", f"touch {go}; sleep 1; rm {go}")
                output, said = program.communicate(timeout=BOUND)
                if dies:
                    # The end of the agent, or that the guest does not run: whatever libvirt notices first.
                    assert program.returncode in (1, 5), said
                    assert "see" in said.lower(), said
                else:
                    assert (program.returncode, output) == (0, "done\n"), said
    finally:
        dcctl("instance", "destroy", "alive", "--force", "--power-off", "--yes")
        dcctl("image", "destroy", "tiny", "--yes")
