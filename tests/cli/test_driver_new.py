"""``dcctl driver new``: the package that it writes passes its tests at once, and is a driver for an installed dcctl."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from authoring import Author, new_author

if TYPE_CHECKING:
    from cli.helpers import Dcctl


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Author:
    return new_author(tmp_path_factory)


def test_the_package_passes_its_tests_before_and_after_it_is_installed(author: Author, tmp_path: Path) -> None:
    written = author.runs("dcctl", "driver", "new", "blade-rack", cwd=tmp_path)
    package = tmp_path / "dcctl-blade-rack"
    files = {str(path.relative_to(tmp_path)) for path in package.rglob("*") if path.is_file()}
    assert files == {line for line in written.splitlines() if line.startswith("dcctl-blade-rack")}
    assert not [path for path in files if "@" in path or "@NAME@" in (tmp_path / path).read_text()]
    assert " passed" in author.runs("python", "-m", "pytest", "-q", cwd=package)
    author.install(package)
    assert "blade-rack" in author.runs("dcctl", "driver", "list", cwd=tmp_path)
    assert " 0 broken" in author.runs("dcctl", "driver", "check", "blade-rack", cwd=tmp_path)
    named = ("dcctl", "--driver", "dcctl_blade_rack:BladeRackDriver")
    assert author.runs(*named, "instance", "list", "-o", "json", cwd=tmp_path).strip() == "[]"
    made = author.runs(
        *named, "instance", "create", "--image", "tiny", "--hwp", "opaque", "--name", "web", cwd=tmp_path
    )
    assert "running" in made


@pytest.mark.parametrize(
    "name", ["", "Rack", "9rack", "-rack", "rack-", "a--b", "ra ck", "ra/ck", "..", "räck", "a_b", "drivers", "x" * 41]
)
def test_a_name_that_would_make_no_package_is_refused(dcctl: Dcctl, tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    result = dcctl("driver", "new", "--", name, str(target))
    assert (result.exit_status, result.stdout) == (2, "")
    assert "cannot be called" in result.stderr
    assert not target.exists()


def test_a_name_of_a_driver_that_comes_with_dcctl_is_taken(dcctl: Dcctl, tmp_path: Path) -> None:
    assert dcctl("driver", "new", "libvirt", str(tmp_path / "target")).exit_status == 5
    assert not (tmp_path / "target").exists()


def test_nothing_is_overwritten(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "driver.py").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for target in ("full", "file", "link"):
        result = dcctl("driver", "new", "rack", str(tmp_path / target))
        assert (result.exit_status, result.stdout) == (5, ""), result.stderr
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["driver.py"]
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_directory_is_filled(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    dcctl.ok("driver", "new", "rack", str(tmp_path / "empty"))
    assert (tmp_path / "empty" / "src" / "dcctl_rack" / "driver.py").is_file()


def test_where_nothing_can_be_written_nothing_is_left(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = dcctl("driver", "new", "rack", str(tmp_path / "file" / "rack"))
    assert (result.exit_status, result.stdout) == (1, "")
    assert "Not a directory" in result.stderr
