"""Colour, width and characters: what a stream is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from dcctl.errors import Usage
from dcctl.render.nouns.instance import INSTANCE
from dcctl.render.terminal import Terminal, wants_color
from render.screens import DB, WEB, Screen, Stream, options

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = [WEB, DB]


@pytest.mark.parametrize(
    ("asked", "environ", "on_a_terminal", "on_a_pipe"),
    [
        (None, {}, True, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
        ("auto", {"DCCTL_COLOR": "never"}, True, False),
        (None, {"DCCTL_COLOR": "always", "NO_COLOR": "1"}, True, True),
        (None, {"DCCTL_COLOR": "never", "FORCE_COLOR": "1"}, False, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        (None, {"NO_COLOR": ""}, True, False),
        (None, {"FORCE_COLOR": "1", "CLICOLOR": "0", "TERM": "dumb"}, True, True),
        (None, {"FORCE_COLOR": "0"}, False, False),
        (None, {"FORCE_COLOR": "false"}, False, False),
        (None, {"CLICOLOR_FORCE": "1", "TERM": "dumb"}, True, True),
        (None, {"CLICOLOR_FORCE": "0"}, True, False),
        (None, {"CLICOLOR": "0"}, False, False),
        (None, {"TERM": "dumb"}, False, False),
    ],
)
def test_colour_is_decided_in_one_order(
    asked: str | None, environ: Mapping[str, str], on_a_terminal: bool, on_a_pipe: bool
) -> None:
    assert wants_color(asked, environ, interactive=True) is on_a_terminal
    assert wants_color(asked, environ, interactive=False) is on_a_pipe


def test_a_wrong_word_for_colour_is_refused() -> None:
    with pytest.raises(Usage, match="'purple'"):
        wants_color(None, {"DCCTL_COLOR": "purple"}, interactive=True)


def test_colour_adds_nothing_but_colour() -> None:
    def text(color: str, *, interactive: bool) -> str:
        return Screen(INSTANCE, options(), interactive=interactive, width=100, color=color).list(ROWS)

    for interactive in (True, False):
        plain, painted = text("never", interactive=interactive), text("always", interactive=interactive)
        assert "\x1b" not in plain
        assert "\x1b[32mrunning\x1b[0m" in painted
        import re

        assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv", "name"])
def test_data_has_no_colour_even_when_it_is_asked_for(form: str) -> None:
    assert "\x1b" not in Screen(INSTANCE, options(form), interactive=True, color="always").list(ROWS)


@pytest.mark.parametrize(
    ("columns", "width"), [("100", 100), ("", 80), ("0", 80), ("-5", 80), ("wide", 80), ("99999999999", 80)]
)
def test_the_width_is_that_of_columns_if_it_makes_sense(columns: str, width: int) -> None:
    assert Terminal(io.StringIO(), environ={"COLUMNS": columns}).width == width


def test_a_stream_that_is_closed_or_is_none_is_no_terminal() -> None:
    closed = Stream(interactive=False, encoding="utf-8")
    plain = io.StringIO()
    plain.close()
    assert not Terminal(plain, environ={}).interactive
    assert not Terminal(closed, environ={}).interactive


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("interactive", [True, False])
@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "csv", "name"])
def test_no_encoding_makes_output_fail(encoding: str, interactive: bool, form: str) -> None:
    from dataclasses import replace

    row = replace(WEB, instance=replace(WEB.instance, name="Zürich-日本", image="long " * 20))
    text = Screen(INSTANCE, options(form), interactive=interactive, encoding=encoding).list([row])
    if form == "name" and encoding != "utf-8":
        # What it prints is for other commands, which would look for the escape.
        assert text == f"{row.instance.id}\n"
        return
    # What ASCII lacks becomes an escape that can still be told from others.
    assert "rich-" in text


def test_a_terminal_without_unicode_gets_rules_of_ascii() -> None:
    text = Screen(INSTANCE, options(), interactive=True, encoding="ascii").list(ROWS)
    assert text.startswith("+---")


def test_a_closed_pipe_is_for_the_caller_to_know() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    from dcctl.render.output import Output

    for form in ("table", "json", "csv", "name"):
        output = Output(INSTANCE, options(form), Terminal(Closed(), environ={}))
        with pytest.raises(BrokenPipeError):
            output.list(ROWS)
