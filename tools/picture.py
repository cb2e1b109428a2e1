"""Make the README's picture: ``python tools/picture.py docs/instances.svg`` (``make picture``).

The commands really run, on a pseudo-terminal and a mock cloud of their own; Rich turns what they wrote into the SVG.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import struct
import sys
import tempfile
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from rich.console import Console
from rich.text import Text

WIDTH = 104
BEFORE = [
    "dcctl instance destroy inst0 inst1 inst2 inst3 --force --yes -q",
    "dcctl instance create --image img1 --hwp small --name web -q",
    "dcctl instance create --image img3 --hwp m1-small --realm eu --name build-7 -q",
    "dcctl instance stop build-7 -q",
]
SHOWN = [
    "dcctl instance create --image img1 --hwp large --memory 8GiB --name database -q",
    "dcctl instance list",
    "dcctl instance start web",
]


def run(command: str, home: str) -> str:
    """What the command writes to a terminal. A refused action is part of the picture, so the status is not looked at."""
    words = [sys.executable, "-m", *shlex.split(command)]
    environ = {
        "HOME": home,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "DCCTL_DRIVER": "mock",
    }
    process, terminal = pty.fork()
    if process == 0:
        ioctl(0, TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        os.execve(sys.executable, words, environ)  # noqa: S606  our own program, no shell
    written = io.BytesIO()
    try:
        while piece := os.read(terminal, 65536):
            written.write(piece)
    except OSError:  # how Linux says that the other end of a pseudo-terminal was closed
        pass
    os.waitpid(process, 0)
    return written.getvalue().decode().replace("\r\n", "\n").rstrip("\n")


def picture() -> str:
    """The SVG, without the fonts that Rich would have browsers load from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as home:
        for command in BEFORE:
            run(command, home)
        for command in SHOWN:
            console.print(Text.assemble(("$ ", "dim"), (command, "bold")))
            console.print(Text.from_ansi(run(command, home)))
    svg = console.export_svg(title="dcctl", unique_id="dcctl")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def main(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/picture.py FILE")
    main(Path(sys.argv[1]))
