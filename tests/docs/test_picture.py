"""The picture in the README shows what dcctl really prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECKED_IN = ROOT / "docs" / "instances.svg"


def words(svg: str) -> list[str]:
    """What a person reads, without the ages, which depend on how fast the machine is."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return [word for word in unescape(" ".join(texts)).split() if not re.fullmatch(r"\d+s", word)]


def test_the_picture_shows_what_the_commands_print(tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "drivers"), os.environ.get("PYTHONPATH", "")])
    made = tmp_path / "instances.svg"
    program = ROOT / "tools" / "picture.py"
    subprocess.run([sys.executable, program, made], check=True, env={**os.environ, "PYTHONPATH": path})
    assert words(made.read_text()) == words(CHECKED_IN.read_text())
    assert {"NAME", "database", "running", "Allowed:"} <= set(words(made.read_text()))


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    addresses = set(re.findall(r"https?://[\w./-]+", CHECKED_IN.read_text()))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
