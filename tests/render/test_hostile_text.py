"""Whatever a provider calls its things: every format says the same, and no terminal is steered."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import replace

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dcctl.render.json_text import compact, indented
from dcctl.render.nouns.instance import INSTANCE, InstanceRow
from dcctl.words import visible
from render.screens import WEB, Screen, options

ANY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
MARKUP = st.sampled_from(
    ["[red]x[/red]", "[/b]", "\x1b[31m", "a\u202eb", "a\x9bb", ":smile:", '","', "\r\n", "日本", "=1+1"]
)
NAMES = st.lists(ANY | MARKUP, min_size=1, max_size=3).map("".join)

quietly = settings(deadline=None)
"""The first example pays for imports: YAML, Rich."""

STEERING = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def row(name: str) -> InstanceRow:
    return replace(WEB, instance=replace(WEB.instance, name=name))


@quietly
@given(NAMES)
def test_nothing_that_steers_reaches_a_terminal(name: str) -> None:
    for form in ("table", "wide", "csv", "name", "json", "jsonl", "yaml"):
        screen = Screen(INSTANCE, options(form), interactive=True, width=200, color="never")
        written = screen.list([row(name)]) + screen.stderr.written
        unexpected = {c for c in written if unicodedata.category(c) in STEERING and c != "\n"}
        assert unexpected == set(), form


@quietly
@given(NAMES)
def test_a_card_shows_the_whole_name_and_nothing_that_steers(name: str) -> None:
    written = Screen(INSTANCE, options(), interactive=True, width=9_999).one(row(name))
    assert {c for c in written if unicodedata.category(c) in STEERING and c != "\n"} == set()
    if visible(name).strip() == name:
        assert name in written


@quietly
@given(NAMES)
def test_json_yaml_and_csv_give_the_name_back_exactly(name: str) -> None:
    def text(form: str) -> str:
        return Screen(INSTANCE, options(form)).list([row(name)])

    assert json.loads(text("json"))[0]["name"] == name
    assert json.loads(text("jsonl"))["name"] == name
    assert text("jsonl").count("\n") == 1
    assert yaml.safe_load(text("yaml"))[0]["name"] == name
    (read,) = csv.DictReader(io.StringIO(text("csv"), newline=""))
    assert read["name"] == name


@quietly
@given(NAMES)
def test_a_table_on_a_pipe_has_one_line_for_each_row(name: str) -> None:
    written = Screen(INSTANCE, options(columns=("name,state",))).list([row(name)])
    _header, line = written.removesuffix("\n").split("\n")
    assert line.endswith("  running")
    assert line.startswith(visible(name))


@quietly
@given(NAMES)
def test_a_name_in_a_list_of_names_is_one_word(name: str) -> None:
    written = Screen(INSTANCE, options("name")).list([row(name)])
    (word,) = written.split()
    assert word in (name, "i-1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@quietly
@given(JSON)
def test_our_json_is_that_of_the_standard_library(value: object) -> None:
    assert compact(value) == json.dumps(value)
    assert indented(value) == json.dumps(value, indent=2)
