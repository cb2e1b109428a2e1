"""Several processes at once on one mock cloud: a name has one owner, and no update is lost."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from dcctl.model import Query, State
from mock.clouds import everything, mock, processes

if TYPE_CHECKING:
    from pathlib import Path

START = """
import sys
from pathlib import Path
from dcctl.errors import DcctlError
from dcctl.job import Job
from mock.clouds import everything, mock, spec
number, path = sys.argv[1:]
driver = mock(Path(path))
"""


def test_exactly_one_of_several_processes_wins_a_name_and_the_file_is_seeded_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mock.sqlite3"
    outcomes = processes(
        8,
        START
        + """
try:
    print(driver.create(spec("web"), Job()).id)
except DcctlError as error:
    print(error.code)
""",
        str(path),
    )
    said = sorted(output.strip() for _, output in outcomes)
    assert said == [*["conflict"] * 7, "inst4"]
    assert len(everything(mock(path))) == 5
    assert len(list(mock(path).images(Query.everything()))) == 3


def test_processes_that_create_different_names_all_succeed_with_different_ids(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    outcomes = processes(
        6,
        START
        + """
for count in range(5):
    print(driver.create(spec(f"web{number}x{count}"), Job()).id)
""",
        str(path),
    )
    assert [status for status, _ in outcomes] == [0] * 6
    ids = [line for _, output in outcomes for line in output.split()]
    assert len(ids) == len(set(ids)) == 30
    assert len(everything(mock(path))) == 34


def test_of_several_processes_that_stop_one_instance_exactly_one_does_it(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    victim = everything(mock(path))["MockUserInstance"]
    assert victim.state is State.RUNNING
    outcomes = processes(
        6,
        START
        + """
victim = everything(driver)["MockUserInstance"]
from dataclasses import replace
from dcctl.model import State
try:
    print(driver.stop(replace(victim, state=State.RUNNING), Job()).state)
except DcctlError as error:
    print(error.code)
""",
        str(path),
    )
    assert sorted(output.strip() for _, output in outcomes) == [*["not-allowed"] * 5, "stopped"]


def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "dcctl" / "mock.sqlite3"
    everything(mock(path))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(path.parent).st_mode) == 0o700
    assert os.listdir(path.parent) == ["mock.sqlite3"]
