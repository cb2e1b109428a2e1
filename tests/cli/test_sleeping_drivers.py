"""Listing drivers, and help, import none: what an installed package does when it is imported would happen at every TAB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.test_tree import imported, imported_by_python
from dcctl.registry import ENTRY_POINTS

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

ALARM = """\
from pathlib import Path
Path({trace!r}).touch()
from dcctl_drivers.mock import MockDriver
class Alarm(MockDriver):
    name = "alarm"
"""
QUIET = [
    ("driver", "list"),
    ("driver", "list", "-o", "json"),
    ("drivers", "list", "-q"),
    ("--help",),
    ("driver", "--help"),
    ("driver", "list", "--help"),
    ("driver", "check", "--help"),
    ("instance", "create", "--help"),
]


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the third party's package leaves its mark when it is imported."""
    folder, trace = tmp_path / "site", tmp_path / "imported"
    metadata = folder / "dcctl_alarm-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "dcctl_alarm.py").write_text(ALARM.format(trace=str(trace)))
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: dcctl-alarm\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nalarm = dcctl_alarm:Alarm\n")
    monkeypatch.syspath_prepend(str(folder))
    return trace


@pytest.mark.parametrize("command", QUIET, ids=" ".join)
def test_no_driver_is_imported_to_list_them_or_for_help(dcctl: Dcctl, trace: Path, command: tuple[str, ...]) -> None:
    modules = imported(dcctl, *command) - imported_by_python(dcctl)
    assert not trace.exists()
    assert {name for name in modules if name.startswith(("dcctl_drivers", "dcctl_alarm", "libvirt"))} == set()


def test_the_driver_is_listed_all_the_same_and_imported_when_it_is_asked_for(dcctl: Dcctl, trace: Path) -> None:
    listed = dcctl.process("driver", "list", "-o", "json")
    assert "alarm" in [row["name"] for row in json.loads(listed.stdout)]
    dcctl.process("instance", "list")
    assert not trace.exists()
    assert dcctl.process("driver", "show", "alarm").exit_status == 0
    assert trace.exists()
