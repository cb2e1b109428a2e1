"""``dcctl instance logs``, and the last lines of a console for those who waited in vain."""

from __future__ import annotations

import re
from contextlib import contextmanager

from dcctl.cli.words_given import must_be_text
from dcctl.errors import DcctlError, Failed, Timeout, Usage
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.cli.session import Session
    from dcctl.model import Instance
    from dcctl.nouns.consoles import ConsolePart

    Read = Callable[[int], ConsolePart]

LINE_BYTES = 400
"""How long a line is taken to be when reading back from the end; more is read if that was not enough."""

TAIL_LINES = 8

# Colours and movements of the cursor: ECMA-48's control sequences, and operating system commands such as window titles.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")

# Firmware writes its questions over and over: to a place on the screen rather than after an end of line.
_PLACE = re.compile(r"\x1b\[(\d*)(?:;(\d*))?[Hf]")


def show_log(session: Session, name: str, *, follow: bool, lines: int | None) -> None:
    """Write what the console has said; with ``follow`` also what it says from now on, until the instance is off."""
    if lines is not None and lines < 0:
        raise Usage("--lines cannot be less than 0", hint="leave it out for all")
    instance = session.cloud.instance(must_be_text(name))

    def read(start: int) -> ConsolePart:
        return session.cloud.inside.console_log(instance, start)

    position = 0
    out = _Writer(session)
    for part in _tail(read, lines) if lines is not None else _from(read, 0):
        out.write(part.content)
        position = part.end
    if follow:
        for part in session.cloud.inside.follow_log(instance, position):
            out.write(part.content)
    out.end()


def last_lines(session: Session, instance: Instance, count: int = TAIL_LINES) -> list[str]:
    """The last lines that its console has said, fit for a terminal; none if nothing is kept or it cannot be read now."""
    if not session.cloud.inside.keeps_console_log():
        return []
    try:
        parts = list(_tail(lambda start: session.cloud.inside.console_log(instance, start), count))
    except DcctlError:
        return []
    text = in_lines(b"".join(part.content for part in parts).decode(errors="replace"))
    return [line for line in (plain(line).rstrip() for line in text.split("\n")) if line][-count:]


@contextmanager
def with_last_lines(session: Session, instance: Instance) -> Iterator[None]:
    """Whoever waits in vain, or to a bad end, learns what the console said last."""
    try:
        yield
    except (Timeout, Failed) as error:
        error.console = last_lines(session, instance)
        raise


def in_lines(text: str) -> str:
    """What was written elsewhere on the screen is a line of its own; what was written at the beginning of the same one replaces it."""
    row = ""

    def end(place: re.Match[str]) -> str:
        nonlocal row
        before, row = row, place[1].lstrip("0")
        return "\n" if row != before else "\r" if (place[2] or "").lstrip("0") in ("", "1") else ""

    return _PLACE.sub(end, text)


def plain(line: str) -> str:
    """A line without colours and movements of the cursor, and without anything else that a terminal would obey."""
    line = line.rstrip("\r").rpartition("\r")[2]  # what was written over is gone
    return "\t".join(visible(piece) for piece in _SEQUENCE.sub("", line).split("\t"))


class _Writer:
    """Standard output: byte for byte where it is no terminal, else line by line in a form that a terminal only shows."""

    def __init__(self, session: Session) -> None:
        self._stream = session.environment.stdout
        self._shown = self._stream.isatty()
        self._begun = b""

    def write(self, content: bytes) -> None:
        if not self._shown:
            binary = getattr(self._stream, "buffer", None)
            if binary is None:
                self._stream.write(content.decode(errors="replace"))
            else:
                binary.write(content)
        else:
            *whole, self._begun = (self._begun + content).split(b"\n")
            self._stream.write("".join(f"{plain(line.decode(errors='replace'))}\n" for line in whole))
        self._stream.flush()

    def end(self) -> None:
        """The last line may have no end yet, as a prompt has none."""
        if self._begun:
            self._stream.write(f"{plain(self._begun.decode(errors='replace'))}\n")


def _from(read: Read, start: int) -> Iterator[ConsolePart]:
    while (part := read(start)).content:
        yield part
        start = part.end


def _tail(read: Read, lines: int) -> Iterator[ConsolePart]:
    """The last lines, read back from the end in ever larger steps."""
    if lines == 0:
        yield _at_end(read(-1))
        return
    back = lines * LINE_BYTES
    while True:
        parts = list(_from(read, -back))
        if not parts:
            return
        content = b"".join(part.content for part in parts)
        ends = [place for place, letter in enumerate(content) if letter == 0x0A and place < len(content) - 1]
        if len(ends) >= lines or parts[0].start == 0:
            begin = ends[-lines] + 1 if len(ends) >= lines else 0
            yield type(parts[0])(parts[0].start + begin, content[begin:])
            return
        back *= 4


def _at_end(part: ConsolePart) -> ConsolePart:
    return type(part)(part.end, b"")
