"""What imports that were killed leave on this machine: who removes it, and what ``dcctl doctor`` says of it until then."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.helpers import PROGRAM
from cli.image_server import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.helpers import Dcctl

CONTENT = b"QFI\xfb" + os.urandom(2 << 20)
READ = 2 << 20  # of it, in pieces of 1 MiB, while the end of the last piece is awaited


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "dcctl" / "downloads"


@contextmanager
def reading(dcctl: Dcctl, directory: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """An import that has read something and waits for more."""
    before = set(directory.glob("*.tmp"))
    command = [*PROGRAM, "image", "import", "-", "--name", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=dcctl.environ(), stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(CONTENT)
        process.stdin.flush()
        while not any(path.stat().st_size == READ for path in set(directory.glob("*.tmp")) - before):
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        yield process
        process.kill()


def said(dcctl: Dcctl, check: str) -> list[Any]:
    return [row for row in dcctl.ok("doctor", "-o", "json").json if row["check"] == check]


def test_what_a_killed_import_left_is_named_and_removed_but_not_what_another_one_needs(
    dcctl: Dcctl, directory: Path
) -> None:
    with reading(dcctl, directory, "alive") as alive:
        used = sorted(directory.iterdir())
        assert said(dcctl, "left files") == []
        with reading(dcctl, directory, "killed"):
            assert said(dcctl, "left files") == []
        (row,) = said(dcctl, "left files")
        assert (row["verdict"], row["repair"], row["resource"]) == ("note", "remove them", str(directory))
        assert row["message"].startswith("interrupted imports left 2.0 MiB in ")
        dcctl.ok("doctor", "--fix", "--dry-run")
        assert len(list(directory.iterdir())) == 4
        dcctl.ok("doctor", "--fix")
        assert sorted(directory.iterdir()) == used
        assert said(dcctl, "left files") == []
        alive.communicate(timeout=40)
        assert alive.returncode == 0
    assert dcctl.ok("image", "show", "alive", "-o", "json").json["size_bytes"] == len(CONTENT)
    assert list(directory.iterdir()) == []


def test_the_next_import_removes_what_a_killed_one_left(dcctl: Dcctl, directory: Path) -> None:
    with reading(dcctl, directory, "killed"):
        pass
    assert len(list(directory.iterdir())) == 2
    with reading(dcctl, directory, "next") as process:
        assert len(list(directory.iterdir())) == 2
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert list(directory.iterdir()) == []


def test_a_download_that_broke_off_is_named_with_the_day_until_which_it_is_kept(dcctl: Dcctl, directory: Path) -> None:
    with serving() as server:
        server.files["/disk.qcow2"] = Served(CONTENT, stalls_after=1 << 20)
        url = server.url("/disk.qcow2")
        with dcctl.begin("image", "import", url, "--digest", "f" * 64) as process:
            while [path.stat().st_size for path in directory.glob("*.part")] != [1 << 20]:
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            assert said(dcctl, "download") == []  # it is at work
            process.kill()
        server.files["/disk.qcow2"].go.set()
    (part,) = directory.glob("*.part")
    os.utime(part, (0, 1_700_000_000))
    (row,) = said(dcctl, "download")
    assert row["message"] == f"1.0 MiB of disk.qcow2 are kept in {directory} until 2023-11-21"
    assert (row["verdict"], row["repair"], row["resource"]) == ("note", None, url)


def test_files_whose_lock_cannot_be_asked_are_left_alone_and_in_nobody_s_way(dcctl: Dcctl, directory: Path) -> None:
    # As what sudo left is root's: root can open everything, but no link, and then with another error.
    directory.mkdir(parents=True)
    (directory / "stdin-root.tmp").write_bytes(CONTENT)
    (directory / "stdin-root.lock").symlink_to("/etc/hostname")
    there = sorted(directory.iterdir())
    assert said(dcctl, "left files") == []
    with reading(dcctl, directory, "next") as process:
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert sorted(directory.iterdir()) == there
