"""``dcctl`` on a real pseudo-terminal of 40, 80 and 200 columns, as a terminal program would draw it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pexpect
import pyte
import pytest

from cli.helpers import PROGRAM

if TYPE_CHECKING:
    from cli.helpers import Dcctl

ROWS = 200


@dataclass(frozen=True)
class Drawn:
    """What is on the screen, and what was written to it."""

    screen: pyte.Screen
    written: str
    exit_status: int | None

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def color_of(self, text: str) -> str:
        row = next(number for number, line in enumerate(self.screen.display) if text in line)
        color: str = self.screen.buffer[row][self.screen.display[row].index(text)].fg
        return color


def draw(dcctl: Dcctl, *arguments: str, width: int, **variables: str) -> Drawn:
    environ = {name: value for name, value in dcctl.environ(**variables).items() if name != "COLUMNS"}
    program, *options = PROGRAM
    child = pexpect.spawn(
        program, [*options, *arguments], dimensions=(ROWS, width), env=environ, encoding="utf-8", timeout=60
    )
    written: str = child.read()
    child.close()
    screen = pyte.Screen(width, ROWS)
    pyte.Stream(screen).feed(written)
    return Drawn(screen, written, child.exitstatus)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("noun", ["instance", "image", "hwp", "realm", "state", "collection", "driver"])
def test_no_table_is_broken_by_the_edge(dcctl: Dcctl, noun: str, width: int) -> None:
    drawn = draw(dcctl, noun, "list", width=width)
    assert drawn.exit_status == 0
    table = [line for line in drawn.lines if line[0] in "╭│├╰"]
    assert len({len(line) for line in table}) == 1, "\n".join(drawn.lines)
    assert drawn.lines[0].startswith("╭")
    assert [line for line in drawn.lines if line not in table and not line.startswith("dcctl: ")] == []


@pytest.mark.parametrize("width", [40, 80, 200])
def test_names_states_and_ids_are_there_at_every_width(dcctl: Dcctl, width: int) -> None:
    text = "\n".join(draw(dcctl, "instance", "list", width=width).lines)
    for word in ("Mock Instance With Profile", "MockUserInstance", "AnotherInstance", "inst3", "running"):
        assert word in text


def test_a_narrow_terminal_says_that_columns_are_hidden_and_a_wide_one_shows_them(dcctl: Dcctl) -> None:
    narrow = draw(dcctl, "instance", "list", width=40)
    assert narrow.lines[-1] == "dcctl: 5 columns hidden; see -o wide"
    wide = draw(dcctl, "instance", "list", width=200)
    assert "hidden" not in wide.written
    assert "ADDRESSES" in wide.written


@pytest.mark.parametrize("width", [40, 80])
def test_wide_shows_everything_whatever_the_width(dcctl: Dcctl, width: int) -> None:
    written = draw(dcctl, "instance", "list", "-o", "wide", width=width).written
    for word in ("ID", "OWNER", "ACTIONS", "PROVIDER STATE", "mockuser", "12 GiB*"):
        assert word in written
    assert "hidden" not in written


def test_the_state_is_coloured_and_also_said(dcctl: Dcctl) -> None:
    assert draw(dcctl, "instance", "list", width=80).color_of("running") == "green"
    assert draw(dcctl, "instance", "list", width=80, NO_COLOR="1").color_of("running") == "default"
    shown = draw(dcctl, "instance", "show", "inst0", width=80)
    assert shown.color_of("running") == "green"


def test_a_card_is_broken_between_words(dcctl: Dcctl) -> None:
    drawn = draw(dcctl, "driver", "show", "mock", width=60)
    assert all(len(line) <= 60 for line in drawn.lines)
    assert "nothing real: a cloud in a file, to learn and" in drawn.lines[1]


def test_nothing_found_is_said_only_to_people(dcctl: Dcctl) -> None:
    assert draw(dcctl, "instance", "list", "-f", "state=error", width=80).lines == ["dcctl: no instances"]
    piped = dcctl.process("instance", "list", "-f", "state=error")
    assert (len(piped.lines), piped.stderr) == (1, "")


def test_a_terminal_without_colour_or_unicode_is_served(dcctl: Dcctl) -> None:
    drawn = draw(dcctl, "instance", "list", width=80, TERM="dumb", PYTHONIOENCODING="ascii")
    assert "\x1b" not in drawn.written
    assert drawn.lines[0].startswith("+---")
    assert drawn.written.isascii()


def test_json_on_a_terminal_is_json(dcctl: Dcctl) -> None:
    import json

    drawn = draw(dcctl, "instance", "list", "-o", "json", width=40, FORCE_COLOR="1")
    assert len(json.loads(drawn.written)) == 4


@pytest.mark.parametrize("width", [40, 60, 72, 80])
@pytest.mark.parametrize("command", [("instance", "create"), ("instance", "stop"), ("image", "import")])
def test_help_shows_every_option_whole_at_every_width(dcctl: Dcctl, command: tuple[str, str], width: int) -> None:
    written = re.sub(r"\x1b\[[0-9;]*m", "", draw(dcctl, *command, "--help", width=width).written)
    typed = dcctl.ok(*command, "--help").stdout
    options = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", typed, re.MULTILINE))
    assert len(options) > 8
    assert {option for option in options if not re.search(rf"{option}[ ,]", written)} == set()
