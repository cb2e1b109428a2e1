"""A Rich table, for a person at a terminal. The only module that imports Rich (40 ms)."""

from __future__ import annotations

from typing import IO, cast

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dcctl.render.fit import Wish, fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.render.terminal import Terminal

_PADDING_AND_RULE = 3  # a blank on each side, and the rule between two columns
_OUTER_RULE = 1
_NARROWEST_FOLD = 12


def write_table(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Sequence[Sequence[str | None]],
    wishes: Sequence[tuple[int | None, int, bool]],
    terminal: Terminal,
    *,
    header: bool,
) -> int | None:
    """Draw the table; how many columns were left out because the terminal is narrow. None: nothing was drawn, it does not fit.

    ``wishes``: for each column how little it can be cut to, its worth, and whether it is folded instead (see ``fit``). Ids and names
    that do not fit are folded.
    """
    lines = [titles, *rows] if header else rows
    natural = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    wanted = [Wish(width, *wish) for width, wish in zip(natural, wishes, strict=True)]
    available = terminal.width - _OUTER_RULE
    widths = fit(wanted, available, _PADDING_AND_RULE) or _folded(wanted, available)
    if widths is None:
        return None
    dots = "…" if terminal.unicode else "..."
    table = Table(box=box.ROUNDED, show_header=header, header_style="bold", border_style="dim")
    for position, width in widths.items():
        table.add_column(Text(titles[position]), width=width, overflow="fold")
    for row, style in zip(rows, styles, strict=True):
        table.add_row(
            *(
                Text(_cut(row[position], width, dots, wanted[position]), style=style[position] or "")
                for position, width in widths.items()
            )
        )
    _console(terminal).print(table)
    return len(titles) - len(widths)


def _folded(wishes: list[Wish], available: int) -> dict[int, int] | None:
    """Only what may never be dropped, the widest of it folded over several lines; None if that would be unreadable."""
    most = max(wish.worth for wish in wishes)
    kept = {
        position: min(wish.width, wish.least) if wish.folds and wish.least is not None else wish.width
        for position, wish in enumerate(wishes)
        if wish.worth == most
    }
    widest = max(kept, key=lambda position: wishes[position].width)
    rest = sum(width + _PADDING_AND_RULE for position, width in kept.items() if position != widest)
    kept[widest] = available - rest - _PADDING_AND_RULE
    return kept if kept[widest] >= _NARROWEST_FOLD else None


def _cut(text: str, width: int, dots: str, wish: Wish) -> str:
    if wish.least is None or wish.folds or cell_len(text) <= width:
        return text
    return set_cell_size(text, width - len(dots)) + dots


def _console(terminal: Terminal) -> Console:
    # A Terminal has of a text stream what Rich uses: write, flush, isatty, encoding. Colour is decided there, not by Rich.
    return Console(
        file=cast("IO[str]", terminal),
        width=terminal.width,
        force_terminal=True,
        no_color=not terminal.color,
        color_system="standard" if terminal.color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
