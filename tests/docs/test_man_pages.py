"""The manual pages say what the program does: they are those that the tree makes, they are clean, and their examples run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dcctl.catalogue import load
from dcctl.cli.app import NOUNS, whole_tree
from dcctl.errors import DcctlError
from requirement import program

ROOT = Path(__file__).parents[2]
CHECKED_IN = ROOT / "man"
PLAIN = str.maketrans("", "", "\\")


def checked_in(page: str) -> str:
    """The text of a page, from the folder of its section."""
    return (CHECKED_IN / f"man{page[-1]}" / page).read_text()


def shown(page: str) -> str:
    """The page without escapes and fonts, as a person reads it."""
    return re.sub(r"\\f[A-Z]", "", checked_in(page)).translate(PLAIN)


def examples(page: str) -> list[str]:
    """The texts between .nf and .fi."""
    text = checked_in(page).replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\(ti", "~")
    return [part.replace(r"\&", "") for part in re.findall(r"^\.nf\n(.*?)^\.fi$", text, re.DOTALL | re.MULTILINE)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("man")
    program = ROOT / "tools" / "man_pages.py"
    path = os.pathsep.join([str(ROOT), str(ROOT / "drivers"), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, program, folder], check=True, env={**os.environ, "PYTHONPATH": path})
    return folder


def test_the_checked_in_pages_are_those_that_the_tree_makes(made: Path) -> None:
    pages = list(made.glob("man?/*"))
    assert len(pages) >= len(NOUNS)
    for page in pages:
        assert checked_in(page.name) == page.read_text(), f"{page.name} is old: run make man"


def test_every_noun_has_a_page() -> None:
    assert {f"dcctl-{noun.name}.1" for noun in NOUNS} <= {page.name for page in CHECKED_IN.glob("man1/*")}


def test_every_option_of_every_command_is_on_its_page() -> None:
    for noun in NOUNS:
        page = shown(f"dcctl-{noun.name}.1")
        for verb, command in getattr(whole_tree().commands[noun.name], "commands").items():  # noqa: B009  a group's
            assert f"dcctl {noun.name} {verb}" in page
            for option in (word for parameter in command.params for word in parameter.opts if word.startswith("-")):
                assert option in page, f"{option} of {noun.name} {verb}"


def test_every_key_of_a_noun_in_json_is_on_its_page() -> None:
    shapes = json.loads((ROOT / "dcctl" / "schema" / "output.json").read_text())["$defs"]
    for noun in ("instance", "image", "network", "key", "hwp", "realm"):
        section = shown(f"dcctl-{noun}.1").partition(".SH JSON")[2]
        assert {key for key in shapes[noun]["properties"] if f"\n{key}\n" not in section} == set(), noun


def test_every_exit_status_is_explained() -> None:
    def statuses(cls: type[DcctlError]) -> set[int]:
        return {cls.exit_status}.union(*map(statuses, cls.__subclasses__()))

    section = shown("dcctl.1").partition('.SH "EXIT STATUS"')[2].partition(".SH")[0]
    explained = {int(line) for line in section.splitlines() if line.isdigit()}
    assert statuses(DcctlError) | {0, 141, 143} == explained


def keys(schema: object) -> set[str]:
    """Every key that a schema allows, at any depth, but those that stand for names."""
    if isinstance(schema, list):
        return set().union(*map(keys, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(keys, schema.values()))


@pytest.mark.parametrize(("page", "schema"), [("dcctl-profiles.5", "catalogue"), ("dcctl-config.5", "config")])
def test_every_key_of_a_file_is_on_its_page(page: str, schema: str) -> None:
    allowed = keys(json.loads((ROOT / "dcctl" / "schema" / f"{schema}.json").read_text()))
    assert len(allowed) > 8
    assert {key for key in allowed if key not in shown(page)} == set()


def test_the_catalogue_on_its_page_is_one(tmp_path: Path) -> None:
    (text,) = examples("dcctl-profiles.5")
    file = tmp_path / "profiles.yaml"
    file.write_text(text)
    catalogue = load(str(file))
    assert list(catalogue.profiles) == ["small", "large", "opaque"]
    assert list(catalogue.realm_entries) == ["lab"]


@pytest.mark.parametrize("page", ["dcctl.1", "dcctl-mock.7"])
def test_the_examples_do_what_they_say(page: str, tmp_path: Path) -> None:
    text = "\n".join(examples(page)).replace("PENDING=5s", "PENDING=50ms")
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "drivers")])
    statuses = []
    for line in filter(None, text.splitlines()):
        command = re.sub(r"\bdcctl\b", f"{sys.executable} -m dcctl", line, count=1)
        result = subprocess.run(command, shell=True, env=environ, capture_output=True, text=True, check=False)
        statuses.append(result.returncode)
        assert "Traceback" not in result.stderr
    # The last line of dcctl-mock(7) shows a provider that is full.
    assert statuses == ([0] * 6 if page == "dcctl.1" else [0, 10])


def test_the_pages_are_clean() -> None:
    mandoc = program("mandoc", "apt install mandoc")
    pages = sorted(map(str, CHECKED_IN.glob("man?/*")))
    result = subprocess.run([mandoc, "-T", "lint", *pages], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
