"""What people install: the wheel's content, and dcctl run from it, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def build(target: Path, kind: str) -> Path:
    """A wheel or an sdist of the checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"), "wheel")


def test_the_wheel_has_two_packages_and_what_they_need(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"dcctl", "dcctl_drivers"}
    assert {
        "dcctl/profiles.yaml",
        "dcctl/py.typed",
        "dcctl_drivers/py.typed",
        "dcctl/schema/catalogue.json",
        "dcctl/schema/config.json",
        "dcctl/schema/output.json",
        "dcctl/testing/suite.py",
    } <= set(names)
    pages = {Path(page).name for page in names if "/share/man/" in page}
    assert pages == {path.name for path in (CHECKOUT / "man").rglob("dcctl*.[1-9]")}
    checked = subprocess.run(
        [Path(sys.executable).with_name("check-wheel-contents"), "--toplevel", "dcctl,dcctl_drivers", str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_installed_it_finds_its_own_catalogue_and_no_other(wheel: Path, tmp_path: Path) -> None:
    installed, here = tmp_path / "installed", tmp_path / "here"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(installed)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    here.mkdir()
    # A catalogue is trusted like code: what lies in the working directory must not be read.
    (here / "profiles.yaml").write_text("version: 1\nhardware_profiles: {planted: {}}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_", "PYTHON"))}
    environ = {**kept, "HOME": str(tmp_path / "home"), "PYTHONPATH": str(installed)}

    def dcctl(*words: str) -> str:
        program = "import sys; from dcctl.cli import main; sys.argv[0] = 'dcctl'; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *words], cwd=here, env=environ, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert dcctl("--version").startswith("dcctl ")
    assert dcctl("catalogue", "show", "-o", "name").strip() == str(installed / "dcctl" / "profiles.yaml")
    assert "planted" not in dcctl("hwp", "list", "-q")
    assert "inst0" in dcctl("--driver", "mock", "instance", "list", "-o", "json")


def test_the_source_distribution_builds_too(tmp_path: Path) -> None:
    assert build(tmp_path, "sdist").stat().st_size > 100_000
