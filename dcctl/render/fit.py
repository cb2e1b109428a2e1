"""Which columns a narrow terminal shows, and how wide. Pure."""

from __future__ import annotations

from typing import NamedTuple

from dcctl.render.noun import KEPT


class Wish(NamedTuple):
    """What a column would like: its widest text; how little it can be cut or folded to; how long it stays; whether it folds."""

    width: int
    least: int | None
    worth: int
    folds: bool = False


def fit(wishes: list[Wish], available: int, gap: int) -> dict[int, int] | None:
    """Positions of the columns that are shown, with their widths; None if even ids and names do not fit.

    ``gap`` is what each column costs besides its text. First long texts are cut, or folded, to what they can bear, then columns go, the least
    worth first, of equals the rightmost.
    """
    shown = list(range(len(wishes)))
    while shown:
        needed = sum(_smallest(wishes[position]) + gap for position in shown)
        if needed <= available:
            return _widths(wishes, shown, available - needed)
        position = min(reversed(shown), key=lambda position: wishes[position].worth)
        if wishes[position].worth >= KEPT:
            return None
        shown.remove(position)
    return None


def _smallest(wish: Wish) -> int:
    return wish.width if wish.least is None else min(wish.width, wish.least)


def _widths(wishes: list[Wish], shown: list[int], spare: int) -> dict[int, int]:
    """The smallest widths, and what is spare to those that want more, from left to right."""
    widths = {}
    for position in shown:
        smallest = _smallest(wishes[position])
        extra = min(spare, wishes[position].width - smallest)
        spare -= extra
        widths[position] = smallest + extra
    return widths
