"""Errors and notes: one line each, a sentence with its hint, or JSON."""

from __future__ import annotations

import json

import pytest

from dcctl.errors import CatalogueError, Failed, NotAllowed, NotFound, Partial, Problems, Unreachable, Usage
from dcctl.render import messages
from dcctl.render.options import Format
from dcctl.render.terminal import Terminal
from render.screens import Stream

NOT_ALLOWED = NotAllowed("cannot start web: it is running", hint="allowed: reboot, stop", resource="web", realm="us")


def said(error: Exception, form: Format = Format.TABLE, color: str = "never") -> str:
    stream = Stream(interactive=False, encoding="utf-8")
    messages.error(error, form, Terminal(stream, color=color, environ={}))  # type: ignore[arg-type]
    return stream.written


def test_an_error_is_a_sentence_with_its_hint() -> None:
    assert said(NOT_ALLOWED) == "dcctl: cannot start web: it is running. Allowed: reboot, stop.\n"


def test_what_is_said_of_a_connection_names_the_realm_once() -> None:
    assert said(Unreachable("libvirt: refused", realm="east")) == "dcctl: east: libvirt: refused\n"
    assert said(Unreachable("the realm east is silent", realm="east")) == "dcctl: the realm east is silent\n"
    assert said(Unreachable("the realm 'east', too", realm="east")) == "dcctl: the realm 'east', too\n"
    assert said(Unreachable("east/web is away", realm="east")) == "dcctl: east/web is away\n"


@pytest.mark.parametrize("realm", ["us", "local", "a"])
def test_a_realm_that_is_part_of_another_word_is_not_named_by_it(realm: str) -> None:
    error = Unreachable("cannot use the locally used socket: status 1", realm=realm)
    assert said(error) == f"dcctl: {realm}: cannot use the locally used socket: status 1\n"


def test_what_is_about_nothing_that_somebody_named_says_the_realm() -> None:
    assert said(Failed("libvirt: internal error", realm="east")) == "dcctl: east: libvirt: internal error\n"
    assert said(Failed("libvirt: internal error", realm="east", resource="web")) == "dcctl: libvirt: internal error\n"


@pytest.mark.parametrize(
    ("hint", "line"),
    [
        (None, "dcctl: no such thing\n"),
        ("did you mean web?", "dcctl: no such thing. Did you mean web?\n"),
        ("dcctl instance list", "dcctl: no such thing. dcctl instance list.\n"),
        ("--force stops it first", "dcctl: no such thing. --force stops it first.\n"),
        ("already a sentence.", "dcctl: no such thing. Already a sentence.\n"),
    ],
)
def test_hints_become_sentences(hint: str | None, line: str) -> None:
    assert said(NotFound("no such thing", hint=hint)) == line


def test_a_place_comes_first_so_that_editors_find_it() -> None:
    error = CatalogueError("unknown key memroy", where="profiles.yaml:3:5", hint="did you mean memory?")
    assert said(error) == "profiles.yaml:3:5: unknown key memroy. Did you mean memory?\n"


def test_several_problems_are_a_line_each() -> None:
    problems = Problems([Usage("the name is empty"), NotFound("there is no image x", hint="known: a, b")])
    assert said(problems).splitlines() == ["dcctl: the name is empty", "dcctl: there is no image x. Known: a, b."]


def test_each_failure_of_several_is_named_before_the_sum() -> None:
    partial = Partial("1 of 2 instances was not stopped", [NOT_ALLOWED])
    assert said(partial).splitlines() == [
        "dcctl: cannot start web: it is running. Allowed: reboot, stop.",
        "dcctl: 1 of 2 instances was not stopped",
    ]


def test_scripts_get_one_object_on_a_line() -> None:
    partial = Partial("1 of 2", [NOT_ALLOWED])
    first, last = [json.loads(line) for line in said(partial, Format.JSON).splitlines()]
    assert first == {
        "error": {
            "code": "not-allowed",
            "message": "cannot start web: it is running",
            "hint": "allowed: reboot, stop",
            "realm": "us",
            "resource": "web",
            "where": None,
            "console": [],
            "exit_status": 5,
        }
    }
    assert (last["error"]["code"], last["error"]["exit_status"]) == ("partial", 9)


def test_several_problems_are_one_object_with_all_of_them() -> None:
    (line,) = said(Problems([Usage("a"), NotFound("b")]), Format.JSONL).splitlines()
    error = json.loads(line)["error"]
    assert (error["code"], [problem["message"] for problem in error["problems"]]) == ("usage", ["a", "b"])


def test_words_from_outside_cannot_steer_a_terminal_or_forge_a_line() -> None:
    error = Unreachable("no answer from \x1b[2J\nhost", hint="\u202eask")
    assert said(error) == "dcctl: no answer from \\u001b[2J\\u000ahost. \\u202eask.\n"
    assert "\x1b" not in said(error, Format.JSON)


def test_only_the_lead_has_colour() -> None:
    assert said(Usage("wrong"), color="always") == "\x1b[1;31mdcctl: \x1b[0mwrong\n"


def test_a_note_is_a_dim_line_or_an_object() -> None:
    stream = Stream(interactive=True, encoding="utf-8")
    terminal = Terminal(stream, color="always", environ={})
    messages.note("nothing real is made", Format.TABLE, terminal)
    messages.note("nothing real is made", Format.JSON, terminal)
    first, last = stream.written.splitlines()
    assert first == "\x1b[2mdcctl: nothing real is made\x1b[0m"
    assert json.loads(last) == {"note": "nothing real is made"}
