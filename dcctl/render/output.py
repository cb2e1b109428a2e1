"""Rows of a noun to a stream, as the person wants them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Generic

from dcctl.errors import Usage
from dcctl.render import data, messages, plain
from dcctl.render.noun import KEPT, Column, Entry, Noun, Row
from dcctl.render.options import Format, OutputOptions
from dcctl.render.selection import Filter, Order, find_column, split
from dcctl.render.values import age, exact
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dcctl.model import Field
    from dcctl.render.terminal import Terminal

__all__ = ["Format", "Output", "OutputOptions"]

MOST_ROWS_FOR_RICH = 200
"""Rich costs 0.45 ms a row, the plain writer 0.01 ms: above this, waiting is worse than missing rules between columns."""


class Output(Generic[Row]):
    """Made before anything is asked, so that wrong options are refused first and ``fields`` tells what to ask for."""

    def __init__(
        self,
        noun: Noun[Row],
        options: OutputOptions,
        terminal: Terminal,
        *,
        notes: Terminal | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """``notes``: where to say what is good to know (standard error). Raises ``Usage`` for options that do not make sense."""
        _check(options)
        self.noun = noun
        self.options = options
        self._terminal = terminal
        self._notes = notes
        self._now = now or _clock
        self._format = Format.NAME if options.quiet else options.format
        self._chosen = [find_column(noun, key) for key in split(options.columns)]
        self._order = Order(noun, options.sort)
        self._filter = Filter(noun, options.filters)
        self._keys = None if self._shows_records else frozenset(column.key for column in self._used())

    @property
    def columns(self) -> Sequence[Column[Row]]:
        """The columns that are shown: those asked for, all for CSV and wide, else the usual ones."""
        everything = self._format in (Format.WIDE, Format.CSV)
        return self._chosen or [column for column in self.noun.columns if everything or not column.wide]

    @property
    def fields(self) -> frozenset[Field]:
        """What must be queried for what ``list`` will show, sort and filter by."""
        needed = {column.needs for column in self._used() if column.needs is not None}
        return frozenset(needed) | (self.noun.fields if self._shows_records else frozenset())

    @property
    def fields_of_one(self) -> frozenset[Field]:
        """What must be queried for what ``one`` will show."""
        return self.fields if self._format is Format.NAME or self._chosen else self.noun.fields

    def uses(self, key: str) -> bool:
        """Whether ``list`` needs this column or this key of the record: what costs something to find out need not be, else."""
        return self._keys is None or key in self._keys  # asked for each row

    def list(self, rows: Iterable[Row]) -> None:
        """Show all that the filters let through, in the asked order."""
        rows = self._order.apply(self._filter.apply(rows))
        terminal = self._terminal
        match self._format:
            case Format.TABLE | Format.WIDE:
                self._table(list(rows))
            case Format.JSON:
                data.write_json(self._records(rows), terminal)
            case Format.JSONL:
                data.write_jsonl(self._records(rows), terminal)
            case Format.YAML:
                data.write_yaml(self._records(rows), terminal)
            case Format.CSV:
                data.write_csv(rows, self.columns, terminal, header=self.options.header)
            case Format.NAME:
                data.write_names(self._identities(list(rows)), terminal)

    def one(self, row: Row) -> None:
        """Show everything about one: a card for people, an object for scripts."""
        terminal = self._terminal
        match self._format:
            case Format.TABLE | Format.WIDE if not self._chosen:
                from dcctl.render.card import write_card  # noqa: PLC0415  lists need none

                entries = self.noun.card(row) if self.noun.card is not None else self._entries(row)
                write_card(entries, terminal, show_secrets=self.options.show_secrets)
            case Format.JSON:
                data.write_json_object(next(self._records([row])), terminal)
            case Format.YAML:
                data.write_yaml_object(next(self._records([row])), terminal)
            case _:
                self.list([row])

    def _identities(self, rows: Sequence[Row]) -> Iterable[str]:
        """What names each row; where realms have things of one name, in the way that fits one of them."""
        names = [self._identity(row) for row in rows]
        place = self.noun.realm
        if place is None or len(set(names)) == len(names):
            return names
        twice = {name for name, count in Counter(names).items() if count > 1}
        return [
            name if name not in twice else f"{realm}/{name}" if (realm := place(row)) else self._identifier(row, name)
            for row, name in zip(rows, names, strict=True)
        ]

    def _identifier(self, row: Row, name: str) -> str:
        return name if self.noun.identifier is None else self.noun.identifier(row)

    def _identity(self, row: Row) -> str:
        """What names the row in other commands, in letters that the stream has."""
        name = self.noun.identity(row)
        return name if self._terminal.takes(name) else self._identifier(row, name)

    @property
    def _shows_records(self) -> bool:
        return self._format in (Format.JSON, Format.JSONL, Format.YAML)

    def _used(self) -> Iterator[Column[Row]]:
        if self._format in (Format.TABLE, Format.WIDE, Format.CSV):
            yield from self.columns
        yield from self._order.columns
        yield from self._filter.columns

    def _records(self, rows: Iterable[Row]) -> Iterator[dict[str, object]]:
        secrets = frozenset() if self.options.show_secrets else self.noun.secrets
        for record in self.noun.gather(rows) if self.noun.gather is not None else map(self.noun.record, rows):
            yield {key: None if key in secrets else value for key, value in record.items()} if secrets else record

    def _entries(self, row: Row) -> Iterator[Entry]:
        """A card of all columns, for nouns that have no card of their own."""
        now = self._now()
        for column in self.noun.columns:
            style = column.style(row) if column.style is not None else None
            yield Entry(column.title.lower(), [_shown(column, row, now)], style)

    def _table(self, rows: Sequence[Row]) -> None:
        if not rows and self._terminal.interactive:
            self._note(self.noun.none or f"no {self.noun.name}s")
            return
        now = self._now()
        columns = self.columns
        texts = [[_shown(column, row, now) for column in columns] for row in rows]
        titles = [column.title for column in columns]
        if self._terminal.interactive and len(rows) <= MOST_ROWS_FOR_RICH and self._drawn(titles, texts, rows):
            return
        header = titles if self.options.header else None
        plain.write_table(header, texts, self._styles(rows) if self._terminal.color else None, self._terminal)

    def _drawn(self, titles: Sequence[str], texts: Sequence[Sequence[str]], rows: Sequence[Row]) -> bool:
        """Whether there was room for a Rich table. Columns that somebody asked for are never left out."""
        from dcctl.render.table import write_table  # noqa: PLC0415  40 ms for Rich, which only terminals need

        asked = bool(self._chosen) or self._format is Format.WIDE
        hidden = write_table(
            titles,
            texts,
            self._styles(rows),
            [_wish(column, asked) for column in self.columns],
            self._terminal,
            header=self.options.header,
        )
        if hidden:
            self._note(f"{plural(hidden, 'column')} hidden; see -o wide")
        return hidden is not None

    def _styles(self, rows: Sequence[Row]) -> Sequence[Sequence[str | None]]:
        return [[column.style(row) if column.style is not None else None for column in self.columns] for row in rows]

    def _note(self, text: str) -> None:
        if self._notes is not None:
            messages.note(text, self._format, self._notes)


def _clock() -> datetime:
    return datetime.now(UTC)


def _wish(column: Column[Row], asked: bool) -> tuple[int | None, int, bool]:
    """See ``Wish``. What was asked for is neither cut nor left out; a sentence that is folded is all there."""
    if column.folds is not None:
        return column.folds, KEPT if asked else column.worth, True
    return (None, KEPT, False) if asked else (column.least, column.worth, False)


def _shown(column: Column[Row], row: Row, now: datetime) -> str:
    """What a person reads in a cell: one line, nothing that a terminal would obey, ``-`` where there is nothing."""
    if column.text is not None:
        return visible(column.text(row)) or "-"
    value = column.value(row)
    if isinstance(value, str):
        return visible(value) or "-"
    if isinstance(value, datetime) and column.age:
        return age(value, now)
    return visible(", ".join(value) if isinstance(value, tuple) else exact(value)) or "-"


def _check(options: OutputOptions) -> None:
    """Refuse options that contradict each other."""
    chosen = options.format
    if options.quiet:
        if chosen not in (Format.TABLE, Format.NAME):
            raise Usage(f"-q prints names only: it does not go with -o {chosen}", hint="leave out one of them")
        if options.columns:
            raise Usage(
                "-q prints names only: it does not go with -c",
                hint="for one column without a header: -c name --no-header",
            )
        return
    if chosen in (Format.TABLE, Format.WIDE, Format.CSV):
        return
    if options.columns:
        raise Usage(f"-o {chosen} has no columns to choose with -c", hint="-c goes with -o table, wide and csv")
    if not options.header and chosen is not Format.NAME:
        raise Usage(
            f"-o {chosen} has no header to leave out", hint="--no-header goes with -o table, wide, csv and name"
        )
