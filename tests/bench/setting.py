"""Where the benchmarks run: the installed dcctl, a clean environment, and which peers are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """``scripts``: the directory of the environment that dcctl is installed in; ``home``: a directory for what runs write."""

    scripts: Path
    home: Path
    rounds: int

    @property
    def environ(self) -> Mapping[str, str]:
        """What every candidate sees: nothing of the caller's settings, and byte code may be written (it is, once)."""
        return {
            "PATH": f"{self.scripts}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }

    def program(self, name: str) -> str:
        """The path of a program of the environment."""
        return str(self.scripts / name)

    def installed(self, name: str) -> bool:
        """Whether a peer can be measured."""
        return shutil.which(name, path=os.fsdecode(self.environ["PATH"])) is not None
