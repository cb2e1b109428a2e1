from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dcctl.config import Config, read


@dataclass
class Person:
    """Somebody with a home directory, an environment and perhaps a configuration."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.home / ".config" / "dcctl" / "config.yaml"

    def writes(self, text: str, mode: int = 0o600) -> str:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file.write_bytes(text.encode())
        self.file.chmod(mode)
        return str(self.file)

    def decides(self, **flags: str | None) -> Config:
        environ: Mapping[str, str] = {"HOME": str(self.home), "DCCTL_NO_CACHE": "1", **self.environ}
        return read(flags, environ)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Person(home)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes a file that only its owner may change, whatever the umask; returns its path."""

    def write(content: str, name: str, mode: int = 0o600) -> str:
        path = tmp_path / name
        path.write_text(content)
        path.chmod(mode)
        return str(path)

    return write
