"""The tutorial is typed in by a new author: what the page says works, block for block, with nothing but dcctl installed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from authoring import Author, new_author
from docs.tutorial import Step, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INSTALL = "pip install .\n"
CHAPTERS = ["Hardware profiles", "Realms", "Images", "States", "Instances", "Create", "Actions"]
"""The order of Deltacloud's tutorial."""


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Author:
    return new_author(tmp_path_factory)


@pytest.fixture(scope="module")
def project(author: Author, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("dcctl-process")
    for process in author.home.glob("dcctl-process/instances/*/process"):  # of a page that went wrong
        with suppress(ProcessLookupError):
            os.killpg(int(process.read_text().split()[0]), signal.SIGKILL)


@pytest.fixture(scope="module")
def printed(author: Author, project: Path) -> dict[str, str]:
    """What the commands of each chapter print. Each is run when the files are as far as the reader is."""
    output: dict[str, str] = {}
    for step in steps():
        if step.path is not None:
            write(project / step.path, step.text)
            continue
        commands = step.text
        if commands.startswith(INSTALL):  # the reader's pip may fetch hatchling; ours uses the one that is here
            author.install(project)
            commands = commands.removeprefix(INSTALL)
        output[step.chapter] = output.get(step.chapter, "") + author.runs("sh", "-euc", commands, cwd=project)
    return output


def write(file: Path, text: str) -> None:
    """Begin the file, or go on with it: a method follows after one empty line, anything else of Python after two."""
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text() if file.exists() else ""
    gap = "\n" if text[:1].isspace() else "\n\n"
    file.write_text(before + (gap if before and file.suffix == ".py" else "") + text)


def test_the_chapters_are_in_the_order_of_the_original() -> None:
    chapters = list(dict.fromkeys(step.chapter for step in steps()))
    assert chapters == ["The package", *CHAPTERS, "Does it keep its word?"]


def test_every_block_is_a_file_or_commands() -> None:
    assert all(isinstance(step, Step) for step in steps())


@pytest.mark.parametrize(
    ("chapter", "word"),
    [
        ("Hardware profiles", "large"),
        ("Realms", "This machine"),
        ("Images", "['ticker']"),
        ("States", "stop suspend"),
        ("Actions", "dcctl-process 0.1.0"),
        ("Actions", "suspended"),
        ("Actions", "stopped"),
    ],
)
def test_the_commands_of_a_chapter_print_what_it_is_about(printed: dict[str, str], chapter: str, word: str) -> None:
    assert word in printed[chapter]


def test_driver_check_finds_nothing_broken_and_the_page_leaves_nothing(printed: dict[str, str], author: Author) -> None:
    assert " 0 broken, " in printed["Does it keep its word?"]
    assert (author.home / "dcctl-process" / "images" / "ticker").exists()
    assert list(author.home.glob("dcctl-process/instances/*")) == []


def test_the_conformance_suite_passes_with_the_reader_s_harness(printed: dict[str, str]) -> None:
    passed = re.search(r"(\d+) passed", printed["Does it keep its word?"])
    assert passed is not None
    assert int(passed[1]) > 70


def test_the_reader_s_type_checker_is_content(printed: dict[str, str], author: Author, project: Path) -> None:
    assert printed
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-executable", author.environment / "bin" / "python", "src"],
        cwd=project,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
