from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcctl import strict_yaml
from dcctl.catalogue.reader import read as read_catalogue
from dcctl.config.reader import read as read_config
from dcctl.errors import ConfigError, DcctlError
from dcctl.strict_yaml import LARGEST_FILE, Node


def parse(text: str | bytes) -> Node:
    return strict_yaml.parse(text.encode() if isinstance(text, str) else text, "file", ConfigError)


def refusal(text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return f"{caught.value.where}: {caught.value.message}"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("52:54:00:12:34:56", "52:54:00:12:34:56"),
        ("22:22", "22:22"),
        ("0777", 777),
        ("0o777", 511),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("2026-11-23", "2026-11-23"),
        ("0b11", "0b11"),
        ("-12", -12),
        ("+12", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.INF", -math.inf),
        ("=", "="),
        ("True", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("Null", None),
        ("", None),
        ('"5"', "5"),
        ("'true'", "true"),
        ("|\n  5\n", "5\n"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(written: str, value: object) -> None:
    found = strict_yaml.plain(parse(f"key: {written}"))
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_every_key_and_value_knows_its_line_and_column() -> None:
    document = parse("a: 1\nb:\n  - x\n  - {c: größe, d: &e 5}\nf: *e\n").value
    assert isinstance(document, dict)
    listed = document["b"].value.value
    assert isinstance(listed, list)
    inner = listed[1].value
    assert isinstance(inner, dict)
    places = [document["b"].key, listed[0], inner["d"].key, inner["d"].value, document["f"].value]
    assert [(place.line, place.column) for place in places] == [(2, 1), (3, 5), (4, 16), (4, 19), (5, 4)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "file:3:1: duplicate key a, first on line 1; remove one"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "file:3:3: merge keys (<<) are not part of YAML 1.2; write the keys out"),
        (
            "a: !!python/name:os.system\n",
            "file:1:4: the tag tag:yaml.org,2002:python/name:os.system is not allowed; remove it",
        ),
        ("a: !!str 5\n", "file:1:4: the tag tag:yaml.org,2002:str is not allowed; remove it"),
        ("a: 1\n---\nb: 2\n", "file:2:1: a second document begins here; one file is one document"),
        ("5: a\n", "file:1:1: a key must be a text, not the number 5; quote it"),
        ("? [a, b]\n: c\n", "file:1:3: a key must be a text, not a list; quote it"),
        ("a: *b\n", "file:1:4: the alias *b has no finished anchor before it"),
        ("a: &a [*a]\n", "file:1:8: the alias *a has no finished anchor before it"),
        ("a: " + "9" * 19 + "\n", "file:1:4: a number of more than 18 characters; quote it if it is a text"),
        ("a:\n\tb: 1\n", "file:2:1: indented with a tabulator; use spaces"),
        (b"a: 1\nb: gr\xf6\xdfe\n", "file:2:6: the byte 0xf6 is not UTF-8; save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), "file:1:1: the byte 0xff is not UTF-8; save the file as UTF-8"),
        (
            "a: x\x1b[31m\n",
            "file:1:5: the control character \\u001b must be removed, or written as an escape in double quotes",
        ),
        (
            "a: \x00\n",
            "file:1:4: the control character \\u0000 must be removed, or written as an escape in double quotes",
        ),
        (
            "a: \x7f\n",
            "file:1:4: the control character \\u007f must be removed, or written as an escape in double quotes",
        ),
        (
            "a: x\ufeff\n",
            "file:1:5: the control character \\ufeff must be removed, or written as an escape in double quotes",
        ),
        ("[" * 40 + "]" * 40, "file:1:33: nested more than 32 levels deep"),
    ],
)
def test_what_is_refused_is_refused_in_one_line_with_its_place(text: str | bytes, message: str) -> None:
    assert refusal(text) == message


def test_a_byte_order_mark_does_not_count() -> None:
    node = parse("\ufeffa: b\n")
    assert strict_yaml.plain(node) == {"a": "b"}
    assert (node.line, node.column, node.start) == (1, 1, 0)


def test_aliases_are_counted() -> None:
    assert "more than 1000 aliases" in refusal("a: &a 1\nb: [" + "*a, " * 1001 + "]\n")


def test_a_billion_laughs_are_refused_before_anybody_laughs() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "values, aliases counted as often as used" in refusal("\n".join(lines))


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert refusal(b"a" * (LARGEST_FILE + 1)) == "file:1:1: the file is larger than 4 MiB"


def test_a_file_name_with_control_characters_is_shown_harmlessly() -> None:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.parse(b"[", "a\x1b]b", ConfigError)
    assert str(caught.value.where).startswith("a\\u001b]b:")


HOSTILE = {
    "50,000 brackets": "'[' * 50_000",
    "a million braces": "'{a: ' * 1_000_000",
    "100,000 dashes": "'- ' * 100_000",
    "deep blocks": "''.join(' ' * i + 'a:\\n' for i in range(2_000))",
    "question marks": "'? ' * 100_000",
    "one long word": "'a' * 4_000_000",
    "one long key": "'a' * 2_000_000 + ': 1'",
    "one long number": "'1' * 4_000_000",
    "one long quoted text": "'\"' + 'a' * 4_000_000",
    "two million list items": "'[' + 'a,' * 2_000_000",
    "anchors": "''.join(f'k{i}: &a{i} 1\\n' for i in range(200_000))",
    "many keys": "''.join(f'k{i}: 1\\n' for i in range(240_000))",
    "only comments": "'#\\n' * 2_000_000",
    "only line breaks": "'\\n' * 4_000_000",
    "exclamation marks": "'!' * 100_000",
    "percent signs": "'%' * 100_000",
    "null bytes": "'\\0' * 100_000",
}


@pytest.mark.parametrize("loader", ["C", "pure Python"])
@pytest.mark.parametrize("expression", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_ends_in_an_error_and_not_in_a_crash(expression: str, loader: str) -> None:
    if loader == "pure Python" and len(eval(expression)) > 400_000:
        expression = f"({expression})[:400_000]"  # its parser takes a minute for 4 MiB, but is bounded likewise
    program = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\n"
        + ("import yaml; del yaml.CSafeLoader\n" if loader == "pure Python" else "")
        + "from dcctl.catalogue.reader import read\n"
        f"_, problems = read(({expression}).encode(), 'file')\n"
        "assert problems and all(str(p.where).startswith('file:') for p in problems)\n"
        "print('survived')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "survived\n", "")


def harmless(content: bytes) -> None:
    """Both readers answer, or note problems that one line each can show."""
    for read in (read_catalogue, read_config):
        _, problems = read(content, "file")
        for problem in problems:
            assert isinstance(problem, DcctlError)
            assert str(problem.where).startswith("file:")
            assert problem.message.isprintable()


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_read_or_refused(content: bytes) -> None:
    harmless(content)


@given(st.text(alphabet="ab1-:?&*!|>%@[]{},#'\"\\ \n\t<.~é\u2028\x85", max_size=80))
@settings(max_examples=600, deadline=None)
def test_random_punctuation_is_read_or_refused(text: str) -> None:
    harmless(text.encode())


WORDS = st.sampled_from(
    """version hardware_profiles realms images contexts context cpu memory storage range choices default limits name mock
    driver settings timeout source minimum small x86_64""".split()
)
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10))
TREES = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=4), st.dictionaries(WORDS | st.text(max_size=5), below, max_size=5)
    ),
    max_leaves=25,
)


