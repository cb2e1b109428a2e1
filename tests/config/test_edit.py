from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.conftest import Person
from dcctl.config import initial_text, read, use_context, write_initial
from dcctl.errors import ConfigError, Conflict, DcctlError, NotFound
from requirement import missing


def edited(person: Person, text: str, name: str) -> str:
    path = person.writes(text)
    use_context(path, name)
    return person.file.read_bytes().decode()


CONTEXTS = (
    "contexts:\n  a: {driver: mock}   # first\n  lab-2: {driver: mock}\n  '5': {driver: mock}\n  null: {driver: mock}\n"
)
CONTEXTS = CONTEXTS.replace("  null:", '  "null":')


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (f"version: 1\ncontext: a\n{CONTEXTS}", "lab-2", f"version: 1\ncontext: lab-2\n{CONTEXTS}"),
        (
            f"# x\nversion: 1\ncontext:   a     # mine\n{CONTEXTS}",
            "lab-2",
            f"# x\nversion: 1\ncontext:   lab-2     # mine\n{CONTEXTS}",
        ),
        (f"version: 1\ncontext: 'a'\n{CONTEXTS}", "lab-2", f"version: 1\ncontext: lab-2\n{CONTEXTS}"),
        (f"version: 1\ncontext: a\n{CONTEXTS}", "5", f'version: 1\ncontext: "5"\n{CONTEXTS}'),
        (f"version: 1\ncontext: a\n{CONTEXTS}", "null", f'version: 1\ncontext: "null"\n{CONTEXTS}'),
        (f"version: 1\ncontext: gone\n{CONTEXTS}", "a", f"version: 1\ncontext: a\n{CONTEXTS}"),
        (f"version: 1   # one\n{CONTEXTS}", "a", f"version: 1   # one\ncontext: a\n{CONTEXTS}"),
        (f"{CONTEXTS}version: 1", "a", f"{CONTEXTS}version: 1\ncontext: a\n"),
        (
            "version: 1\r\ncontexts: {a: {driver: mock}}\r\n",
            "a",
            "version: 1\r\ncontext: a\r\ncontexts: {a: {driver: mock}}\r\n",
        ),
        (
            "  version: 1\n  contexts: {a: {driver: mock}}\n",
            "a",
            "  version: 1\n  context: a\n  contexts: {a: {driver: mock}}\n",
        ),
        ("{version: 1, contexts: {a: {driver: mock}}}", "a", "{context: a, version: 1, contexts: {a: {driver: mock}}}"),
        (
            '{"context": "a","version": 1, "contexts": {a: {driver: mock}}}',
            "a",
            '{"context": a,"version": 1, "contexts": {a: {driver: mock}}}',
        ),
        (
            f"# größe €\nversion: 1\ncontext: a\n{CONTEXTS}",
            "lab-2",
            f"# größe €\nversion: 1\ncontext: lab-2\n{CONTEXTS}",
        ),
        (f"\ufeffversion: 1\ncontext: a\n{CONTEXTS}", "lab-2", f"\ufeffversion: 1\ncontext: lab-2\n{CONTEXTS}"),
    ],
)
def test_selecting_a_context_changes_one_word_or_adds_one_line(
    person: Person, before: str, name: str, after: str
) -> None:
    assert edited(person, before, name) == after
    assert person.decides().context.value == name


def test_an_unknown_context_is_refused_and_the_file_stays_as_it_is(person: Person) -> None:
    text = f"version: 1\n{CONTEXTS}"
    with pytest.raises(NotFound) as caught:
        edited(person, text, "lab")
    assert caught.value.hint == "did you mean lab-2?"
    assert person.file.read_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\ncontext: &x a\ncontexts: {a: {driver: mock, realm: *x}, b: {driver: mock}}\n",
        "version: 1\ncontexts: {b: {driver: mock}}\n...\n".replace("version: 1\n", "version: 1 # c\u2028\n"),
    ],
)
def test_curious_yaml_is_edited_rightly_or_not_at_all(person: Person, text: str) -> None:
    try:
        edited(person, text, "b")
    except ConfigError:
        assert person.file.read_bytes().decode() == text
    else:
        assert person.decides().context.value == "b"


