"""``dcctl doctor``: what is wrong with realms and with this machine; nothing is changed unless it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl

WEB = ("--image", "img1", "--hwp", "m1-large", "--realm", "us", "--name", "web")


def findings(result: Any, check: str) -> list[Any]:
    return [row for row in result.json if row["check"] == check]


def test_without_a_verb_it_looks_at_everything(dcctl: Dcctl) -> None:
    result = dcctl.ok("doctor", "-o", "json")
    assert result.json == dcctl.ok("doctor", "check", "-o", "json").json
    assert {row["realm"] for row in findings(result, "connection")} == {"us", "eu"}
    assert {row["realm"] for row in dcctl.ok("doctor", "--realm", "us", "-o", "json").json} == {None, "us"}
    assert dcctl.ok("doctor", "--help").lines[0].startswith("Usage: dcctl doctor")


def test_something_wrong_is_exit_status_1_and_says_what_to_do(dcctl: Dcctl) -> None:
    dcctl("instance", "create", *WEB, DCCTL_MOCK_END_IN_ERROR="web")
    result = dcctl("doctor", "-o", "json")
    assert (result.exit_status, result.errors[-1]["code"]) == (1, "failed")
    (found,) = findings(result, "instance")
    assert (found["verdict"], found["hint"]) == ("wrong", "dcctl instance destroy us/web")
    assert found["message"].startswith("web is in error")


def test_a_realm_that_does_not_answer_is_a_finding(dcctl: Dcctl) -> None:
    result = dcctl("--realm-timeout", "100ms", "doctor", "-o", "json", DCCTL_MOCK_LATENCY="1s")
    assert result.exit_status == 1
    wrong = [row for row in result.json if row["verdict"] == "wrong"]
    assert {(row["check"], row["realm"]) for row in wrong} == {("connection", "us"), ("connection", "eu")}
    assert "has not answered in 0.1 s" in wrong[0]["message"]


def test_a_catalogue_that_is_wrong_is_a_finding(dcctl: Dcctl, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("version: 1\nhardware_profiles: {}\nrealms: {us: {mock: {}, limit: {}}}\n")
    result = dcctl("--catalogue", str(file), "doctor", "-o", "json")
    assert result.exit_status == 1
    assert any("limit" in row["message"] and row["verdict"] == "wrong" for row in findings(result, "catalogue"))


def test_a_catalogue_that_others_may_write_is_wrong(dcctl: Dcctl, tmp_path: Path) -> None:
    file = tmp_path / "open.yaml"
    file.write_text("version: 1\nhardware_profiles: {}\nrealms: {us: {mock: {}}}\n")
    file.chmod(0o666)
    result = dcctl("--catalogue", str(file), "doctor", "-o", "json")
    assert result.exit_status == 1
    assert [(row["verdict"], row["hint"]) for row in findings(result, "permissions")] == [
        ("wrong", f"chmod go-w {file}")
    ]
    file.chmod(0o600)
    dcctl.ok("--catalogue", str(file), "doctor")


def test_modules_that_are_not_compiled_can_be_compiled(
    dcctl: Dcctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "one.py").write_text("ONE = 1\n")
    monkeypatch.setattr("dcctl.cli.this_machine.package", lambda: str(tmp_path / "package"))
    (row,) = findings(dcctl.ok("doctor", "-o", "json"), "compiled files")
    assert (row["verdict"], row["repair"]) == ("note", "compile them")
    (only,) = dcctl.ok("doctor", "--fix", "--dry-run", "-o", "json").json
    assert only == row
    assert not (tmp_path / "package" / "__pycache__").exists()
    (row,) = findings(dcctl.ok("doctor", "--fix", "-o", "json"), "compiled files")
    assert (row["verdict"], row["repair"]) == ("good", None)
    assert (tmp_path / "package" / "__pycache__").exists()
