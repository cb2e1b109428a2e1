from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcctl import settings, words
from dcctl.made_up_names import made_up_names
from dcctl.settings import Secret, Setting, Values, parse_values

URI = Setting("uri", settings.text, default="", summary="where", required=True)
LATENCY = Setting("latency", settings.duration, default=0.5, summary="how slow")
DECLARED = (URI, LATENCY)


def test_values_have_the_type_and_the_default_of_their_setting() -> None:
    values, problems = parse_values(DECLARED, {"uri": "qemu:///system"})
    assert problems == {}
    assert (values[URI], values[LATENCY]) == ("qemu:///system", 0.5)
    assert values.given(URI)
    assert not values.given(LATENCY)


def test_every_wrong_setting_is_named() -> None:
    _, problems = parse_values(DECLARED, {"latency": "soon", "colour": 1})
    assert problems == {
        "latency": "latency: must be a duration such as 250ms, 5s or 2m, not 'soon'",
        "colour": "unknown setting colour; known: latency, uri",
        "uri": "uri is missing",
    }


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [(3, 3.0), (0.25, 0.25), ("250ms", 0.25), ("5s", 5.0), ("2m", 120.0), ("1h", 3600.0), ("7", 7.0), ("1.5s", 1.5)],
)
def test_durations(raw: object, seconds: float) -> None:
    assert settings.duration(raw) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "raw", [-1, True, None, "", "s", "5 s", "5d", "١s", "1.2.3s", float("nan"), float("inf"), [], "ms5"]
)
def test_what_is_no_duration(raw: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        settings.duration(raw)


@pytest.mark.parametrize(
    ("parse", "good", "bad"),
    [
        (settings.text, ["a"], ["", 1, None, []]),
        (settings.whole_number, [0, 7, "7"], [-1, True, 1.5, "1.5", "", "x", "²"]),
        (settings.fraction, [0, 1, 0.5, "0.5"], [-0.1, 1.1, True, "x", None]),
        (settings.switch, [True, False, "true", "false"], ["yes", 1, None, "True"]),
        (settings.texts, ["a", ["a", "b"], []], ["", [1], {"a": 1}, None]),
    ],
)
def test_parsers_accept_and_refuse(parse: object, good: list[object], bad: list[object]) -> None:
    assert callable(parse)
    for raw in good:
        parse(raw)
    for raw in bad:
        with pytest.raises(ValueError, match="must be"):
            parse(raw)


def test_a_secret_is_never_printed() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {Values({'password': secret})!r}"
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2") != Secret("other")


@given(st.text())
def test_visible_text_is_printable(text: str) -> None:
    shown = words.visible(text)
    assert all(character.isprintable() for character in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\x1b")


@pytest.mark.parametrize(
    ("wrong", "known", "hint"),
    [
        ("smal", ["small", "large"], "did you mean small?"),
        ("SMALL", ["small", "large"], "did you mean small?"),
        ("x", ["small", "large"], "known: large, small"),
        ("x", [], None),
        ("x", [f"name-{n}" for n in range(11)], None),
    ],
)
def test_suggestions(wrong: str, known: list[str], hint: str | None) -> None:
    assert words.suggestion(wrong, known) == hint


def test_words_of_several_things() -> None:
    assert [words.plural(count, "volume") for count in (0, 1, 2)] == ["0 volumes", "1 volume", "2 volumes"]
    assert [words.plural(count, "address") for count in (1, 3)] == ["1 address", "3 addresses"]


def test_made_up_names_depend_on_chance_alone() -> None:
    assert made_up_names(lambda most: most - 1, 2) == ("warm-wren-99", "warm-wren-99")
    assert made_up_names(lambda _: 0, 1) == ("amber-badger-10",)
