"""What happens to drivers that were written for another version of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.memory import MemoryDriver
from dcctl import registry
from dcctl.driver import CONTRACT
from dcctl.errors import DriverError
from dcctl.registry import ENTRY_POINTS

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path, group: str, target: str) -> None:
    """What pip leaves of a package that announces a driver called ``rack``."""
    metadata = folder / "dcctl_rack-2.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dcctl-rack\nVersion: 2.0\n")
    (metadata / "entry_points.txt").write_text(f"[{group}]\nrack = {target}\n")


def test_the_group_of_entry_points_has_the_number_of_the_contract() -> None:
    assert f"dcctl.drivers.v{CONTRACT}" == ENTRY_POINTS


def test_a_driver_that_says_this_version_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "spoken.py").write_text(
        "from contract.memory import MemoryDriver\nclass Rack(MemoryDriver):\n    contract = 1\n"
    )
    install(tmp_path, ENTRY_POINTS, "spoken:Rack")
    assert registry.load("rack").contract == CONTRACT


def test_a_class_of_a_newer_version_is_refused_by_every_way_to_name_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = CONTRACT + 1
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"newer{version}.py").write_text(
        f"from contract.memory import MemoryDriver\nclass Rack(MemoryDriver):\n    contract = {version}\n"
    )
    install(tmp_path, ENTRY_POINTS, f"newer{version}:Rack")
    for name in ("rack", f"newer{version}:Rack"):
        with pytest.raises(DriverError, match=f"Rack speaks version {version} of the contract") as refused:
            registry.load(name)
        assert refused.value.hint == "use a newer dcctl"


@pytest.mark.parametrize(
    ("version", "hint"), [(CONTRACT + 1, "use a newer dcctl"), (0, None)], ids=["newer", "no version"]
)
def test_a_package_that_announces_another_version_is_not_imported_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int, hint: str | None
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, f"dcctl.drivers.v{version}", "does_not_exist:Rack")
    with pytest.raises(DriverError) as refused:
        registry.load("rack")
    assert "there is no module" not in refused.value.message
    assert hint is None or refused.value.hint == hint
    assert "rack" not in {source.name for source in registry.sources()}


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None])
def test_a_version_is_a_whole_number(version: object) -> None:
    with pytest.raises(DriverError, match="must be a whole number"):
        type("Rack", (MemoryDriver,), {"contract": version})


def test_a_driver_that_does_not_say_is_taken_to_speak_this_version() -> None:
    assert MemoryDriver.contract == CONTRACT
