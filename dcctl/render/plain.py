"""Aligned text without Rich: 1,000 rows in 10 ms, never cut. For everything that is not a terminal, and for long tables on one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.render.terminal import Terminal

_GAP = "  "


def cell_width(text: str) -> int:
    """How many columns of a terminal the text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # noqa: PLC0415  0.2 ms that ASCII need not pay

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def write_table(
    header: Sequence[str] | None,
    rows: Sequence[Sequence[str]],
    styles: Sequence[Sequence[str | None]] | None,
    terminal: Terminal,
) -> None:
    """Write the texts in columns. ``styles``: one for each cell, where there is colour."""
    lines = rows if header is None else [header, *rows]
    if not lines:
        return
    widths = [max(map(cell_width, column)) for column in zip(*lines, strict=True)]
    if header is not None:
        painted = [terminal.paint(cell, "bold") for cell in header]
        terminal.write(_line(header, painted, widths))
    if styles is None:
        terminal.write("".join([_line(row, row, widths) for row in rows]))
        return
    for row, style in zip(rows, styles, strict=True):
        terminal.write(_line(row, list(map(terminal.paint, row, style)), widths))


def _line(cells: Sequence[str], painted: Sequence[str], widths: Sequence[int]) -> str:
    """``painted`` are the cells as they are written; the blanks after them are counted by the cells. No blanks at the end."""
    *before, _ = zip(cells, painted, widths, strict=True)
    parts = [text + " " * (width - cell_width(cell)) for cell, text, width in before]
    return _GAP.join((*parts, painted[-1])) + "\n"
