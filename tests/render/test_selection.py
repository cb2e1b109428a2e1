"""``-c``, ``--sort``, ``-f``, and options that contradict each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dcctl.errors import Usage
from dcctl.hardware import Hardware, HardwareProfile, Property, Range
from dcctl.model import State
from dcctl.render.nouns.hwp import HWP
from dcctl.render.nouns.instance import INSTANCE, InstanceRow
from render.screens import DB, NOW, WEB, Screen, options

OLD = InstanceRow(
    replace(
        WEB.instance,
        id="i-3",
        name="old",
        state=State.STOPPED,
        created=NOW - timedelta(days=9),
        hardware=Hardware(memory_mib=512),
    )
)
ROWS = [WEB, DB, OLD]


def names(**typed: object) -> list[str]:
    return Screen(INSTANCE, options("name", **typed)).list(ROWS).split()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["db-with-a-long-name", "old", "web"]),
        ("-name", ["web", "old", "db-with-a-long-name"]),
        ("created", ["old", "web", "db-with-a-long-name"]),
        ("-created", ["web", "old", "db-with-a-long-name"]),
        ("memory_mib", ["old", "web", "db-with-a-long-name"]),
        ("realm,-name", ["db-with-a-long-name", "web", "old"]),
    ],
)
def test_sorting_compares_values_and_puts_what_is_absent_last(key: str, expected: list[str]) -> None:
    assert names(sort=(key,)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("state=running", ["web"]),
        ("state=RUNNING", []),
        ("state!=running", ["db-with-a-long-name", "old"]),
        ("name~^o|web$", ["web", "old"]),
        ("name~(?i)^WEB", ["web"]),
        ("memory_mib=8192", ["web"]),
        ("memory=8GiB", ["web"]),
        ("memory=8 GiB", ["web"]),
        ("memory!=8 GiB", ["db-with-a-long-name", "old"]),
        ("addresses=10.0.0.5", ["web", "old"]),
        ("addresses!=10.0.0.5", ["db-with-a-long-name"]),
        ("addresses~^10[.]", ["web", "old"]),
        ("image=", ["db-with-a-long-name"]),
        ("addresses=", ["db-with-a-long-name"]),
        ("reason=no space", ["db-with-a-long-name"]),
        ("foreign=true", ["db-with-a-long-name"]),
        ("created=2026-11-25T09:00:00Z", ["web"]),
    ],
)
def test_filters_compare_the_texts_of_csv_and_what_the_table_shows(condition: str, expected: list[str]) -> None:
    assert names(filters=(condition,)) == expected


def test_several_filters_hold_together() -> None:
    assert names(filters=("realm=us", "state!=running")) == ["old"]


def test_a_filter_may_contain_its_own_marks() -> None:
    odd = InstanceRow(replace(WEB.instance, owner="a=b~c!=d"))
    screen = Screen(INSTANCE, options("name", filters=("owner=a=b~c!=d",)))
    assert screen.list([odd, WEB]) == "web\n"


def test_a_profile_fits_a_filter_when_it_allows_the_value_not_only_by_default() -> None:
    wide = HardwareProfile("wide", {Property.MEMORY: Range(512, 4096, 1024)})
    opaque = HardwareProfile("opaque")

    def found(condition: str) -> str:
        return Screen(HWP, options("name", filters=(condition,))).list([wide, opaque])

    assert found("memory_mib=2048") == "wide\n"
    assert found("memory=2GiB") == "wide\n"
    assert found("memory=8GiB") == ""
    assert found("cpu=1") == "", "what a profile lacks never matches"
    assert found("memory=much") == ""


def test_columns_are_chosen_by_key_or_by_the_title_that_is_seen() -> None:
    text = Screen(INSTANCE, options(columns=("AGE, name", "id"))).list([WEB])
    assert text.splitlines() == ["AGE  NAME  ID", "3h   web   i-1"]


@pytest.mark.parametrize(
    "typed", [{"columns": ("nmae",)}, {"sort": ("-nmae",)}, {"filters": ("nmae=x",)}], ids=["-c", "--sort", "-f"]
)
def test_an_unknown_column_is_refused_naming_those_that_there_are(typed: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(Usage) as caught:
        Screen(INSTANCE, options(**typed))  # type: ignore[arg-type]
    assert "'nmae'" in caught.value.message
    assert "did you mean name" in (caught.value.hint or "")
    assert "provider_state" in (caught.value.hint or "")


@pytest.mark.parametrize("condition", ["running", "=running", "", "!x=y"])
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(Usage, match="not a filter"):
        Screen(INSTANCE, options(filters=(condition,)))


def test_a_broken_pattern_is_refused() -> None:
    with pytest.raises(Usage, match="not a pattern: '\\('"):
        Screen(INSTANCE, options(filters=("name~(",)))


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "name"])
def test_columns_go_only_with_formats_that_have_them(form: str) -> None:
    with pytest.raises(Usage, match="no columns"):
        Screen(INSTANCE, options(form, columns=("name",)))


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml"])
def test_no_header_goes_only_with_formats_that_have_one(form: str) -> None:
    with pytest.raises(Usage, match="no header"):
        Screen(INSTANCE, options(form, header=False))


def test_quiet_goes_with_nothing_that_it_would_hide() -> None:
    with pytest.raises(Usage, match="-q prints names only"):
        Screen(INSTANCE, options("json", quiet=True))
    with pytest.raises(Usage, match="-q prints names only"):
        Screen(INSTANCE, options(quiet=True, columns=("state",)))
