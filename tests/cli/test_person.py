"""What a person at a terminal sees: tables that fit, questions that can be answered, progress that goes away."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from cli.screen import sit_down, watch

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

NAMES = ("Mock Instance With Profile Change", "MockUserInstance", "AnotherInstance", "inst3")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_fits_and_names_are_whole(dcctl: Dcctl, width: int) -> None:
    person = watch(dcctl, "instance", "list", width=width)
    text = "\n".join(person.display)
    for name in NAMES[1:]:
        assert name in text
    if width > 40:
        assert NAMES[0] in text
    assert max(map(len, person.display)) <= width
    assert ("hidden" in text) == (width < 200)


def test_states_are_coloured_and_no_color_is_obeyed(dcctl: Dcctl) -> None:
    assert "\x1b[32m" in watch(dcctl, "instance", "list").output
    assert "\x1b[3" not in watch(dcctl, "instance", "list", NO_COLOR="1").output
    assert "\x1b[32m" not in watch(dcctl, "--color", "never", "instance", "list").output


@pytest.mark.parametrize("width", [40, 80, 200])
def test_help_fits(dcctl: Dcctl, width: int) -> None:
    for arguments in (("--help",), ("instance", "create", "--help")):
        person = watch(dcctl, *arguments, width=width)
        assert any("Usage: dcctl" in line for line in person.display)
        assert max(map(len, person.display)) <= width


def test_a_dumb_terminal_gets_plain_help(dcctl: Dcctl) -> None:
    assert "╭" not in watch(dcctl, "--help", TERM="dumb").output


@pytest.mark.parametrize(("answer", "destroyed"), [("y", True), ("yes", True), ("", False), ("n", False), ("?", False)])
def test_destroying_asks_and_only_yes_means_yes(dcctl: Dcctl, answer: str, destroyed: bool) -> None:
    person = sit_down(dcctl, "instance", "destroy", "inst3", "--force")
    person.reads("Destroy 1 instance for good (eu/inst3)? [y/N] ")
    person.types(answer)
    status = person.waits()
    assert status == (0 if destroyed else 1)
    assert ("inst3" in dcctl.names()) is not destroyed
    if not destroyed:
        assert "nothing was destroyed" in person.output


def test_ctrl_d_at_the_question_is_no_yes_and_what_is_said_then_has_a_line_of_its_own(dcctl: Dcctl) -> None:
    person = sit_down(dcctl, "instance", "destroy", "inst3", "--force")
    person.reads("[y/N] ")
    person.presses("\x04")
    assert person.waits() == 1
    assert person.display[-1] == "dcctl: nothing was destroyed: the answer was not yes"


def test_the_question_names_them_all_and_images_are_asked_about_too(dcctl: Dcctl) -> None:
    person = sit_down(dcctl, "instance", "destroy", "--force", "inst1", "inst3", width=200)
    person.reads("Destroy 2 instances for good (us/MockUserInstance, eu/inst3)? [y/N]")
    person.types("n")
    assert person.waits() == 1
    person = sit_down(dcctl, "image", "destroy", "img2")
    person.reads("Destroy 1 image for good (Fedora 10)? [y/N]")
    person.types("y")
    assert person.waits() == 0
    dcctl.ok("volume", "create", "data", "--size", "1GiB", "--realm", "eu")
    person = sit_down(dcctl, "volume", "destroy", "data")
    person.reads("Destroy 1 volume for good (eu/data)? [y/N]")
    person.types("n")
    assert person.waits() == 1


def test_ctrl_c_at_the_question_destroys_nothing_and_is_a_real_one(dcctl: Dcctl) -> None:
    person = sit_down(dcctl, "instance", "destroy", "inst3", "--force")
    person.reads("[y/N]")
    person.presses_ctrl_c()
    assert person.waits() == -signal.SIGINT
    assert "Traceback" not in person.output
    assert "inst3" in dcctl.names()


def test_what_cannot_be_done_is_refused_before_anybody_is_asked(dcctl: Dcctl) -> None:
    person = sit_down(dcctl, "instance", "destroy", "inst3")
    assert person.waits() == 5
    assert "[y/N]" not in person.output


def test_yes_asks_nobody_and_names_from_a_pipe_need_it(dcctl: Dcctl) -> None:
    assert "[y/N]" not in watch(dcctl, "instance", "destroy", "inst3", "--force", "--yes").output
    person = sit_down(dcctl, "instance", "destroy", "-", "--force")
    assert person.waits() == 2


def test_what_takes_long_shows_a_line_that_goes_away_and_leaves_the_cursor_alone(dcctl: Dcctl) -> None:
    person = watch(dcctl, "instance", "stop", "inst3", DCCTL_MOCK_STOPPING="1s")
    assert "stop inst3 (0 s)" in person.output
    assert not any("stop inst3" in line for line in person.display)
    assert "\x1b[?25" not in person.output
    assert any("stopped" in line for line in person.display)


def test_what_is_quick_shows_no_such_line(dcctl: Dcctl) -> None:
    assert "stop inst3" not in watch(dcctl, "instance", "stop", "inst3").output


def test_scripts_that_read_json_from_a_terminal_see_no_progress(dcctl: Dcctl) -> None:
    """hcloud#307, hcloud#470, hcloud#378, hcloud#521: create gives no JSON, and what it says meanwhile stands in it"""
    assert "stop inst3" not in watch(dcctl, "instance", "stop", "inst3", "-o", "json", DCCTL_MOCK_STOPPING="1s").output


