from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DCCTL_NO_CACHE", raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file that only its owner may change, whatever the umask; returns its path."""

    def write(content: str | bytes, name: str = "profiles.yaml", mode: int = 0o600) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return str(path)

    return write
