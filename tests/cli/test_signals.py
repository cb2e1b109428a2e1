"""Ctrl-C and SIGTERM: the process really dies of them, what was provisional is rolled back, what was made is named."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.helpers import PROGRAM

if TYPE_CHECKING:
    from cli.helpers import Dcctl

CREATE = ("-v", "instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web")


def await_line(process: subprocess.Popen[str], text: str) -> None:
    """Read standard error until it says so."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"it never said {text!r}")


def await_driver(process: subprocess.Popen[str]) -> None:
    """Until the mock driver is loaded, which then sleeps as long as its latency says."""
    deadline = time.monotonic() + 20
    while "_sqlite3" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_list_dies_of_the_signal_at_once_and_in_silence(dcctl: Dcctl, number: signal.Signals) -> None:
    dcctl.ok("instance", "list")
    process = dcctl.begin("instance", "list", DCCTL_MOCK_LATENCY="60s")
    await_driver(process)
    process.send_signal(number)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == -number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_create_goes_on_by_itself_when_only_the_waiting_is_interrupted(dcctl: Dcctl, number: signal.Signals) -> None:
    process = dcctl.begin(*CREATE, DCCTL_MOCK_PENDING="60s")
    await_line(process, "web: record")
    while "web" not in dcctl.names():
        time.sleep(0.02)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (-number, "")
    assert "web" in stderr
    assert "dcctl instance wait us/web --for state=running" in stderr


def test_create_that_had_not_begun_leaves_nothing(dcctl: Dcctl) -> None:
    dcctl.ok("instance", "list")
    process = dcctl.begin(*CREATE, DCCTL_MOCK_LATENCY="2s")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert "web" not in dcctl.names()


def test_a_second_sigterm_changes_nothing(dcctl: Dcctl) -> None:
    process = dcctl.begin(*CREATE, DCCTL_MOCK_PENDING="60s")
    await_line(process, "web: record")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


def test_a_shell_loop_stops_at_ctrl_c(dcctl: Dcctl) -> None:
    """A program that only returns 130 lets the loop go on to the next instance."""
    script = 'for name in a b c; do echo "$name"; $dcctl instance wait inst3 --for stopped; done'
    process = subprocess.Popen(
        ["bash", "-c", script],
        env=dcctl.environ(dcctl=" ".join(PROGRAM)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "a\n"
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    stdout, _ = process.communicate(timeout=20)
    assert stdout == ""


def test_what_was_started_in_the_background_is_deaf_to_ctrl_c(dcctl: Dcctl) -> None:
    script = "trap '' INT; $dcctl instance stop inst3 -q"
    process = subprocess.Popen(
        ["bash", "-c", script],
        env=dcctl.environ(dcctl=" ".join(PROGRAM), DCCTL_MOCK_STOPPING="2s"),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (0, "inst3\n")


def test_several_names_are_all_asked_to_stop_and_the_finished_ones_are_shown(dcctl: Dcctl) -> None:
    process = dcctl.begin("instance", "stop", "inst1", "inst3", "-q", DCCTL_MOCK_STOPPING="60s")
    while {dcctl.state("inst1"), dcctl.state("inst3")} != {"stopping"}:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (-signal.SIGINT, "")
    assert sorted(stderr.splitlines()) == [
        "dcctl: cancelled: 2 of 2 instances were not stopped",
        *(
            f"dcctl: stopped waiting for {name}; it is stopping and goes on."
            f" Wait for it with: dcctl instance wait {realm}/{name} --for state=stopped."
            for realm, name in (("us", "MockUserInstance"), ("eu", "inst3"))
        ),
    ]


# A driver that is interrupted in the middle of what cannot be broken off, and one whose programs never end.
INTERRUPTED = """
import os, signal
from dcctl_drivers.mock import MockDriver

class Late(MockDriver):
    def create(self, spec, job):
        made = super().create(spec, job)
        os.kill(os.getpid(), signal.SIGINT)
        return made

class Endless(MockDriver):
    def end_of_command(self, instance, word):
        os.kill(os.getpid(), signal.SIGINT)
        return None
"""


def test_what_was_done_before_it_could_be_stopped_is_shown_and_still_ends_the_loop(
    dcctl: Dcctl, tmp_path: Path
) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    path = f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}"
    words = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", "-q")
    made = dcctl.process("--driver", "interrupted:Late", *words, PYTHONPATH=path)
    assert (made.exit_status, made.stdout) == (-signal.SIGINT, "web\n")
    endless = ("--driver", "interrupted:Endless", "instance", "exec", "web", "--", "sleep", "9")
    left = dcctl.process(*endless, PYTHONPATH=path)
    assert (left.exit_status, left.stdout) == (-signal.SIGINT, "")
    assert left.stderr == "dcctl: stopped waiting for sleep; it goes on in web\n"


def test_what_the_provider_broke_off_by_itself_ends_no_loop_of_the_shell(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "moody.py").write_text(
        "from dcctl.errors import Cancelled\n"
        "from dcctl_drivers.mock import MockDriver\n"
        "class Moody(MockDriver):\n"
        "    def instances(self, query):\n"
        "        raise Cancelled('a nightly job took the host')\n"
    )
    path = f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}"
    result = dcctl.process("--driver", "moody:Moody", "instance", "list", "-o", "json", PYTHONPATH=path)
    (error,) = result.errors
    assert (error["code"], error["message"]) == ("failed", "a nightly job took the host")
    assert result.exit_status == error["exit_status"] == 1
