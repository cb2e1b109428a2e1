"""Who may have written the catalogue: it can name hosts and commands, so it is trusted like code."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from dcctl.catalogue import check, load

Write = Callable[..., str]

GOOD = "version: 1\n"
NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def messages(path: str) -> list[str]:
    return [problem.message for problem in check(path)]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400, 0o755])
def test_a_file_that_others_may_only_read_is_trusted(write: Write, mode: int) -> None:
    assert messages(write(GOOD, mode=mode)) == []


def test_a_file_that_everybody_may_write_is_refused_and_the_hint_repairs_it(write: Write) -> None:
    path = write(GOOD, mode=0o666)
    (problem,) = check(path)
    assert problem.message == f"everybody may write {path}, and could make dcctl run commands"
    assert problem.hint == f"run: chmod go-w {path}"


def test_a_directory_that_everybody_may_write_is_refused_unless_sticky(write: Write, tmp_path: Path) -> None:
    path = write(GOOD)
    tmp_path.chmod(0o777)
    assert messages(path) == [f"everybody may write {tmp_path}, and could make dcctl run commands"]
    tmp_path.chmod(0o1777)
    assert messages(path) == []
    tmp_path.chmod(0o700)


def test_a_relative_path_is_checked_in_the_working_directory(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(GOOD)
    monkeypatch.chdir(tmp_path)
    assert messages("profiles.yaml") == []
    tmp_path.chmod(0o777)
    assert messages("profiles.yaml") == ["everybody may write ., and could make dcctl run commands"]
    tmp_path.chmod(0o700)


def test_a_file_that_the_owners_private_group_may_write_is_trusted(write: Write) -> None:
    """As on systems with umask 002; a private group lists nobody else."""
    import grp

    me = pwd.getpwuid(os.geteuid())
    if set(grp.getgrgid(me.pw_gid).gr_mem) - {me.pw_name}:
        pytest.skip(f"the primary group of {me.pw_name} has other members")
    assert messages(write(GOOD, mode=0o664)) == []


@needs_root
def test_a_file_that_another_group_may_write_is_refused(write: Write) -> None:
    path = write(GOOD, mode=0o664)
    os.chown(path, 0, NOBODY)
    (problem,) = check(path)
    assert problem.message == f"the group may write {path}, and could make dcctl run commands"
    assert problem.hint == f"run: chmod g-w {path}"


@needs_root
def test_a_file_of_somebody_else_is_refused(write: Write) -> None:
    path = write(GOOD)
    os.chown(path, NOBODY, NOBODY)
    assert messages(path) == [f"{path} belongs to somebody else (user {NOBODY}), who could make dcctl run commands"]


def test_trust_is_asked_for_again_when_the_answer_would_come_from_the_cache(write: Write) -> None:
    path = write(GOOD)
    load(path)
    os.chmod(path, 0o666)
    assert len(check(path)) == 1


def test_the_null_device_is_an_empty_catalogue_and_no_danger() -> None:
    assert messages("/dev/null") == ["the catalogue is empty; it begins with version: 1"]
