"""What a stream is: a terminal or not, how wide, whether it gets colour, and which characters it takes."""

from __future__ import annotations

import os

from dcctl.errors import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

COLORS = ("auto", "always", "never")
DEFAULT_WIDTH = 80

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bold red": "1;31",
}
"""The few styles that dcctl uses, by Rich's names for them, as SGR parameters."""


class Terminal:
    """A stream and what is known about it. Enough of a text stream itself for Rich to write to."""

    def __init__(self, stream: TextIO, *, color: str | None = None, environ: Mapping[str, str]) -> None:
        """``color``: always, never or auto, as a flag or the configuration decided; None: the environment decides."""
        self._stream = stream
        self._environ = environ
        self.interactive = _is_terminal(stream)
        self.color = wants_color(color, environ, interactive=self.interactive)
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"

    @property
    def unicode(self) -> bool:
        """Whether it takes every character."""
        return self.encoding.lower().replace("-", "").startswith("utf")

    def takes(self, text: str) -> bool:
        """Whether its encoding has all of these characters."""
        if text.isascii() or self.unicode:
            return True
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    @property
    def width(self) -> int:
        """Columns: ``COLUMNS`` if it is a sensible number, else what the terminal says."""
        given = self._environ.get("COLUMNS", "")
        if given.isascii() and given.isdigit() and 0 < int(given) < 10_000:
            return int(given)
        try:
            # A terminal that does not know its size, such as a serial line, says 0.
            return os.get_terminal_size(self._stream.fileno()).columns or DEFAULT_WIDTH
        except (OSError, ValueError):
            return DEFAULT_WIDTH

    def write(self, text: str) -> int:
        """Write; characters that the stream's encoding lacks become escapes. A closed pipe stays a ``BrokenPipeError``."""
        try:
            return self._stream.write(text)
        except UnicodeEncodeError:
            return self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self.interactive

    def paint(self, text: str, style: str | None) -> str:
        """The text in a style, where there is colour."""
        if not self.color or style is None:
            return text
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def wants_color(asked: str | None, environ: Mapping[str, str], *, interactive: bool) -> bool:
    """The one place that decides about colour.

    Precedence: ``asked`` > DCCTL_COLOR > NO_COLOR > FORCE_COLOR and CLICOLOR_FORCE > CLICOLOR=0 > TERM=dumb > a terminal or not.
    """
    word = asked or environ.get("DCCTL_COLOR") or "auto"
    if word not in COLORS:
        raise Usage(f"colour cannot be {word!r}", hint=f"allowed: {', '.join(COLORS)}")
    if word != "auto":
        return word == "always"
    if environ.get("NO_COLOR"):
        return False
    force = environ.get("FORCE_COLOR")
    if force:
        return force not in ("0", "false")
    if environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if environ.get("CLICOLOR") == "0" or environ.get("TERM") == "dumb":
        return False
    return interactive


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a stand-in without the method; a closed stream
        return False
