"""The conformance suite lets a correct driver pass entirely, and catches every wrong one, naming the sentence that it breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from contract.memory import KILLED, MemoryDriver, MemoryHarness
from contract.needs_its_library import NeedsItsLibrary
from contract.wrong import WRONG
from contract.wrong.adopting import Adopts
from contract.wrong.capturing import CapturesLive
from contract.wrong.changing import Changes
from contract.wrong.cloning import Clones
from contract.wrong.commands import RunsPrograms
from contract.wrong.consoles import HasConsoles
from contract.wrong.describing import Labelled
from contract.wrong.diagnosing import HasFindings
from contract.wrong.disk_modes import HasModes
from contract.wrong.disks import HasDisks
from contract.wrong.dying import FolderHarness
from contract.wrong.interfaces import ChoosesAddresses
from contract.wrong.keys import KeepsKeys
from contract.wrong.machines import MakesMachines
from contract.wrong.networks import HasNetworks
from contract.wrong.preparing import Prepares
from contract.wrong.previewing import Previews
from contract.wrong.realm_facts import HasFacts
from contract.wrong.rehearsing import Foretells
from contract.wrong.resizing import Resizes
from contract.wrong.rewriting import Rewrites
from contract.wrong.screens import HasScreens
from contract.wrong.snapshots import HasSnapshots
from contract.wrong.suspending import Saves
from contract.wrong.volumes import HasVolumes
from dcctl.abilities import OPTIONAL
from dcctl.testing import checks, optional, run, sentences
from dcctl_drivers.mock import MockDriver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dcctl.driver import Driver
    from dcctl.testing import Broken, Harness

FIVE_LINES = """\
from contract.memory import MemoryDriver
from dcctl.testing.suite import Conformance
class TestMemory(Conformance):
    driver = MemoryDriver
    image = "tiny"
"""


def harness_for(driver: type[Driver], folder: Path) -> Harness:
    """Everything that can be brought about, in a new cloud."""
    return FolderHarness(folder, driver) if issubclass(driver, MockDriver) else MemoryHarness(driver, folder)


def first_break(harness: Harness, rule: int) -> Broken:
    """The first time that the suite says that ``rule`` is broken; fails with all that it says instead."""
    results = []
    for result in run(harness):
        if result.broken is not None and result.broken.rule == rule:
            return result.broken
        results.append(result)
    told = "\n".join(str(result.broken) for result in results if result.broken is not None) or "nothing"
    pytest.fail(f"sentence {rule} is broken, but the suite says:\n{told}")


@pytest.mark.parametrize(
    "driver",
    [
        MemoryDriver,
        KeepsKeys,
        CapturesLive,
        Rewrites,
        MakesMachines,
        HasNetworks,
        ChoosesAddresses,
        HasVolumes,
        HasConsoles,
        RunsPrograms,
        HasScreens,
        Labelled,
        Changes,
        HasSnapshots,
        HasFacts,
        Resizes,
        HasFindings,
        Clones,
        HasDisks,
        HasModes,
        Prepares,
        Previews,
        Saves,
        Adopts,
        Foretells,
    ],
)
def test_a_correct_driver_passes_entirely(driver: type[MemoryDriver], tmp_path: Path) -> None:
    results = list(run(MemoryHarness(driver, tmp_path)))
    assert [str(result.broken) for result in results if result.broken] == []
    assert [result.check.name for result in results if result.gap] == [*KILLED]
    assert len(results) == len(checks(driver))


@pytest.mark.parametrize(("driver", "rule"), WRONG.items(), ids=[driver.__name__ for driver in WRONG])
def test_a_wrong_driver_is_caught(
    driver: type[Driver], rule: int, tmp_path: Path, record_catch: Callable[[int], None]
) -> None:
    broken = first_break(harness_for(driver, tmp_path), rule)
    assert sentences()[rule] in str(broken)
    record_catch(rule)


@pytest.mark.parametrize("library", [None, ("jsonschema",)], ids=["no matter which", "the one that its author names"])
def test_a_driver_that_needs_a_library_is_caught(library: tuple[str, ...] | None, tmp_path: Path) -> None:
    broken = first_break(MemoryHarness(NeedsItsLibrary, tmp_path, library=library), 1)
    assert "jsonschema is hidden" in str(broken)


def test_a_driver_may_need_what_its_author_says_is_always_there(tmp_path: Path) -> None:
    first = next(run(MemoryHarness(NeedsItsLibrary, tmp_path, library=())))
    assert (first.check.rule, first.broken, first.gap) == (1, None, None)


def test_every_sentence_of_the_contract_has_its_number() -> None:
    assert sorted(sentences()) == list(range(1, 22))
    assert sentences()[8] == (
        "An action returns once the provider has accepted it, with the instance as it is then; the core waits for the rest."
    )


def test_the_test_file_of_a_third_party_is_five_lines(tmp_path: Path) -> None:
    (tmp_path / "test_memory.py").write_text(FIVE_LINES)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "no action leads to error, and the harness cannot provoke it" in done.stdout


def test_every_optional_class_has_checks() -> None:
    assert set(optional.CHECKED) == set(OPTIONAL)


def test_names_of_checks_are_unique() -> None:
    names = [check.name for check in checks(MemoryDriver)]
    assert len(set(names)) == len(names)


def test_every_check_names_a_sentence_that_exists() -> None:
    assert {check.rule for check in checks(MemoryDriver)} <= sentences().keys()