def test_an_anchor_at_the_selected_context_is_not_broken(person: Person) -> None:
    text = "version: 1\ncontext: &x a\ncontexts: {a: {driver: mock, realm: *x}, b: {driver: mock}}\n"
    with pytest.raises(ConfigError) as caught:
        edited(person, text, "b")
    assert caught.value.hint == "write context: b by hand"
    assert person.file.read_text() == text


def test_a_wrong_file_is_not_edited(person: Person) -> None:
    text = f"version: 1\ncolour: blue\n{CONTEXTS}"
    with pytest.raises(ConfigError, match="unknown key colour"):
        edited(person, text, "a")
    assert person.file.read_text() == text


def test_mode_and_links_are_kept_and_nothing_is_left_beside_the_file(person: Person, tmp_path: Path) -> None:
    path = person.writes(f"version: 1\n{CONTEXTS}", mode=0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    use_context(str(link), "a")
    assert link.is_symlink()
    assert stat.S_IMODE(person.file.stat().st_mode) == 0o640
    assert os.listdir(person.file.parent) == ["config.yaml"]
    assert person.decides().context.value == "a"


@given(st.sampled_from(["a", "lab-2", "5", "null", "é", ""]), st.text(alphabet="ab:#'\"{}[]\n -&*é", max_size=30))
def test_whatever_the_file_says_an_edit_selects_the_context_or_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str, noise: str
) -> None:
    path = tmp_path_factory.mktemp("edit") / "config.yaml"
    path.write_text(f"version: 1 {noise}\n{CONTEXTS}", encoding="utf-8")
    path.chmod(0o600)
    before = path.read_bytes()
    try:
        use_context(str(path), name)
    except DcctlError:
        assert path.read_bytes() == before
    else:
        config = read({"config": str(path)}, {"DCCTL_NO_CACHE": "1"})
        assert config.context.value == name


def test_the_initial_file_is_private_explains_itself_and_can_be_used_at_once(person: Person) -> None:
    write_initial(str(person.file))
    assert stat.S_IMODE(person.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(person.file.parent.stat().st_mode) == 0o700
    assert person.file.read_text() == initial_text()
    config = person.decides()
    assert (config.context.value, config.driver.value, config.contexts) == ("try", "mock", {"try": "mock"})


def test_without_a_file_there_is_nothing_to_select_in_and_what_writes_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file") as caught:
        use_context(str(tmp_path / "config.yaml"), "lab")
    assert "config init" in (caught.value.hint or "")


def test_an_existing_file_is_never_overwritten(person: Person) -> None:
    path = person.writes("precious")
    with pytest.raises(Conflict) as caught:
        write_initial(path)
    assert caught.value.message == f"{path} exists already"
    assert person.file.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot write .*: Not a directory"):
        write_initial(str(tmp_path / "file" / "config.yaml"))


def test_a_full_file_system_is_a_capacity_error_and_leaves_no_half_file(tmp_path: Path) -> None:
    """A real one: 8 KiB in a mount namespace of its own, filled to the brim."""
    script = """
import os, sys
from dcctl.config import write_initial
from dcctl.errors import Capacity
os.chdir(sys.argv[1])
try:
    with open("filler", "wb", buffering=0) as filler:
        while filler.write(b"x" * 512):
            pass
except OSError:
    pass
try:
    write_initial(os.path.abspath("config.yaml"))
except Capacity as error:
    print(error.message, os.listdir())
"""
    command = 'mount -t tmpfs -o size=8k none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", command, "sh", str(tmp_path), sys.executable, script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        missing(f"no file system can be mounted here: {done.stderr.strip()}", part_of="namespaces")
    expected = f"no space is left for {tmp_path}/config.yaml ['filler']\n"
    assert (done.stdout, done.stderr) == (expected, "")