def test_an_import_shows_how_far_it_is(dcctl: Dcctl, tmp_path: Path) -> None:
    disk = tmp_path / "large.raw"
    with disk.open("wb") as file:
        file.truncate(1 << 30)
    person = watch(dcctl, "image", "import", str(disk), width=120)
    assert "import large: read [" in person.output
    assert "% of 1024 MiB" in person.output
    assert not any("%" in line for line in person.display)


def test_ctrl_c_during_create_says_what_happens_and_a_second_one_ends_it_at_once(dcctl: Dcctl) -> None:
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web")
    person = sit_down(dcctl, *create, DCCTL_MOCK_PENDING="60s", width=200)
    person.reads("create web")
    person.presses_ctrl_c()
    person.reads("Ctrl-C once more stops at once")
    person.reads("dcctl instance wait us/web")
    assert person.waits() == -signal.SIGINT
    assert dcctl.state("web") == "pending"


def test_a_second_ctrl_c_does_not_wait_for_a_slow_provider(dcctl: Dcctl, tmp_path: Path) -> None:
    module = tmp_path / "deaf.py"
    module.write_text(
        "from time import sleep\n"
        "from dcctl_drivers.mock import MockDriver\n"
        "class DeafDriver(MockDriver):\n"
        "    name = 'deaf'\n"
        "    def stop(self, instance, job):\n"
        "        job.stage('deaf')\n"
        "        sleep(60)\n"
    )
    path = f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}"
    arguments = ("-v", "--driver", "deaf:DeafDriver", "instance", "stop", "inst3")
    person = sit_down(dcctl, *arguments, PYTHONPATH=path, width=200)
    person.reads("inst3: deaf")
    person.presses_ctrl_c()
    person.reads("stops at once")
    began = time.monotonic()
    person.presses_ctrl_c()
    assert person.waits() == -signal.SIGINT
    assert time.monotonic() - began < 30


def test_ctrl_c_while_the_terminal_takes_no_more_is_a_plain_cancellation(dcctl: Dcctl, tmp_path: Path) -> None:
    module = tmp_path / "talker.py"
    module.write_text(
        "from dcctl_drivers.mock import MockDriver\n"
        "class TalkingDriver(MockDriver):\n"
        "    name = 'talker'\n"
        "    def stop(self, instance, job):\n"
        "        while True:\n"
        "            job.stage('talks ' * 100)\n"
        "            job.check()\n"
    )
    path = f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}"
    arguments = ("-v", "--driver", "talker:TalkingDriver", "instance", "stop", "inst3")
    person = sit_down(dcctl, *arguments, PYTHONPATH=path, width=200)
    person.reads("talks")
    time.sleep(0.5)  # nobody reads: what the terminal holds fills up, and the program waits in the middle of a write
    person.presses_ctrl_c()
    assert person.waits() == -signal.SIGINT
    assert "reentrant" not in person.output
    assert "cancelled" in person.output


def test_an_empty_list_is_said_in_words(dcctl: Dcctl) -> None:
    assert "no instances" in watch(dcctl, "instance", "list", "-f", "name=nobody").output


def test_reading_names_from_a_terminal_says_so(dcctl: Dcctl) -> None:
    person = sit_down(dcctl, "instance", "stop", "-", "-q")
    person.reads("Ctrl-D")
    person.types("inst3")
    person.process.sendeof()
    assert person.waits() == 0
    assert dcctl.state("inst3") == "stopped"


def test_reading_a_file_from_a_terminal_says_so(dcctl: Dcctl) -> None:
    words = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", "--user-data", "-", "-n")
    person = sit_down(dcctl, *words)
    person.reads("reading --user-data; Ctrl-D ends it")
    person.presses("#!/bin/sh\n\x04")
    assert person.waits() == 0
    assert "10 bytes" in person.output