@given(st.dictionaries(WORDS, TREES, max_size=6))
@settings(max_examples=400, deadline=None)
def test_well_formed_yaml_of_any_shape_is_read_or_refused(tree: object) -> None:
    harmless(yaml.safe_dump({"version": 1, **tree}, allow_unicode=True).encode())  # type: ignore[dict-item]


TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=10)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**16), 10**16), TEXTS),
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(TEXTS, below, max_size=4)),
    max_leaves=20,
)


@given(PLAIN)
@example({"<<": None})  # in quotes no merge key
@settings(max_examples=300, deadline=None)
def test_what_json_can_say_is_read_as_json_means_it(tree: object) -> None:
    assert strict_yaml.plain(parse(json.dumps({"root": tree}))) == {"root": tree}


def test_faults_that_do_not_end_the_reading_are_told_together_with_everything_else() -> None:
    text = (
        "version: 2\n"
        "version: 1\n"
        "hardware_profiles:\n"
        "  small: {cpu: !!int 1, memory: *nothing, storage: 10 GiB}\n"
        "  5: {cpu: 1}\n"
        "  big: {cpu: 99999999999999999999}\n"
        "realms:\n"
        "  lab: {limit: {}}\n"
    )
    _, problems = read_catalogue(text.encode(), "file")
    assert [str(problem.where) for problem in problems] == [
        "file:1:10",
        "file:2:1",
        "file:4:16",
        "file:4:33",
        "file:5:3",
        "file:6:14",
        "file:8:9",
    ]


def test_what_was_found_before_a_fault_in_the_syntax_is_told_too() -> None:
    _, problems = read_config(b"version: 1\nversion: 1\ncontexts: [\n", "file")
    assert [str(problem.where) for problem in problems] == ["file:2:1", "file:4:1"]


def test_faults_are_not_listed_without_end() -> None:
    _, problems = read_config(b"version: 1\n" * 1000, "file")
    assert len(problems) == 101
    assert "later ones are not shown" in problems[-1].message
