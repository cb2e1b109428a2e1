"""``-c``, ``--sort`` and ``-f``: from what was typed to columns, an order and a condition. Pure."""

from __future__ import annotations

import re
from typing import Generic

from dcctl.errors import Usage
from dcctl.render.noun import Column, Row
from dcctl.render.values import exact
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dcctl.render.noun import Noun

_CONDITION = re.compile(r"(?P<key>[^=~!]+)(?P<operator>=|!=|~)(?P<wanted>.*)", re.DOTALL)


def find_column(noun: Noun[Row], typed: str) -> Column[Row]:
    """The column with this key, or this title as the table shows it, whatever the case."""
    wanted = typed.strip().lower()
    for column in noun.columns:
        if wanted in (column.key, column.title.lower()):
            return column
    known = [column.key for column in noun.columns]
    close = suggestion(wanted, known)
    hint = (
        f"known: {', '.join(known)}"
        if close is None or close.startswith("known")
        else f"{close} Known: {', '.join(known)}"
    )
    raise Usage(f"{noun.name}s have no column '{visible(typed)}'", hint=hint)


def split(typed: Iterable[str]) -> list[str]:
    """``("a,b", "c")`` as ``["a", "b", "c"]``. Raises ``Usage`` where nothing stands: ``-c "$COLUMNS"`` of a script may be empty by mistake."""
    parts = [part for text in typed for part in text.split(",")]
    if not all(part.strip() for part in parts):
        raise Usage(
            "a column has no name", hint="name columns as in name,state; leave the option out for the usual ones"
        )
    return parts


class Order(Generic[Row]):
    """``--sort name,-created``: by the first, where that is equal by the next; ``-`` turns one around. What is absent comes last."""

    def __init__(self, noun: Noun[Row], typed: Iterable[str]) -> None:
        self._keys = [
            (find_column(noun, key.strip().removeprefix("-")), key.strip().startswith("-")) for key in split(typed)
        ]

    @property
    def columns(self) -> list[Column[Row]]:
        return [column for column, _ in self._keys]

    def apply(self, rows: Iterable[Row]) -> Iterable[Row]:
        if not self._keys:
            return rows
        result = list(rows)
        for column, descending in reversed(self._keys):
            present = [row for row in result if column.value(row) is not None]
            absent = [row for row in result if column.value(row) is None]
            # One column has values of one type, which mypy cannot see.
            present.sort(key=column.value, reverse=descending)  # type: ignore[arg-type]
            result = present + absent
        return result


class Filter(Generic[Row]):
    """``-f key=text``, ``-f key!=text``, ``-f key~pattern``; several hold together.

    The texts are those of CSV, or what the table shows (``1 GiB``, ``yes``), and case counts. A list equals what is among it. ``!=`` is exactly the opposite of ``=``. A pattern is a
    regular expression that may match anywhere; ``(?i)`` makes it ignore case. What is absent equals only the empty text.
    """

    def __init__(self, noun: Noun[Row], typed: Sequence[str]) -> None:
        self._conditions = [_condition(noun, text) for text in typed]

    @property
    def columns(self) -> list[Column[Row]]:
        return [column for column, _ in self._conditions]

    def apply(self, rows: Iterable[Row]) -> Iterable[Row]:
        if not self._conditions:
            return rows
        return (row for row in rows if all(holds(row) for _, holds in self._conditions))


def _condition(noun: Noun[Row], typed: str) -> tuple[Column[Row], Callable[[Row], bool]]:
    match = _CONDITION.fullmatch(typed)
    if match is None:
        raise Usage(
            f"not a filter: '{visible(typed)}'",
            hint="write key=value, key!=value or key~pattern, such as state=running",
        )
    column = find_column(noun, match["key"])
    wanted = match["wanted"]
    if match["operator"] == "=":
        return column, lambda row: _equals(column, row, wanted)
    if match["operator"] == "!=":
        return column, lambda row: not _equals(column, row, wanted)
    pattern = _pattern(wanted)
    return column, lambda row: any(pattern.search(text) for text in _texts(column, row))


def _pattern(typed: str) -> re.Pattern[str]:
    from warnings import catch_warnings, simplefilter  # noqa: PLC0415  patterns only

    try:
        with catch_warnings():
            simplefilter("ignore")  # Python's plans with "[[" are not the person's
            return re.compile(typed)
    except (re.error, OverflowError, RecursionError) as error:
        shown = typed if len(typed) <= 60 else typed[:57] + "..."
        raise Usage(
            f"not a pattern: '{visible(shown)}': {visible(str(error))}", hint="for a literal text write key=value"
        ) from error


def _equals(column: Column[Row], row: Row, wanted: str) -> bool:
    if column.matches is not None:
        return column.matches(row, wanted)
    return wanted in _texts(column, row) or (column.text is not None and _solid(column.text(row)) == _solid(wanted))


def _solid(text: str) -> str:
    """Without blanks, and without the mark of sizes that were asked for: 20GiB is 20 GiB*."""
    return text.replace(" ", "").removesuffix("*")


def _texts(column: Column[Row], row: Row) -> tuple[str, ...]:
    value = column.value(row)
    if isinstance(value, tuple):
        return value or ("",)
    return (exact(value),)
