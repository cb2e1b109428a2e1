from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cli.helpers import Dcctl

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dcctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dcctl:
    """dcctl with a home of its own, where the mock driver was chosen explicitly."""
    for name in tuple(os.environ):
        if name.startswith(("DCCTL_", "XDG_", "LC_", "CLICOLOR")) or name in (
            "NO_COLOR",
            "FORCE_COLOR",
            "GITHUB_ACTIONS",
        ):
            monkeypatch.delenv(name)
    settings = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "DCCTL_DRIVER": "mock",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "xterm-256color",
        "COLUMNS": "80",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return Dcctl(os.environ)
