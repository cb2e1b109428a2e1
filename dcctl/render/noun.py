"""What a noun looks like: its columns, written once, from which tables, CSV, filters, sorting and help are made; and its record for JSON."""

from __future__ import annotations

from typing import Generic, TypeVar

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dcctl.model import Field
    from dcctl.render.values import Cell

Row = TypeVar("Row")

KEPT = 100
"""The worth of ids and names: never dropped, never cut."""


@frozen
class Column(Generic[Row]):
    """One fact about a row.

    ``value`` is what the model has: compared by ``--sort``, matched by ``-f`` and written to CSV. ``text`` is what a person reads, where
    that is something else. Absent values are ``-`` to a person.
    """

    key: str
    title: str
    value: Callable[[Row], Cell]
    text: Callable[[Row], str] | None = None
    age: bool = False  # the value is a time, and people read how long ago that was
    style: Callable[[Row], str | None] | None = None
    needs: Field | None = None  # what must be queried to fill it
    wide: bool = False  # shown by -o wide only
    worth: int = 1  # how long it stays on a narrow terminal: the lowest goes first
    least: int | None = None  # the width that a long text may be cut to before columns go; None: never cut
    folds: int | None = None  # the width that a sentence may be folded to, over several lines, before columns go
    matches: Callable[[Row, str], bool] | None = None  # how -f key=text decides, where equality of texts is not it


@frozen
class Entry:
    """One line, or several, of the card that ``show`` prints."""

    label: str
    lines: Sequence[str]
    style: str | None = None
    secret: bool = False


@frozen
class Noun(Generic[Row]):
    """Everything that is needed to show one kind of thing.

    ``record`` makes what JSON and YAML show: strings, numbers, lists and mappings, every key always present. ``identity`` is what
    ``-q`` prints: what names the row in other commands, in one word; ``identifier`` stands in for it where a stream lacks its letters, and
    ``realm`` goes before it where rows of several realms have one identity. ``gather`` makes records of rows where they are not one for one.
    ``secrets`` are the record's keys that are null unless ``--show-secrets`` was given.
    """

    name: str
    columns: tuple[Column[Row], ...]
    record: Callable[[Row], dict[str, object]]
    identity: Callable[[Row], str]
    card: Callable[[Row], Iterable[Entry]] | None = None
    gather: Callable[[Iterable[Row]], Iterable[dict[str, object]]] | None = None
    fields: frozenset[Field] = frozenset()
    secrets: frozenset[str] = frozenset()
    identifier: Callable[[Row], str] | None = None
    realm: Callable[[Row], str | None] | None = None
    none: str | None = None
    """What to tell a person when there are no rows; unless it is said, that there are no such things."""


def handle(name: str, identifier: str) -> str:
    """The name, unless only the id survives ``dcctl ... -q | xargs dcctl ...`` and ``for name in $(dcctl ... -q)``.

    Those take names apart at blanks, xargs also at quotes and backslashes; a shell fills in patterns; a leading dash makes an option.
    """
    whole = name.isprintable() and name.split() == [name] and _TAKEN_APART.isdisjoint(name)
    return name if whole and not name.startswith("-") else identifier


_TAKEN_APART = frozenset("'\"\\*?[")
