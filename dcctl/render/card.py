"""What ``show`` prints to a person: one fact per line, everything there is."""

from __future__ import annotations

from dcctl.render.plain import cell_width
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.render.noun import Entry
    from dcctl.render.terminal import Terminal

HIDDEN = "(hidden; --show-secrets)"
_GAP = "  "
_NARROWEST = 16


def write_card(entries: Iterable[Entry], terminal: Terminal, *, show_secrets: bool) -> None:
    """Labels on the left, values on the right; several values of one label below each other."""
    shown = list(entries)
    indent = max(cell_width(entry.label) for entry in shown)
    room = terminal.width - indent - len(_GAP)
    for entry in shown:
        hidden = entry.secret and entry.lines and not show_secrets
        values = [HIDDEN] if hidden else [visible(line) for line in entry.lines] or ["-"]
        label = terminal.paint(entry.label, "bold") + " " * (indent - cell_width(entry.label))
        for line in (line for value in values for line in _broken(value, room, terminal)):
            terminal.write(f"{label}{_GAP}{terminal.paint(line, entry.style)}\n")
            label = " " * indent


def _broken(text: str, room: int, terminal: Terminal) -> list[str]:
    """For a terminal: broken between words, so that it does not break within them; a word that is too long stays whole."""
    if len(text) <= room or not terminal.interactive:
        return [text]
    from textwrap import wrap  # noqa: PLC0415  most lines are short

    return wrap(text, max(room, _NARROWEST), break_long_words=False, break_on_hyphens=False)
