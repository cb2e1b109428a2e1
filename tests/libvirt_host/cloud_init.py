"""Real cloud-init reads a seed: Debian's package, unpacked and never installed, so that nothing of it can start on this machine.

Only what it understands is asked (`cloud_init_reader.py`, run by the system's Python); what it would change is not done.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from libvirt_host import cache

PYTHON = "/usr/bin/python3"
"""Debian's own, for which the packages that cloud-init imports are made."""


class CloudInitUnavailable(Exception):
    """There is none to be had here; the text says why."""


def package() -> Path:
    """The unpacked package."""
    folder = cache.directory("cloud-init")
    unpacked = folder / "unpacked"
    if not unpacked.exists():
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
            try:
                _run("apt-get", "-o", "APT::Sandbox::User=root", "download", "cloud-init", cwd=Path(scratch))
                (archive,) = Path(scratch).glob("*.deb")
                _run("dpkg-deb", "--extract", str(archive), str(Path(scratch) / "content"))
            except (OSError, subprocess.CalledProcessError, ValueError) as error:
                raise CloudInitUnavailable(f"no cloud-init: {error}") from error
            with contextlib.suppress(OSError):  # somebody else was faster
                (Path(scratch) / "content").rename(unpacked)
    return unpacked


def files_of(iso: bytes) -> dict[str, bytes]:
    """What is on a seed, by the names that cloud-init looks for."""
    from pycdlib import PyCdlib

    image = PyCdlib()
    image.open_fp(io.BytesIO(iso))
    found = {}
    for child in image.list_children(joliet_path="/"):
        if child.is_file():
            name = child.file_identifier().decode("utf-16-be")
            content = io.BytesIO()
            image.get_file_from_iso_fp(content, joliet_path=f"/{name}")
            found[name] = content.getvalue()
    image.close()
    return found


def understood(seed: Mapping[str, bytes]) -> dict[str, Any]:
    """What cloud-init makes of these files on a Debian cloud image."""
    with tempfile.TemporaryDirectory(prefix="seed-") as folder:
        for name, content in seed.items():
            (Path(folder) / name).write_bytes(content)
        reader = Path(__file__).with_name("cloud_init_reader.py")
        answer = _run(PYTHON, str(reader), str(package()), folder)
    said: dict[str, Any] = json.loads(answer)
    return said


def _run(*argv: str, cwd: Path | None = None) -> str:
    return subprocess.run(argv, cwd=cwd, check=True, capture_output=True, text=True).stdout
