"""What happens when the file of the mock cloud is not what it should be: nothing is overwritten, and the error says what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

import pytest

from dcctl.driver import Endpoint
from dcctl.endpoints import border
from dcctl.errors import Capacity, DcctlError, Failed
from dcctl.job import Job
from dcctl.model import Query
from dcctl.settings import parse_values
from dcctl_drivers.mock import MockDriver
from dcctl_drivers.mock.store import default_path
from mock.clouds import US, everything, mock, spec
from requirement import missing

if TYPE_CHECKING:
    from pathlib import Path


def trouble(path: Path) -> DcctlError:
    """The error that a listing ends with."""
    driver = mock(path)
    with pytest.raises(DcctlError) as caught, border(driver):
        everything(driver)
    return caught.value


@pytest.mark.parametrize(
    "content",
    [b"this is not a database at all, although it is long enough to be one" * 100, b"SQLite format 3\x00garbage", b"x"],
    ids=["text", "half a header", "one byte"],
)
def test_a_damaged_file_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mock.sqlite3"
    path.write_bytes(content)
    error = trouble(path)
    assert (type(error), error.exit_status) == (Failed, 1)
    assert str(path) in error.message
    assert f"mv '{path}' '{path}.old'" in (error.hint or "")
    assert path.read_bytes() == content


def test_a_page_that_was_overwritten_is_an_error_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    everything(mock(path))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)  # the first page holds the layout, the others the rows
    path.write_bytes(content)
    error = trouble(path)
    assert "is damaged" in error.message
    assert path.read_bytes() == bytes(content)


def test_another_programs_database_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
    before = path.read_bytes()
    assert trouble(path).message == f"{path} is not a mock database of dcctl"
    assert path.read_bytes() == before


def test_another_programs_database_with_our_layout_number_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
        connection.execute("PRAGMA user_version = 1")
    before = path.read_bytes()
    assert "no such table" in trouble(path).message
    assert path.read_bytes() == before


def test_a_file_of_a_newer_dcctl_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    everything(mock(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    error = trouble(path)
    assert error.message == f"the mock database {path} was made by a newer dcctl"
    assert "layout 99" in (error.hint or "")


def test_an_empty_file_is_a_new_cloud(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    path.touch()
    assert len(everything(mock(path))) == 4


def test_a_folder_that_cannot_be_made_is_an_error_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    path = tmp_path / "file" / "mock.sqlite3"
    error = trouble(path)
    assert type(error) is Failed
    assert str(path) in error.message
    assert "the setting path" in (error.hint or "")


def test_a_folder_in_the_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    assert "cannot write the mock database" in trouble(tmp_path).message


def test_a_full_file_system_is_a_capacity_error_and_nothing_changes(tmp_path: Path) -> None:
    """A real one: a file system of 64 KiB in a mount namespace of its own, filled to the brim."""
    script = """
import os, sys
from pathlib import Path
from dcctl.endpoints import border
from dcctl.errors import DcctlError
from dcctl.job import Job
from dcctl.model import Query
from mock.clouds import everything, mock, spec
folder = Path(sys.argv[1])
driver = mock(folder / "mock.sqlite3")
before = everything(driver)
try:
    with open(folder / "filler", "wb", buffering=0) as filler:
        while filler.write(b"x" * 512):
            pass
except OSError:
    pass
try:
    with border(driver):
        for number in range(1000):
            driver.create(spec(f"web{number}"), Job())
except DcctlError as error:
    print(error.code, error.exit_status, "damaged" in error.message)
os.remove(folder / "filler")
print(everything(driver).keys() >= before.keys())
driver.create(spec("after"), Job())
print("after" in everything(driver))
"""
    command = 'mount -t tmpfs -o size=128k none "$1" && exec "$2" -c "$3" "$1"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", command, "sh", str(tmp_path), sys.executable, script],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        missing(f"no file system can be mounted here: {done.stderr.strip()}", part_of="namespaces")
    assert (done.stdout.split("\n"), done.stderr) == (["capacity 10 False", "True", "True", ""], "")


def test_a_full_disk_while_the_cloud_is_made_is_a_capacity_error(tmp_path: Path) -> None:
    driver = mock(tmp_path / "mock.sqlite3")
    full = OSError(28, "No space left on device")
    assert isinstance(driver.translate(full), Capacity)


def test_a_busy_file_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcctl_drivers.mock.store.BUSY_SECONDS", 0.05)
    path = tmp_path / "mock.sqlite3"
    everything(mock(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        driver = mock(path)
        with pytest.raises(Failed, match="another process has held") as caught, border(driver):
            driver.create(spec("web"), Job())
    assert "try again" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [("/x/state", "/x/state/dcctl/mock.sqlite3"), ("relative", "/h/.local/state/dcctl/mock.sqlite3")],
)
def test_the_file_lies_under_xdg_state(monkeypatch: pytest.MonkeyPatch, variable: str, expected: str) -> None:
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setenv("XDG_STATE_HOME", variable)
    assert default_path() == expected


def test_a_file_of_an_older_dcctl_is_brought_up_to_date_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mock.sqlite3"
    driver = mock(path)
    driver.create(spec("web"), Job())
    before = everything(driver)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE keys")
        connection.execute("DROP TABLE networks")
        connection.execute("DROP TABLE volumes")
        connection.execute("DROP TABLE snapshots")
        for column in (
            "networks",
            "labels",
            "description",
            "protected",
            "autostart",
            "disks_gib",
            "machine",
            "interfaces",
            "disk_mode",
            "saved",
            "adopted",
            "password_hash",
            "meta_data",
            "network_config",
            "started_cpu",
            "started_memory_mib",
        ):
            connection.execute(f"ALTER TABLE instances DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    assert everything(mock(path)) == before
    assert list(mock(path).keys(Query.everything())) == []


def test_without_any_home_a_place_is_asked_for_and_none_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nobody(number: int) -> NoReturn:
        raise KeyError(number)

    for variable in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    monkeypatch.chdir(tmp_path)
    driver = MockDriver(Endpoint("mock", (US,), parse_values(MockDriver.settings, {})[0]))
    with pytest.raises(Failed, match="no home directory") as caught, border(driver):
        everything(driver)
    assert "DCCTL_MOCK_PATH" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []
