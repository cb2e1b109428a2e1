"""Good and bad configurations, the reader and the JSON Schema against each other.

``corpus/expected.txt`` has for each bad file every problem, in order, as a person sees it.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from config.conftest import Person
from dcctl import strict_yaml
from dcctl.config import initial_text
from dcctl.errors import ConfigError, DcctlError, Problems

CORPUS = Path(__file__).parent / "corpus"
GOOD = sorted((CORPUS / "good").glob("*.yaml"))
BAD = sorted((CORPUS / "bad").glob("*.yaml"))

NOT_DATA = {"duplicate-key"}
"""Refused before there is data that a schema could see."""

ONLY_THE_READER_SEES = {
    "endless-timeout": "JSON has no infinity",
    "no-contexts-at-all": "one place refers to another",
    "unknown-context": "one place refers to another",
}

SCHEMA = Draft202012Validator(json.loads((files("dcctl") / "schema" / "config.json").read_text()))


def data(text: str) -> object:
    return strict_yaml.plain(strict_yaml.parse(text.encode(), "file", ConfigError))


def problems(person: Person) -> list[DcctlError]:
    try:
        person.decides()
    except Problems as error:
        return list(error.problems)
    except DcctlError as error:
        return [error]
    return []


def lines(person: Person) -> list[str]:
    return [
        f"{str(problem.where).removeprefix(f'{person.file}:')}: {problem.message}{f'; {problem.hint}' if problem.hint else ''}"
        for problem in problems(person)
    ]


def expected(name: str) -> list[str]:
    listed = (CORPUS / "expected.txt").read_text().splitlines()
    start = listed.index(f"{name}.yaml") + 1
    end = next((i for i in range(start, len(listed)) if not listed[i].startswith("  ")), len(listed))
    return [line.strip() for line in listed[start:end]]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_is_good_for_the_reader_and_for_the_schema(path: Path, person: Person) -> None:
    person.writes(path.read_text())
    assert lines(person) == []
    assert [error.message for error in SCHEMA.iter_errors(data(path.read_text()))] == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_reader_names_every_problem_of_a_bad_file_with_its_place(path: Path, person: Person) -> None:
    """kcli#830: a slip in the configuration ends in TypeError: string indices"""
    person.writes(path.read_text())
    assert lines(person) == expected(path.stem)
    assert {problem.exit_status for problem in problems(person)} == {3}


@pytest.mark.parametrize("path", [path for path in BAD if path.stem not in NOT_DATA], ids=lambda path: path.stem)
def test_the_schema_refuses_what_the_reader_refuses_or_it_is_named_here(path: Path) -> None:
    assert SCHEMA.is_valid(data(path.read_text())) == (path.stem in ONLY_THE_READER_SEES)


def test_the_initial_file_is_good_for_the_schema_also_when_everything_is_switched_on() -> None:
    text = initial_text()
    assert [error.message for error in SCHEMA.iter_errors(data(text))] == []
    uncommented = "\n".join(
        line.replace("# ", "", 1)
        if line.lstrip().startswith(("#   ", "# lab:", "# output", "# color", "# timeout"))
        else line
        for line in text.splitlines()
    )
    switched_on = data(uncommented)
    assert [error.message for error in SCHEMA.iter_errors(switched_on)] == []
    assert isinstance(switched_on, dict)
    assert set(switched_on) == {"version", "context", "contexts", "output", "color", "timeout"}
    assert set(switched_on["contexts"]["lab"]) == {"driver", "catalogue", "realm", "hwp", "conformance", "settings"}
