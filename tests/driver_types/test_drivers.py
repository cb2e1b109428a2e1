"""What a type checker tells the author of a driver: mistakes are found where they are made, and what is right passes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import requirement

ROOT = Path(__file__).parents[2]
SUBJECT = Path(__file__).with_name("drivers.py.txt")
"""No .py, since our own type check must not read it."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """What mypy says, by line; of an author's project that knows nothing but dcctl."""
    folder = tmp_path_factory.mktemp("author")
    (folder / "drivers.py").write_text(SUBJECT.read_text())
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "--hide-error-context", "drivers.py"],
        cwd=folder,
        env={**os.environ, "MYPYPATH": f"{ROOT}{os.pathsep}{ROOT / 'drivers'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not checked.stderr
    found: dict[int, str] = {}
    for line, message in re.findall(r"^drivers\.py:(\d+): error: (.*)$", checked.stdout, re.MULTILINE):
        found[int(line)] = f"{found.get(int(line), '')}{message}\n"
    return found


@pytest.fixture(scope="module")
def found_by_pyright(tmp_path_factory: pytest.TempPathFactory) -> set[int]:
    """The lines in which pyright, as most editors run it, finds mistakes."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    checker = requirement.program("basedpyright", "pip install basedpyright", path=path)
    folder = tmp_path_factory.mktemp("author")
    (folder / "drivers.py").write_text(SUBJECT.read_text())
    paths = [str(ROOT), str(ROOT / "drivers")]
    configuration = {"typeCheckingMode": "strict", "extraPaths": paths, "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(configuration))
    checked = subprocess.run(
        [checker, "--outputjson", "drivers.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    found = json.loads(checked.stdout)["generalDiagnostics"]
    return {diagnostic["range"]["start"]["line"] + 1 for diagnostic in found if diagnostic["severity"] == "error"}


def expected() -> dict[int, str]:
    lines = enumerate(SUBJECT.read_text().splitlines(), start=1)
    return {number: line.partition("# expect: ")[2] for number, line in lines if "# expect: " in line}


@pytest.mark.parametrize(("line", "words"), expected().items(), ids=lambda value: str(value))
def test_a_mistake_is_found(said: dict[int, str], line: int, words: str) -> None:
    assert words in said.get(line, "nothing was said")


def test_nothing_else_is_called_a_mistake(said: dict[int, str]) -> None:
    assert sorted(said.keys() - expected().keys()) == []
    assert len(expected()) == 14


def test_pyright_finds_the_same_mistakes(found_by_pyright: set[int]) -> None:
    assert found_by_pyright == set(expected())
