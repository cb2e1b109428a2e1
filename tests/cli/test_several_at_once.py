"""``dcctl instance create --count``: several instances by one command, all or exactly the named failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

PLAIN = ("instance", "create", "--image", "img1", "--hwp", "m1-large")


def test_several_are_made_and_numbered(dcctl: Dcctl) -> None:
    made = dcctl.ok(*PLAIN, "--count", "3", "--name", "web-{}", "-o", "json").json
    assert [(each["name"], each["state"]) for each in made] == [(f"web-{n}", "running") for n in (1, 2, 3)]
    assert dcctl.ok(*PLAIN, "--count", "1", "--name", "db-{}", "-q").lines == ["db-1"]


def test_several_without_a_name_get_one_each(dcctl: Dcctl) -> None:
    assert len(set(dcctl.ok(*PLAIN, "--count", "20", "-q").lines)) == 20


def test_a_list_of_one_is_a_list_for_scripts(dcctl: Dcctl) -> None:
    assert [
        plan["instance"] for plan in dcctl.ok(*PLAIN, "--count", "1", "--name", "a{}", "-n", "-o", "json").json
    ] == ["a1"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--count", "2", "--name", "web"), "'web-{}'"),
        (("--count", "0"), "From 1 to"),
        (("--count", "-1"), "From 1 to"),
        (("--count", "many"), "--count"),
        (("--name", "web-{}"), "allowed"),
        (("--count", "2", "--if-missing"), "--name"),
    ],
)
def test_a_count_that_makes_no_sense_is_refused(dcctl: Dcctl, options: tuple[str, ...], complaint: str) -> None:
    before = dcctl.names()
    result = dcctl(*PLAIN, *options)
    assert (result.exit_status, result.stdout) == (2, "")
    assert complaint.lower() in result.stderr.lower()
    assert dcctl.names() == before


def test_every_name_that_is_taken_is_told_and_none_is_made(dcctl: Dcctl) -> None:
    dcctl.ok(*PLAIN, "--name", "web-2")
    dcctl.ok(*PLAIN, "--name", "web-3")
    result = dcctl(*PLAIN, "--count", "4", "--name", "web-{}", "-o", "json")
    (error,) = result.errors
    assert [problem["resource"] for problem in error["problems"]] == ["web-2", "web-3"]
    assert result.exit_status == 5
    assert "web-1" not in dcctl.names()


def test_with_if_missing_only_the_missing_ones_are_made(dcctl: Dcctl) -> None:
    dcctl.ok(*PLAIN, "--name", "web-2")
    again = (*PLAIN, "--count", "3", "--name", "web-{}", "--if-missing")
    result = dcctl.ok(*again, "-q")
    assert sorted(result.lines) == ["web-1", "web-2", "web-3"]
    assert "web-2 exists already" in result.stderr
    assert sorted(dcctl.ok(*again, "-q").lines) == ["web-1", "web-2", "web-3"]


def test_the_limits_of_a_realm_are_for_all_of_them_together(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(
        "version: 1\nhardware_profiles: {m1-large: {cpu: 2}}\nrealms: {us: {limits: {cpu: 14, instances: 9}, mock: {}}}\n"
    )
    catalogue.chmod(0o600)
    result = dcctl("--catalogue", str(catalogue), *PLAIN, "--count", "7", "--name", "web-{}", "-o", "json")
    assert result.exit_status == 10
    # Three of the four instances of a new mock cloud are in this realm, with one processor each.
    assert "cpu 3 in use, cpu 14 more asked for" in result.errors[0]["message"]
    dcctl.ok("--catalogue", str(catalogue), *PLAIN, "--count", "5", "--name", "web-{}")


def test_those_that_fail_are_named_and_the_others_stay(dcctl: Dcctl) -> None:
    result = dcctl(*PLAIN, "--count", "4", "--name", "web-{}", "-o", "json", DCCTL_MOCK_END_IN_ERROR="web-[24]")
    assert result.exit_status == 9
    assert [each["name"] for each in result.json] == ["web-1", "web-3"]
    assert [error["resource"] for error in result.errors if error["code"] != "partial"] == ["web-2", "web-4"]


RACING = """
from dcctl.errors import Conflict
from dcctl_drivers.mock import MockDriver

class Racing(MockDriver):
    def create(self, spec, job):
        super().create(spec, job)  # as somebody else's command does at the same moment
        raise Conflict(f"an instance called {spec.name} exists already")
"""


def test_with_if_missing_it_is_enough_that_somebody_else_was_faster(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "racing.py").write_text(RACING)
    path = f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}"
    words = ("--driver", "racing:Racing", "instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web")
    there = dcctl.process(*words, "--if-missing", "-q", PYTHONPATH=path)
    assert (there.exit_status, there.stdout) == (0, "web\n")
    assert "web was made by somebody else meanwhile, and was left as it is" in there.stderr
    assert dcctl.process(*words, PYTHONPATH=path).exit_status == 5
