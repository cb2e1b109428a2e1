"""A new author's machine: an environment of its own in which dcctl is installed, and then the author's package."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Author:
    """``environment`` has dcctl; ``home`` is empty, so that no configuration or catalogue of the machine's owner is read."""

    environment: Path
    home: Path

    def install(self, *what: str | Path) -> None:
        """Install packages from their sources; nothing is fetched for it."""
        python = self.environment / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
        done = subprocess.run(
            [*pip, "--no-build-isolation", "--ignore-installed", *map(str, what)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def runs(self, *words: str, cwd: Path, status: int = 0) -> str:
        """What a command of the environment prints, on both streams; it must end with the status."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_", "PYTHON"))}
        path = f"{self.environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**kept, "HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == status, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout


def new_author(factory: pytest.TempPathFactory) -> Author:
    """Somebody who has installed dcctl, and nothing else of ours. pytest and what dcctl depends on are lent by our environment."""
    environment, home = factory.mktemp("environment"), factory.mktemp("home")
    venv.create(environment)
    (packages,) = environment.glob("lib/python3*/site-packages")
    # A path in a .pth file lends modules, but the lender's own .pth files (an editable dcctl) are not read.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    author = Author(environment, home)
    author.install(CHECKOUT)
    return author
