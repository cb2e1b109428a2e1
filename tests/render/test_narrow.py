"""Tables on terminals: what is dropped, what is never cut, and when the plain writer takes over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from dcctl.nouns.findings import Finding, Verdict
from dcctl.render.fit import Wish, fit
from dcctl.render.noun import KEPT
from dcctl.render.nouns.finding import FINDING, REPAIR
from dcctl.render.nouns.instance import INSTANCE, InstanceRow
from dcctl.render.nouns.realm_step import REALM_STEP
from dcctl.render.plain import cell_width
from render.screens import DB, WEB, Screen, options

ROWS = [WEB, DB]


def drawn(width: int, rows: list[InstanceRow] = ROWS, **typed: object) -> tuple[str, str]:
    screen = Screen(INSTANCE, options(**typed), interactive=True, width=width)  # type: ignore[arg-type]
    return screen.list(rows), screen.stderr.written


def test_a_wide_terminal_shows_all_usual_columns_with_rules() -> None:
    text, note = drawn(120)
    assert text.splitlines()[0].startswith("╭")
    assert "web.example, 10.0.0.5" in text
    assert note == ""


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    text, _ = drawn(width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "db-with-a-long-name" in text
    assert "running" in text


def test_a_narrow_terminal_drops_columns_by_their_worth_and_says_how_many() -> None:
    text, note = drawn(60)
    titles = text.splitlines()[1].replace("│", " ").split()
    assert titles == ["NAME", "STATE", "ADDRESSES"]
    assert note == "dcctl: 4 columns hidden; see -o wide\n"


def test_asked_columns_are_never_dropped() -> None:
    text, note = drawn(40, columns=("name,image,hwp,addresses,age",))
    assert "debian-12" in text
    assert "10.0.0.5" in text
    assert note == ""


def test_a_long_text_is_cut_before_columns_go() -> None:
    row = replace(WEB, instance=replace(WEB.instance, image="an-image-with-a-very-long-name-indeed"))
    text, _ = drawn(80, [row])
    assert "│ an-image-with-a-ver… │" in text
    assert "HWP" in text


def test_a_name_that_does_not_fit_is_folded_and_not_cut() -> None:
    name = "a-name-of-sixty-three-characters-which-is-as-long-as-libvirt-takes"
    text, _ = drawn(40, [replace(WEB, instance=replace(WEB.instance, name=name))])
    column = "".join(line.split("│")[1].strip() for line in text.splitlines() if line.startswith("│"))
    assert column == f"NAME{name}"


def test_a_terminal_that_has_no_room_at_all_gets_plain_lines() -> None:
    text, _ = drawn(12)
    assert text.splitlines()[0].split() == INSTANCE_TITLES
    assert "╭" not in text


INSTANCE_TITLES = "NAME STATE REALM HWP IMAGE ADDRESSES AGE".split()


def test_many_rows_are_written_without_rules() -> None:
    rows = [replace(WEB, instance=replace(WEB.instance, name=f"web-{n}")) for n in range(201)]
    assert "╭" in drawn(100, rows[:200])[0]
    text, _ = drawn(100, rows)
    assert "╭" not in text
    assert len(text.splitlines()) == 202


def test_nothing_is_said_on_standard_error_when_there_is_nothing() -> None:
    text, note = drawn(80, [])
    assert (text, note) == ("", "dcctl: no instances\n")
    nothing_to_do = Screen(REALM_STEP, options(), interactive=True)
    assert (nothing_to_do.list([]), nothing_to_do.stderr.written) == ("", f"dcctl: {REALM_STEP.none}\n")


def test_wide_characters_are_counted_as_two() -> None:
    row = replace(WEB, instance=replace(WEB.instance, name="日本"))
    text, _ = drawn(120, [row, DB])
    assert len({cell_len(line) for line in text.splitlines()}) == 1
    plain = Screen(INSTANCE, options(columns=("name,state",))).list([row, DB]).splitlines()
    assert cell_len(plain[1].partition("running")[0]) == plain[2].index("error")


@pytest.mark.parametrize("text", ["", "web", "日本", "Zürich", "e\u0301", "ｗｅｂ"])
def test_widths_are_those_that_rich_counts(text: str) -> None:
    assert cell_width(text) == cell_len(text)


def test_what_is_worth_least_goes_first_and_of_equals_the_rightmost() -> None:
    wishes = [Wish(10, None, KEPT), Wish(10, None, 1), Wish(10, None, 2), Wish(10, None, 1)]
    assert fit(wishes, 52, 3) == {0: 10, 1: 10, 2: 10, 3: 10}
    assert fit(wishes, 51, 3) == {0: 10, 1: 10, 2: 10}
    assert fit(wishes, 38, 3) == {0: 10, 2: 10}
    assert fit(wishes, 13, 3) == {0: 10}
    assert fit(wishes, 12, 3) is None


def test_what_is_left_over_goes_to_those_who_were_cut() -> None:
    assert fit([Wish(5, None, KEPT), Wish(40, 10, 1)], 30, 2) == {0: 5, 1: 21}


LEFT = Finding(
    "left volume",
    Verdict.WRONG,
    "dcctl-0b8f1a52-root.qcow2 belongs to no instance of this host",
    "dcctl doctor --realm production --fix",
    "production",
    "dcctl-0b8f1a52-root.qcow2",
    "delete the volume",
)


def words_on(screen: str) -> str:
    """What stands in the cells of a table, row by row of each column."""
    cells = [line.strip("│").split("│") for line in screen.splitlines() if line.startswith("│")]
    return " ".join(" ".join(cell.strip() for cell in column if cell.strip()) for column in zip(*cells, strict=True))


@pytest.mark.parametrize("width", [80, 100, 200])
def test_where_something_is_wrong_and_what_to_do_is_all_there_at_80_columns(width: int) -> None:
    """Sentences are folded, at blanks; of three realms each line says which one it is about."""
    screen = Screen(FINDING, options(), interactive=True, width=width)
    text = screen.list([LEFT])
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert LEFT.hint is not None
    for said in ("production", "left volume", "wrong", "belongs to no instance of this host", LEFT.hint):
        assert said in words_on(text)
    assert screen.stderr.written == ""


def test_on_a_narrower_terminal_what_to_do_goes_and_the_realm_stays() -> None:
    screen = Screen(FINDING, options(), interactive=True, width=56)
    text = words_on(screen.list([LEFT]))
    assert "production" in text
    assert "belongs to no instance" in text
    assert screen.stderr.written == "dcctl: 1 column hidden; see -o wide\n"


def test_what_would_be_mended_is_a_table_at_80_columns() -> None:
    text = Screen(REPAIR, options(), interactive=True, width=80).list([LEFT])
    assert "delete the volume" in words_on(text)
    assert "belongs to no instance of this host" in words_on(text)
