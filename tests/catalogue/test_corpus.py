"""Good and bad catalogues, the loader and the JSON Schema against each other.

``corpus/expected.txt`` has for each bad file every problem, in order, as a person sees it.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dcctl import strict_yaml
from dcctl.catalogue import check, load
from dcctl.errors import CatalogueError

CORPUS = Path(__file__).parent / "corpus"
GOOD = sorted((CORPUS / "good").glob("*.yaml"))
BAD = sorted((CORPUS / "bad").glob("*.yaml"))

NOT_DATA = {
    "alias-in-itself",
    "duplicate-key",
    "laughs",
    "long-number",
    "merge-key",
    "number-as-name",
    "second-document",
    "tabulator",
    "tag",
    "unfinished",
    "unknown-alias",
}
"""Refused before there is data that a schema could see."""

ONLY_THE_LOADER_SEES = {
    "huge-size": "arithmetic",
    "near-misses": "limit is spelt like a driver",
    "ranges-and-choices": "the order of two values, and their equality in different units",
    "whole-gib": "arithmetic",
    "whole-number-with-a-point": "2.0 is an integer to JSON",
}

SCHEMA = Draft202012Validator(json.loads((files("dcctl") / "schema" / "catalogue.json").read_text()))


def expected(name: str) -> list[str]:
    lines = (CORPUS / "expected.txt").read_text().splitlines()
    start = lines.index(f"{name}.yaml") + 1
    end = next((i for i in range(start, len(lines)) if not lines[i].startswith("  ")), len(lines))
    return [line.strip() for line in lines[start:end]]


def copied(source: Path, tmp_path: Path) -> str:
    """A checkout may be writable by a group; what is under test is the content."""
    path = tmp_path / source.name
    path.write_bytes(source.read_bytes())
    path.chmod(0o600)
    return str(path)


def data(path: Path) -> object:
    return strict_yaml.plain(strict_yaml.parse(path.read_bytes(), path.name, CatalogueError))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_is_good_for_the_loader_and_for_the_schema(path: Path, tmp_path: Path) -> None:
    assert [f"{problem.where}: {problem.message}" for problem in check(copied(path, tmp_path))] == []
    assert [error.message for error in SCHEMA.iter_errors(data(path))] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_loader_names_every_problem_of_a_bad_file_with_its_place(path: Path, tmp_path: Path) -> None:
    file = copied(path, tmp_path)
    problems = check(file)
    assert all(problem.where is not None and problem.where.startswith(f"{file}:") for problem in problems)
    assert [f"{str(problem.where).removeprefix(file + ':')}: {problem.message}" for problem in problems] == expected(
        path.stem
    )
    assert problems


@pytest.mark.parametrize("path", [path for path in BAD if path.stem not in NOT_DATA], ids=lambda path: path.stem)
def test_the_schema_refuses_what_the_loader_refuses_or_it_is_named_here(path: Path) -> None:
    assert SCHEMA.is_valid(data(path)) == (path.stem in ONLY_THE_LOADER_SEES)


def test_the_default_catalogue_is_good_for_the_schema_too() -> None:
    assert [error.message for error in SCHEMA.iter_errors(data(Path(load(None).path)))] == []
