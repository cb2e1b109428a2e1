"""Both examples keep the contract as their authors would see it: ``dcctl driver check``, with a configuration and no test file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exec_driver.harness import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Path]:
    """A folder for instances; what a check that went wrong leaves running is ended."""
    folder = tmp_path / "cloud"
    folder.mkdir()
    yield folder
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "fd" / "1").readlink().is_relative_to(folder):
                os.kill(int(entry.name), signal.SIGKILL)


def dcctl(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": path}
    command = [sys.executable, "-m", "dcctl", "--config", str(home / "config.yaml"), *words]
    return subprocess.run(command, env=environ, cwd=home, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("description", "name"), [("shell/processes", "processes"), ("perl/services", "services")])
def test_an_example_in_another_language_keeps_the_contract(
    tmp_path: Path, cloud: Path, description: str, name: str
) -> None:
    (tmp_path / "profiles.yaml").write_text(f"version: 1\nrealms: {{here: {{name: Here, {name}: {{}}}}}}\n")
    (tmp_path / "config.yaml").write_text(
        "version: 1\ncontext: lab\ncontexts:\n  lab:\n"
        f"    {{driver: 'exec:{EXAMPLES / description}.yaml', catalogue: profiles.yaml, conformance: true,"
        f" settings: {{path: '{cloud}'}}}}\n"
    )
    refused = dcctl(tmp_path, "driver", "check", "--image", "none")
    assert (refused.returncode, refused.stdout) == (4, "")
    images = EXAMPLES / "shell" / "images"
    if name == "services":
        imported = dcctl(tmp_path, "image", "import", str(images / "idle"), "--name", "idle")
        assert imported.returncode == 0, imported.stderr
    checked = dcctl(tmp_path, "driver", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"(exec:{EXAMPLES / description}.yaml)" in checked.stdout
    assert " 0 broken, " in checked.stdout
    assert not list(cloud.glob("instances/*"))
