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


def write_card(entries: Iterable[Entry], terminal: Terminal, *, show_secrets: bool) -> None:
    """Labels on the left, values on the right; several values of one label below each other."""
    shown = list(entries)
    indent = max(cell_width(entry.label) for entry in shown)
    for entry in shown:
        lines = (
            [HIDDEN] if entry.secret and entry.lines and not show_secrets else [visible(line) for line in entry.lines]
        )
        label = terminal.paint(entry.label, "bold") + " " * (indent - cell_width(entry.label))
        for line in lines or ["-"]:
            terminal.write(f"{label}{_GAP}{terminal.paint(line, entry.style)}\n")
            label = " " * indent
