"""``image copy`` with the mock driver: the request is checked, and the copy is the same image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl


@pytest.fixture
def image(dcctl: Dcctl, tmp_path: Path) -> str:
    disk = tmp_path / "debian-12.raw"
    disk.write_bytes(b"disk" * 1000)
    dcctl.ok("image", "import", str(disk), "--realm", "us", "--user", "debian", "--description", "a test")
    return "debian-12"


def test_a_copy_is_the_same_image_in_another_realm(dcctl: Dcctl, image: str) -> None:
    (copy,) = dcctl.ok("image", "copy", image, "--to-realm", "eu", "-o", "json").json
    original = dcctl.ok("image", "show", f"us/{image}", "-o", "json").json
    assert (copy["name"], copy["realm"]) == (image, "eu")
    for same in ("digest", "size_bytes", "user", "description", "architecture"):
        assert copy[same] == original[same]
    dcctl.ok("instance", "create", "--image", f"eu/{image}", "--hwp", "m1-large")


def test_a_dry_run_copies_nothing(dcctl: Dcctl, image: str) -> None:
    (copy,) = dcctl.ok("image", "copy", image, "--to-realm", "eu", "--name", "other", "--dry-run", "-o", "json").json
    assert (copy["id"], copy["name"], copy["realm"], copy["state"]) == ("", "other", "eu", "pending")
    assert dcctl("image", "show", "other").exit_status == 4


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("debian-12", "--to-realm", "us"), 5),  # it is there
        (("img1", "--to-realm", "us"), 5),  # every realm has it
        (("debian-12", "--to-realm", "nowhere"), 4),
        (("nonesuch", "--to-realm", "eu"), 4),
        (("debian-12", "--to-realm", "eu", "--name", "../x"), 2),
        (("debian-12",), 2),
    ],
)
def test_what_cannot_be_copied_is_refused(dcctl: Dcctl, image: str, words: tuple[str, ...], status: int) -> None:
    before = dcctl.ok("image", "list", "-o", "json").json
    for more in ((), ("--dry-run",)):
        assert dcctl("image", "copy", *words, *more).exit_status == status
    assert dcctl.ok("image", "list", "-o", "json").json == before


def test_the_name_may_be_taken_in_the_other_realm(dcctl: Dcctl, image: str) -> None:
    dcctl.ok("image", "copy", image, "--to-realm", "eu")
    for more in ((), ("--dry-run",)):
        assert dcctl("image", "copy", f"us/{image}", "--to-realm", "eu", *more).exit_status == 5
    dcctl.ok("image", "copy", f"us/{image}", "--to-realm", "eu", "--name", "second")
