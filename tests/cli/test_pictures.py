"""Pictures of the state machine, of a driver and of one instance."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from cli.helpers import PROGRAM

if TYPE_CHECKING:
    from cli.helpers import Dcctl

BEGINNINGS = {"drawing": "driver mock\n", "dot": "digraph states {\n", "mermaid": "---\ntitle: ", "svg": "<svg "}


@pytest.mark.parametrize(("kind", "beginning"), BEGINNINGS.items())
def test_the_list_of_states_is_also_a_picture(dcctl: Dcctl, kind: str, beginning: str) -> None:
    result = dcctl.ok("state", "list", "-o", kind)
    assert result.stdout.startswith(beginning)
    assert result.stderr == ""
    assert "suspended" in result.stdout


def test_the_picture_of_a_realm_says_which(dcctl: Dcctl) -> None:
    assert dcctl.ok("state", "list", "--realm", "eu", "-o", "drawing").lines[0] == "driver mock, realm eu"


def test_an_instance_shows_where_it_is_in_its_machine(dcctl: Dcctl) -> None:
    dcctl.create("web")
    drawing = dcctl.ok("instance", "show", "web", "--states")
    assert drawing.lines[0] == "instance web: now running"
    assert [line.split()[:3] for line in drawing.lines if line.startswith(" now ")] == [["now", "▶┃", "running"]]
    assert "\x1b" not in drawing.stdout
    dcctl.ok("instance", "stop", "web")
    assert dcctl.ok("instance", "show", "web", "--states", "-o", "drawing").lines[0] == "instance web: now stopped"


def test_an_instances_picture_can_be_put_into_a_page(dcctl: Dcctl) -> None:
    dcctl.create("web")
    root = ET.fromstring(dcctl.ok("instance", "show", "web", "--states", "-o", "svg").stdout)
    marked = [group.attrib["data-state"] for group in root.iter() if group.get("class") == "now"]
    assert marked == ["running"]


def test_colour_is_added_where_it_is_wanted(dcctl: Dcctl) -> None:
    dcctl.create("web")
    assert "\x1b[1m now ▶" in dcctl.ok("--color", "always", "instance", "show", "web", "--states").stdout


def test_the_drawing_is_as_narrow_as_the_window(dcctl: Dcctl) -> None:
    lines = dcctl.ok("state", "list", "-o", "drawing", COLUMNS="30").lines
    assert max(map(len, lines)) <= 30
    assert "  automatic: running or error" in lines


def test_a_stream_without_unicode_gets_ascii(dcctl: Dcctl) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [*PROGRAM, "state", "list", "-o", "drawing"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert done.stdout.isascii()
    assert b"\\u" not in done.stdout
    assert b"| pending   |<" in done.stdout


@pytest.mark.parametrize(
    "contradiction", [["-q"], ["-c", "state"], ["--sort", "state"], ["-f", "state=running"], ["--no-header"]]
)
def test_a_picture_has_no_rows(dcctl: Dcctl, contradiction: list[str]) -> None:
    result = dcctl("state", "list", "-o", "svg", *contradiction)
    assert (result.exit_status, result.stdout) == (2, "")
    assert f"a picture does not go with {contradiction[0]}" in result.stderr


def test_an_instance_is_drawn_only_on_request(dcctl: Dcctl) -> None:
    dcctl.create("web")
    result = dcctl("instance", "show", "web", "-o", "svg")
    assert (result.exit_status, result.stdout) == (2, "")
    assert "Add --states." in result.stderr


def test_states_are_not_drawn_as_json(dcctl: Dcctl) -> None:
    result = dcctl("instance", "show", "web", "--states", "-o", "json")
    assert (result.exit_status, result.stdout) == (2, "")
    assert result.errors[0]["message"] == "a picture does not go with -o json"


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_only_states_are_drawn(dcctl: Dcctl, kind: str) -> None:
    result = dcctl("image", "list", "-o", kind)
    assert (result.exit_status, result.stdout) == (2, "")


def test_who_is_not_there_is_not_drawn(dcctl: Dcctl) -> None:
    assert dcctl("instance", "show", "nobody", "--states").exit_status == 4
