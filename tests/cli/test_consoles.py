"""``dcctl instance console`` and ``logs`` on the mock driver; a real guest's are in tests/libvirt_driver."""

from __future__ import annotations

import signal
import termios
from typing import TYPE_CHECKING

import pytest

from cli.screen import sit_down, watch
from dcctl.cli.reach.log import in_lines, plain

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl
    from cli.screen import Person

SAID = "nothing here is real\r\nweb login: "


@pytest.fixture
def web(dcctl: Dcctl) -> Dcctl:
    dcctl.create("web", "--console-log")
    return dcctl


def line_by_line(person: Person) -> bool:
    """Whether the terminal is as shells want it: it gives whole lines, and makes signals of keys."""
    flags: int = termios.tcgetattr(person.process.child_fd)[3]
    return flags & (termios.ICANON | termios.ISIG) == termios.ICANON | termios.ISIG


def test_a_console_takes_every_key_until_it_is_left(web: Dcctl) -> None:
    person = sit_down(web, "instance", "console", "web")
    person.reads("web login: ")
    assert not line_by_line(person)
    person.presses("root\x03\x1a\r")
    person.reads("root\x03\x1a\r\n")
    person.presses("more\x1dnever sent")
    person.reads("left the console of web")
    assert line_by_line(person)
    assert person.waits() == 0
    assert "never sent" not in person.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_gives_the_terminal_back(web: Dcctl, number: int) -> None:
    person = sit_down(web, "instance", "console", "web")
    person.reads("web login: ")
    person.process.kill(number)
    person.reads("cancelled")
    assert line_by_line(person)
    assert person.waits() == -number


def test_without_a_terminal_there_is_no_console_but_one_to_read(web: Dcctl) -> None:
    refused = web.process("instance", "console", "web")
    assert (refused.exit_status, refused.stdout) == (2, "")
    assert "--read-only" in refused.stderr
    reading = web.begin("instance", "console", "web", "--read-only")
    assert reading.stdout is not None
    assert reading.stdout.readline().endswith("nothing here is real\n")
    # Whoever has read enough closes the pipe; what is written then ends it.
    reading.terminate()
    assert reading.wait(30) == -signal.SIGTERM
    for stream in (reading.stdout, reading.stderr):
        if stream is not None:
            stream.close()


def test_whoever_stops_reading_a_console_ends_it_in_silence(web: Dcctl) -> None:
    reading = web.begin("instance", "console", "web", "--read-only")
    assert reading.stdout is not None
    assert reading.stderr is not None
    reading.stdout.close()
    assert reading.stderr.read() == "dcctl: reading the console of web\n"
    assert reading.wait(30) == 128 + signal.SIGPIPE
    reading.stderr.close()


def test_an_instance_that_is_off_has_a_silent_console_but_its_log_is_kept(web: Dcctl) -> None:
    web.ok("instance", "stop", "web")
    person = sit_down(web, "instance", "console", "web")
    assert person.waits() == 5
    assert "the console of web is silent: it is stopped" in person.output
    assert web.ok("instance", "logs", "web").stdout.endswith(SAID)


def test_logs_are_whole_or_their_last_lines(web: Dcctl) -> None:
    whole = web.process("instance", "logs", "web").stdout
    assert whole.startswith("web was made ")
    for lines, expected in (("2", whole), ("9", whole), ("1", "web login: "), ("0", "")):
        assert web.ok("instance", "logs", "web", "--lines", lines).stdout.replace("\r\n", "\n") == expected
    assert web("instance", "logs", "web", "--lines", "-1").exit_status == 2


def test_following_ends_when_the_instance_is_off(web: Dcctl) -> None:
    following = web.begin("instance", "logs", "web", "--follow")
    assert following.stdout is not None
    assert following.stdout.readline().endswith("nothing here is real\n")
    web.ok("instance", "stop", "web")
    assert following.stdout.read() == "web login: "
    assert following.wait(30) == 0
    for stream in (following.stdout, following.stderr):
        if stream is not None:
            stream.close()


def test_a_terminal_is_shown_lines_that_it_does_not_obey(web: Dcctl) -> None:
    person = watch(web, "instance", "logs", "web")
    assert person.output.endswith("nothing here is real\r\nweb login: \r\n")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[1;32mOK\x1b[0m ready\r", "OK ready"),
        ("\x1b]0;title\x07text", "text"),
        ("10 %\r20 %", "20 %"),
        ("bell\x07 and \x9b2J", "bell\\u0007 and \\u009b2J"),
        ("a\tb", "a\tb"),
        ("\x1b[6n", ""),
        ("\x1b(B\x1bcreset", "reset"),
    ],
)
def test_what_a_terminal_would_obey_is_taken_out_of_a_line(said: str, shown: str) -> None:
    assert plain(said) == shown


def test_what_firmware_writes_all_over_the_screen_is_read_line_by_line() -> None:
    counted = "".join(f"\x1b[11;01HPress \x1b[1m\x1b[37mESC\x1b[0m in {left} seconds.\x1b[11;40H" for left in (3, 2, 1))
    shown = in_lines(f"\x1b[2J\x1b[01;01HUEFI\r\n\x1b[10;01HBLK0:{counted}\x1b[12;01HShell> ").split("\n")
    assert [plain(line) for line in shown if line] == ["", "UEFI", "BLK0:", "Press ESC in 1 seconds.", "Shell> "]


def test_a_driver_without_consoles_says_so(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text("version: 1\nhardware_profiles: {opaque: {}}\nrealms: {here: {memory: {}}}\n")
    memory = ("--driver", "contract.memory:MemoryDriver", "--catalogue", str(catalogue), "instance")
    result = dcctl(*memory, "create", "--image", "tiny", "--hwp", "opaque", "--console-log")
    assert result.exit_status == 6
    assert "does not take --console-log" in result.stderr
    dcctl.ok(*memory, "create", "--image", "tiny", "--hwp", "opaque", "--name", "web")
    assert dcctl(*memory, "logs", "web").exit_status == 6
