"""``dcctl instance exec`` and ``vnc`` on the mock driver, which says what it would have run; real guests are in tests/libvirt_driver."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from cli.helpers import PROGRAM

if TYPE_CHECKING:
    from cli.helpers import Dcctl


@pytest.fixture
def web(dcctl: Dcctl) -> Dcctl:
    dcctl.create("web")
    return dcctl


def test_what_is_run_is_a_program_with_arguments_and_no_shell(web: Dcctl) -> None:
    assert web.ok("instance", "exec", "web", "--", "echo", "-n", "a b", "$HOME").stdout == "echo -n 'a b' '$HOME'\n"
    assert web.ok("instance", "exec", "web", "uptime").stdout == "uptime\n"


def test_standard_input_is_read_only_when_it_is_asked_for(web: Dcctl) -> None:
    words = [*PROGRAM, "instance", "exec", "web"]
    script = f"{' '.join(words)} -- cat && cat"
    done = subprocess.run(
        ["sh", "-c", script], input=b"left alone\n", env=web.environ(), capture_output=True, check=False
    )
    assert (done.stdout, done.returncode) == (b"cat\nleft alone\n", 0)
    assert web("instance", "exec", "web", "--stdin", "--", "cat", stdin="x" * ((16 << 20) + 1)).exit_status == 2


def test_nothing_runs_in_what_is_off_or_unknown_or_without_a_name(web: Dcctl) -> None:
    assert web("instance", "exec", "nobody", "--", "true").exit_status == 4
    assert web("instance", "exec", "web").exit_status == 2
    assert web("instance", "exec", "web", "--", "").exit_status == 2
    web.ok("instance", "suspend", "web")
    asleep = web("instance", "exec", "web", "--", "true")
    assert (asleep.exit_status, asleep.stderr) == (
        5,
        "dcctl: nothing runs in web: it is suspended. Resume it: dcctl instance resume us/web.\n",
    )
    web.ok("instance", "resume", "web")
    web.ok("instance", "stop", "web")
    refused = web("instance", "exec", "web", "--", "true")
    assert refused.exit_status == 5
    assert "nothing runs in web: it is stopped. Start it: dcctl instance start us/web." in refused.stderr


def test_an_agent_that_does_not_answer_is_unreachable(web: Dcctl) -> None:
    assert web("instance", "exec", "web", "--", "true", DCCTL_MOCK_FAIL="command:unreachable").exit_status == 7


def test_a_screen_is_a_uri_for_a_viewer_while_the_instance_is_on(dcctl: Dcctl) -> None:
    dcctl.create("web", "--vnc")
    assert dcctl.ok("instance", "vnc", "web").stdout == "vnc://img1.inst4.public.com:5900\n"
    dcctl.ok("instance", "stop", "web")
    dark = dcctl("instance", "vnc", "web")
    assert dark.exit_status == 5
    assert "the screen of web is dark: it is stopped" in dark.stderr
