"""What people install: what the archives hold, and dcctl run from them, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SCHEMAS = {f"dcctl/schema/{path.name}" for path in (CHECKOUT / "dcctl" / "schema").glob("*.json")}
PAGES = {path.relative_to(CHECKOUT / "man") for path in (CHECKOUT / "man").glob("man?/*")}

Program = Callable[..., str]


def build(source: Path, target: Path, kind: str) -> Path:
    """A wheel or an sdist of a source tree; nothing is fetched for it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the source distribution unpacks to."""
    folder = tmp_path_factory.mktemp("source")
    archive = build(CHECKOUT, tmp_path_factory.mktemp("sdist"), "sdist")
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    (unpacked,) = folder.iterdir()
    return unpacked


def install(environment: Path, *what: str) -> None:
    """Make a virtual environment with dcctl; what dcctl depends on is lent by the one that the tests run in."""
    venv.create(environment)
    (packages,) = environment.glob("lib/python3*/site-packages")
    # A path in a .pth file lends modules, but the lender's own .pth files (an editable dcctl) are not read.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install"]
    offline = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed"]
    subprocess.run([*pip, *offline, *what], check=True, capture_output=True)


def program(environment: Path, home: Path) -> Program:
    """The installed dcctl, as one types it in a directory where somebody has planted a catalogue."""
    here = home / "here"
    here.mkdir(parents=True)
    # A catalogue is trusted like code: what lies in the working directory must not be read.
    (here / "profiles.yaml").write_text("version: 1\nhardware_profiles: {planted: {}}\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_", "PYTHON"))}

    def dcctl(*words: str) -> str:
        done = subprocess.run(
            [environment / "bin" / "dcctl", *words],
            cwd=here,
            env={**kept, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return dcctl


def test_the_wheel_has_two_packages_and_what_they_need(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"dcctl", "dcctl_drivers"}
    assert {
        "dcctl/profiles.yaml",
        "dcctl/py.typed",
        "dcctl_drivers/py.typed",
        "dcctl/testing/suite.py",
    } <= set(names)
    assert set(names) >= SCHEMAS
    assert len(SCHEMAS) >= 3
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_passes_the_check_of_its_contents(wheel: Path) -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("check-wheel-contents"), "--toplevel", "dcctl,dcctl_drivers", str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, source: Path, tmp_path: Path) -> None:
    def content(path: Path) -> dict[str, int]:
        return {entry.filename: entry.CRC for entry in zipfile.ZipFile(path).infolist()}

    assert content(build(source, tmp_path, "wheel")) == content(wheel)


def test_the_source_distribution_has_what_a_packager_needs_and_nothing_of_this_machine(source: Path) -> None:
    tracked = {"Makefile", "LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml", "profiles.yaml"}
    folders = {"dcctl", "drivers", "man", "tests", "tools", "docs", ".ci"}
    assert {path.name for path in source.iterdir()} == tracked | folders | {"PKG-INFO", ".gitignore"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    install(environment, str(wheel))
    return environment


def test_installed_it_finds_its_own_catalogue_and_no_other(installed: Path, tmp_path: Path) -> None:
    dcctl = program(installed, tmp_path)
    assert dcctl("--version").startswith("dcctl ")
    (packaged,) = installed.glob("lib/python3*/site-packages/dcctl/profiles.yaml")
    assert dcctl("catalogue", "show", "-o", "name").strip() == str(packaged)
    assert "planted" not in dcctl("hwp", "list", "-q")
    assert "inst0" in dcctl("--driver", "mock", "instance", "list", "-o", "json")


def test_installed_it_writes_a_package_for_a_new_driver(installed: Path, tmp_path: Path) -> None:
    program(installed, tmp_path)("driver", "new", "rack")
    assert (tmp_path / "here" / "dcctl-rack" / "pyproject.toml").exists()


def test_installed_its_manual_pages_are_where_man_looks(installed: Path) -> None:
    """Beside a bin directory of the PATH, man(1) looks into share/man, there into the folder of the section."""
    share = installed / "share" / "man"
    assert {path.relative_to(share) for path in share.rglob("*.*")} == PAGES
    assert Path("man1/dcctl.1") in PAGES


def test_an_editable_installation_uses_the_catalogue_of_the_checkout(tmp_path: Path) -> None:
    install(tmp_path / "venv", "--editable", str(CHECKOUT))
    dcctl = program(tmp_path / "venv", tmp_path / "home")
    assert dcctl("catalogue", "show", "-o", "name").strip() == str(CHECKOUT / "profiles.yaml")
    assert "planted" not in dcctl("hwp", "list", "-q")
