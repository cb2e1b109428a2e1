"""Drivers and surroundings that fail in part, or in ways that nobody foresaw."""

from __future__ import annotations

import io
import sqlite3
import subprocess
from typing import TYPE_CHECKING

import pytest

from cli.helpers import PROGRAM
from dcctl.cli.environment import Environment
from dcctl.cli.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

HALF_DOWN = """
from dcctl.errors import Unreachable
from dcctl_drivers.mock import MockDriver

class HalfDownDriver(MockDriver):
    name = "half-down"

    @classmethod
    def endpoint_of(cls, realm):
        return realm.id

    def instances(self, query):
        if self.endpoint.key == "eu":
            raise Unreachable("nobody answers in eu", hint="wait")
        return (instance for instance in super().instances(query) if instance.realm == "us")

    def images(self, query):
        if self.endpoint.key == "eu":
            raise ZeroDivisionError("line cut")
        return super().images(query)
"""


@pytest.fixture
def half_down(dcctl: Dcctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dcctl:
    (tmp_path / "half_down.py").write_text(HALF_DOWN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DCCTL_DRIVER", "half_down:HalfDownDriver")
    return dcctl


def test_an_endpoint_that_is_down_is_told_and_the_others_are_listed(half_down: Dcctl) -> None:
    result = half_down("instance", "list", "-o", "json")
    assert result.exit_status == 9
    assert [row["realm"] for row in result.json] == ["us", "us", "us"]
    assert [(error["code"], error["realm"]) for error in result.errors] == [("unreachable", "eu"), ("partial", None)]


def test_a_foreign_error_of_a_driver_is_told_too(half_down: Dcctl) -> None:
    result = half_down("image", "list")
    assert result.exit_status == 9
    assert len(result.lines) == 4
    assert "ZeroDivisionError: line cut" in result.stderr


def test_only_the_endpoint_that_is_needed_is_asked(half_down: Dcctl) -> None:
    half_down.ok("instance", "list", "--realm", "us")
    assert half_down("instance", "list", "--realm", "eu").exit_status == 7


def test_what_one_endpoint_has_can_be_used_while_another_is_down(half_down: Dcctl) -> None:
    assert half_down.ok("instance", "stop", "inst2", "-q").lines == ["AnotherInstance"]


def test_a_name_that_might_be_where_nobody_answers_is_not_called_unknown(half_down: Dcctl) -> None:
    assert half_down("instance", "stop", "inst3").exit_status == 7


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise RuntimeError("boom")


def test_what_nobody_foresaw_is_one_line_and_a_traceback_only_when_asked_for(dcctl: Dcctl) -> None:
    for arguments, traceback in ((["instance", "list"], False), (["--debug", "instance", "list"], True)):
        errors = io.StringIO()
        assert run(arguments, Environment(io.StringIO(), Broken(), errors, dcctl.variables)) == 1
        assert ("Traceback" in errors.getvalue()) is traceback
        assert errors.getvalue().startswith("dcctl: unforeseen: RuntimeError: boom. See the whole error with")


def test_a_variable_asks_for_the_traceback_too(dcctl: Dcctl) -> None:
    assert "Traceback" in dcctl("instance", "show", "nobody", DCCTL_DEBUG="1").stderr
    assert "Traceback" not in dcctl("instance", "show", "nobody", DCCTL_DEBUG="0").stderr


def test_user_data_from_standard_input_is_taken_byte_for_byte(dcctl: Dcctl, tmp_path: Path) -> None:
    data = b"\x1f\x8b\r\n\xff\x00"
    create = ["instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", "--user-data", "-"]
    subprocess.run([*PROGRAM, *create], env=dcctl.environ(), input=data, check=True, capture_output=True)
    with sqlite3.connect(tmp_path / "state" / "dcctl" / "mock.sqlite3") as connection:
        (stored,) = connection.execute("SELECT user_data FROM instances WHERE name = 'web'").fetchone()
    connection.close()
    assert stored == data


def test_names_that_are_no_text_are_unknown_and_nothing_worse(dcctl: Dcctl) -> None:
    done = subprocess.run(
        [*PROGRAM, "instance", "stop", "-", "-o", "json"],
        env=dcctl.environ(),
        input=b"\xff\xfe inst3",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"is not text" in done.stderr
    assert dcctl.state("inst3") == "running"
    shown = subprocess.run(
        [*PROGRAM, "instance", "show", b"\xff"], env=dcctl.environ(), capture_output=True, check=False
    )
    assert shown.returncode == 2
    assert shown.stderr.count(b"\n") == 1
