"""``image prune``: what nobody needs goes, and nothing else."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import pytest

from dcctl.cli.environment import Environment
from dcctl.cli.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

DAY = 24 * 3600


class Someone(io.StringIO):
    """A terminal with somebody before it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def images(dcctl: Dcctl, tmp_path: Path) -> Dcctl:
    """Two images more, of which ``used`` has an instance."""
    for name in ("used", "idle"):
        (tmp_path / f"{name}.raw").write_bytes(b"disk")
        dcctl.ok("image", "import", str(tmp_path / f"{name}.raw"), "--realm", "us")
    dcctl.ok("instance", "create", "--image", "used", "--hwp", "m1-large", "--name", "web")
    return dcctl


def later(dcctl: Dcctl, days: int, *arguments: str, answer: str | None = None) -> tuple[int, str, str]:
    """Run it so many days from now; ``answer``: what somebody types."""
    stdout, stderr = io.StringIO(), io.StringIO() if answer is None else Someone()
    stdin = io.StringIO() if answer is None else Someone(answer)
    environment = Environment(stdin, stdout, stderr, dcctl.variables, now=lambda: time.time() + days * DAY)
    return run(arguments, environment), stdout.getvalue(), stderr.getvalue()


def names(dcctl: Dcctl) -> set[str]:
    return {row["name"] for row in dcctl.ok("image", "list", "-o", "json").json}


def test_only_what_is_old_and_unused_would_go(images: Dcctl) -> None:
    dry = ("image", "prune", "--dry-run", "-c", "name", "--no-header")
    assert later(images, 29, *dry)[1].split() == []
    assert "idle" in later(images, 31, *dry)[1].split()
    assert "used" not in later(images, 31, *dry)[1].split()
    assert later(images, 31, *dry, "--older-than", "40d")[1].split() == []
    assert "idle" in later(images, 1, *dry, "--older-than", "23h")[1].split()
    assert "idle" not in later(images, 31, *dry, "--realm", "eu")[1].split()
    assert {"idle", "used"} <= names(images)


def test_it_says_what_goes_and_asks_and_a_no_changes_nothing(images: Dcctl) -> None:
    before = names(images)
    status, stdout, stderr = later(images, 31, "image", "prune", answer="n\n")
    assert (status, stdout) == (1, "")
    assert "nobody needs us/idle" in stderr
    assert names(images) == before
    status, stdout, _ = later(images, 31, "image", "prune", answer="y\n")
    assert status == 0
    assert "idle" in stdout
    assert "used" in names(images)
    assert "idle" not in names(images)


def test_without_a_terminal_it_needs_a_yes(images: Dcctl) -> None:
    assert later(images, 31, "image", "prune")[0] == 2
    assert "idle" in names(images)
    assert later(images, 31, "image", "prune", "--yes")[0] == 0
    assert "idle" not in names(images)
    status, stdout, _ = later(images, 31, "image", "prune", "--yes", "-o", "json")
    assert (status, stdout.strip()) == (0, "[]")


@pytest.mark.parametrize("age", ["", "soon", "-1d", "1w", "d", "9999999d"])
def test_an_age_that_is_none_is_refused(dcctl: Dcctl, age: str) -> None:
    for more in ((), ("--dry-run",)):
        refused = dcctl("image", "prune", f"--older-than={age}", *more)
        assert (refused.exit_status, "--older-than" in refused.stderr) == (2, True)


def test_a_dry_run_of_destroy_refuses_what_an_instance_needs(images: Dcctl) -> None:
    result = images("image", "destroy", "used", "idle", "--dry-run", "-q")
    assert result.exit_status == 9
    assert "the image used is in use by web" in result.stderr
    images.ok("image", "destroy", "idle", "--dry-run")
    assert {"idle", "used"} <= names(images)
