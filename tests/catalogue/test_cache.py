from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dcctl import cache, config
from dcctl.catalogue import load
from dcctl.errors import CatalogueError

Write = Callable[..., str]

PROFILES = "version: 1\nhardware_profiles:\n" + "".join(
    f"  p{i}: {{cpu: {{range: [1, 8], default: 2}}, memory: 1 GiB, storage: {{choices: [20 GiB, 40 GiB]}}}}\n"
    for i in range(100)
)
OTHER = PROFILES.replace("p7:", "q7:")  # as long as PROFILES


def settled(path: str) -> str:
    """The same file, old enough to be cached."""
    past = time.time_ns() - 60_000_000_000
    os.utime(path, ns=(past, past))
    return path


def entries(tmp_path: Path) -> list[Path]:
    directory = tmp_path / "cache" / "dcctl"
    return sorted(directory.iterdir()) if directory.exists() else []


def imported_by(program: str) -> set[str]:
    code = f"import json, sys\n{program}\nprint(json.dumps([m for m in sys.modules if m in {{'yaml', 'dcctl.strict_yaml', 'dcctl.checker'}}]))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return set(json.loads(done.stdout))


def test_the_second_reading_imports_no_yaml_and_finds_the_same(write: Write, tmp_path: Path) -> None:
    path = settled(write(PROFILES))
    program = f"from dcctl.catalogue import load; assert len(load({path!r}).profiles) == 100"
    assert imported_by(program) == {"yaml", "dcctl.strict_yaml", "dcctl.checker"}
    assert imported_by(program) == set()
    first, second = load(path), load(path)
    assert dict(first.profiles) == dict(second.profiles)
    assert [stat.S_IMODE(entry.stat().st_mode) for entry in entries(tmp_path)] == [0o600]
    assert stat.S_IMODE((tmp_path / "cache" / "dcctl").stat().st_mode) == 0o700


def test_the_default_catalogue_is_cached_too() -> None:
    program = "from dcctl.catalogue import load; load(None).profile('small')"
    imported_by(program)
    assert imported_by(program) == set()


def test_an_edit_is_seen_even_if_size_and_time_stay_the_same(write: Write) -> None:
    path = settled(write(PROFILES))
    times = (os.stat(path).st_atime_ns, os.stat(path).st_mtime_ns)
    assert "p7" in load(path).profiles
    write(OTHER)
    os.utime(path, ns=times)
    assert "q7" in load(path).profiles


def test_a_file_that_was_written_just_now_is_not_cached(write: Write, tmp_path: Path) -> None:
    path = write(PROFILES)
    future = time.time_ns() + 3_600_000_000_000
    os.utime(path, ns=(future, future))
    load(path)
    assert entries(tmp_path) == []


def test_a_wrong_catalogue_is_not_cached(write: Write, tmp_path: Path) -> None:
    path = settled(write("version: 2\n"))
    for _ in range(2):
        with pytest.raises(CatalogueError):
            load(path)
    assert entries(tmp_path) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:7],
        lambda content: content[:-1],
        lambda content: content[:100] + bytes([content[100] ^ 1]) + content[101:],
        lambda content: b"\0" * len(content),
        lambda content: content + b"x",
        lambda content: os.urandom(500),
    ],
)
def test_a_damaged_entry_is_ignored_and_written_anew(
    write: Write, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = settled(write(PROFILES))
    load(path)
    (entry,) = entries(tmp_path)
    content = entry.read_bytes()
    entry.write_bytes(damage(content))
    assert len(load(path).profiles) == 100
    assert entry.read_bytes() == content


def poisoned(write: Write, tmp_path: Path) -> tuple[str, Path]:
    """A catalogue whose cache entry is intact and says something else: whether it is believed shows whether it is trusted."""
    path = settled(write(PROFILES))
    load(path)
    (entry,) = entries(tmp_path)
    form: dict[str, dict[str, object]] = {"hardware_profiles": {"poison": {}}, "realms": {}, "images": {}}
    entry.unlink()
    cache.store("catalogue", path, os.stat(path), form, os.environ)
    assert list(load(path).profiles) == ["poison"]
    return path, entry


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_an_entry_that_others_may_write_is_not_believed(write: Write, tmp_path: Path, mode: int) -> None:
    path, entry = poisoned(write, tmp_path)
    entry.chmod(mode)
    assert "poison" not in load(path).profiles


@pytest.mark.parametrize("mode", [0o720, 0o777, 0o1777])
def test_a_directory_that_others_may_write_is_not_used(write: Write, tmp_path: Path, mode: int) -> None:
    path, entry = poisoned(write, tmp_path)
    entry.parent.chmod(mode)
    assert "poison" not in load(path).profiles
    entry.unlink()
    load(path)
    assert entries(tmp_path) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_entry_of_somebody_else_is_not_believed(write: Write, tmp_path: Path) -> None:
    path, entry = poisoned(write, tmp_path)
    os.chown(entry, 65534, 65534)
    assert "poison" not in load(path).profiles


def test_a_link_in_the_place_of_an_entry_is_not_followed(write: Write, tmp_path: Path) -> None:
    path, entry = poisoned(write, tmp_path)
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert "poison" not in load(path).profiles


def test_another_schema_is_not_believed(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = poisoned(write, tmp_path)
    monkeypatch.setattr(cache, "SCHEMA", cache.SCHEMA + 1)
    assert "poison" not in load(path).profiles


def test_the_cache_can_be_switched_off(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = poisoned(write, tmp_path)
    monkeypatch.setenv("DCCTL_NO_CACHE", "1")
    assert "poison" not in load(path).profiles


def test_without_a_place_for_a_cache_everything_works(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settled(write(PROFILES))
    monkeypatch.setenv("XDG_CACHE_HOME", write("", "a-file"))
    assert len(load(path).profiles) == 100
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    assert len(load(path).profiles) == 100


SECRET = "hunter2"
CONFIG = f"""
version: 1
context: a
contexts:
  a: {{driver: mock}}
  b: {{driver: other, settings: {{password: {SECRET}, list: [{SECRET}]}}}}
"""


def test_a_configuration_is_cached_without_settings_and_they_are_still_found(write: Write, tmp_path: Path) -> None:
    path = settled(write(CONFIG, "config.yaml"))
    program = f"import os; from dcctl.config import read; assert read({{'config': {path!r}}}, os.environ).driver.value == 'mock'"
    assert imported_by(program) == {"yaml", "dcctl.strict_yaml", "dcctl.checker"}
    assert imported_by(program) == set()
    (entry,) = entries(tmp_path)
    assert SECRET.encode() not in entry.read_bytes()
    settings = config.read({"config": path, "context": "b"}, os.environ).settings
    assert settings["password"].value == SECRET
    assert settings["list"].value == [SECRET]
    assert SECRET.encode() not in b"".join(entry.read_bytes() for entry in entries(tmp_path))
