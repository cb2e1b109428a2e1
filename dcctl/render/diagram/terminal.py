"""A state machine drawn with characters: a wiring diagram that any machine fits in.

    ╭─────────╮               │   │
    │ pending │◀──────────────╯   │
    │         ├╌ automatic ╌╌╌╌╌╌╌┼╌╌╌●╌╌╌○

Boxes and free arrows, as in the SVG, would need more than the 80 columns of a terminal. Here each state is a box in the left column,
each sentence of the machine one row that leaves its box, and each target one lane on the right that ends with an arrowhead in its box.
Row and lane are connected where there is a dot, filled where it goes, hollow where it may end instead; without a dot they only cross.
"""

from __future__ import annotations

from dataclasses import dataclass

from dcctl.model import State, Trigger
from dcctl.render.diagram.picture import reading_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dcctl.model import Transition
    from dcctl.render.diagram.picture import Picture

    Paint = Callable[[str, str | None], str]

_PITCHES = (4, 3, 2)
"""Columns from lane to lane: as airy as the width allows."""


@dataclass(frozen=True)
class _Characters:
    """What is drawn with. ``box`` and ``now``: corners clockwise from the upper left, then horizontal and vertical line."""

    box: str
    now: str
    lines: dict[Trigger, str]
    leave: str
    lane: str
    cross: str
    from_above: str
    from_below: str
    from_both: str
    goes: str
    may: str
    head: str
    here: str


_UNICODE = _Characters(
    box="╭╮╯╰─│",
    now="┏┓┛┗━┃",
    lines={Trigger.ACTION: "─", Trigger.AUTOMATIC: "╌", Trigger.SPONTANEOUS: "┈"},
    leave="├",
    lane="│",
    cross="┼",
    from_above="╯",
    from_below="╮",
    from_both="┤",
    goes="●",
    may="○",
    head="◀",
    here="▶",
)
_ASCII = _Characters(
    box="++++-|",
    now="####=#",
    lines={Trigger.ACTION: "-", Trigger.AUTOMATIC: "~", Trigger.SPONTANEOUS: "."},
    leave="+",
    lane="|",
    cross="|",
    from_above="'",
    from_below=".",
    from_both="+",
    goes="*",
    may="o",
    head="<",
    here=">",
)


@dataclass(frozen=True)
class _Row:
    """One line inside a box: the arrival of its state's lane, or a sentence that leaves it."""

    state: State
    sentence: Transition | None


@dataclass(frozen=True)
class _Lane:
    """The vertical line of a target: in which column, and from which row to which."""

    column: int
    first: int
    last: int


def draw(picture: Picture, *, width: int = 80, unicode: bool = True, paint: Paint | None = None) -> str:
    """The drawing, in lines of at most ``width`` columns; sentences in words where not even narrow lanes fit (about 50 columns).

    The current state has a thick border, an arrow and the word ``now``; ``paint(text, style)`` may add colour.
    """
    characters = _UNICODE if unicode else _ASCII
    colored = paint or _plain
    for pitch in _PITCHES:
        wiring = _Wiring(picture, characters, pitch)
        if wiring.width <= width:
            drawn = wiring.lines(colored)
            break
    else:
        drawn = _sentences(picture, width)
    return "\n".join(line.rstrip() for line in (*_caption(picture, width, unicode=unicode), "", *drawn)) + "\n"


def _plain(text: str, _style: str | None) -> str:
    return text


def _caption(picture: Picture, width: int, *, unicode: bool) -> list[str]:
    from textwrap import wrap  # noqa: PLC0415  2 ms that nobody pays who does not ask for a drawing

    caption = picture.caption
    return wrap(caption if unicode else caption.encode("ascii", "backslashreplace").decode(), max(width, 1))


def words(sentence: Transition) -> str:
    """What is written on the row of a sentence."""
    if sentence.action is not None:
        return str(sentence.action)
    if sentence.trigger is Trigger.SPONTANEOUS:
        return "any time"
    return f"after {sentence.after}" if sentence.after else "automatic"


class _Wiring:
    """The diagram of one picture at one distance of lanes."""

    def __init__(self, picture: Picture, characters: _Characters, pitch: int) -> None:
        self._current = picture.current
        self._characters = characters
        self._order = reading_order(picture.machine)
        self._rows = tuple(self._all_rows(picture))
        self._margin = 6 if self._current in self._order else 0
        self._inner = max(map(len, self._order)) + 2
        labels = max(len(words(t)) for t in picture.machine.transitions)
        self._first_lane = self._margin + self._inner + 2 + labels + 5
        self._lanes = self._all_lanes(pitch)
        self.width = max(lane.column for lane in self._lanes.values()) + 1

    def _all_rows(self, picture: Picture) -> Iterator[_Row]:
        for state in self._order:
            if state is not State.START:
                yield _Row(state, None)
            yield from (_Row(state, t) for t in picture.machine.transitions if t.source is state)

    def _all_lanes(self, pitch: int) -> dict[State, _Lane]:
        """The shorter a lane, the nearer to the boxes: so the fewest rows have to cross it."""
        ends: dict[State, list[int]] = {}
        for i, row in enumerate(self._rows):
            for target in row.sentence.targets if row.sentence else (row.state,):
                ends.setdefault(target, []).append(i)
        shortest = sorted(ends, key=lambda state: max(ends[state]) - min(ends[state]))
        return {
            state: _Lane(self._first_lane + i * pitch, min(ends[state]), max(ends[state]))
            for i, state in enumerate(shortest)
        }

    def lines(self, paint: Paint) -> list[str]:
        drawn: list[str] = []
        for state in self._order:
            inside = [i for i, row in enumerate(self._rows) if row.state is state]
            drawn.append(self._border(state, inside[0] - 1, paint, top=True))
            drawn += [self._line(i, paint, first=i == inside[0]) for i in inside]
            drawn.append(self._border(state, inside[-1], paint, top=False))
        return [*drawn, "", f"{self._characters.goes} goes there   {self._characters.may} may end there"]

    def _border(self, state: State, above: int, paint: Paint, *, top: bool) -> str:
        """A line of a box, and beside it the lanes that go on from the row ``above`` to the next."""
        box = self._box(state)
        edge = f"{box[0]}{box[4] * self._inner}{box[1]}" if top else f"{box[3]}{box[4] * self._inner}{box[2]}"
        passing = {lane.column for lane in self._lanes.values() if lane.first <= above < lane.last}
        right = range(self._margin + self._inner + 2, self.width)
        beside = "".join(self._characters.lane if column in passing else " " for column in right)
        return " " * self._margin + paint(edge, self._style(state)) + beside

    def _line(self, i: int, paint: Paint, *, first: bool) -> str:
        row = self._rows[i]
        box, style = self._box(row.state), self._style(row.state)
        now = row.state is self._current and first
        margin = f" now {self._characters.here}"[: self._margin] if now else ""
        name = f" {row.state} " if first else ""
        leave = self._characters.leave if row.sentence and row.state is not self._current else box[5]
        wall = f"{box[5]}{name:<{self._inner}}{leave}"
        wires = self._arrival(i, row.state) if row.sentence is None else self._departure(i, row.sentence)
        return paint(f"{margin:<{self._margin}}{wall}", style) + wires

    def _arrival(self, i: int, state: State) -> str:
        characters, lane = self._characters, self._lanes[state]
        if lane.last == i:
            end = characters.from_above
        else:
            end = characters.from_below if lane.first == i else characters.from_both
        line = characters.lines[Trigger.ACTION]
        return characters.head + self._wires(i, 1, line, {lane.column: end})

    def _departure(self, i: int, sentence: Transition) -> str:
        characters = self._characters
        line = characters.lines[sentence.trigger]
        dots = {self._lanes[target].column: characters.may for target in sentence.targets}
        if sentence.trigger is not Trigger.SPONTANEOUS:
            dots[self._lanes[sentence.targets[0]].column] = characters.goes
        label = f"{line} {words(sentence)} "
        return label + self._wires(i, len(label), line, dots)

    def _wires(self, i: int, taken: int, line: str, ends: dict[int, str]) -> str:
        """The rest of a row: a line as far as its last end, over the lanes that pass, and the lanes beyond."""
        passing = {lane.column for lane in self._lanes.values() if lane.first <= i <= lane.last}
        last = max(ends)
        characters = self._characters
        return "".join(
            ends.get(column)
            or (characters.cross if column in passing and column < last else None)
            or (characters.lane if column in passing else None)
            or (line if column < last else " ")
            for column in range(self._margin + self._inner + 2 + taken, self.width)
        )

    def _box(self, state: State) -> str:
        return self._characters.now if state is self._current else self._characters.box

    def _style(self, state: State) -> str | None:
        if state is self._current:
            return "bold"
        return {State.START: "green", State.FINISH: "red"}.get(state)


def _sentences(picture: Picture, width: int) -> list[str]:
    """The machine in words, for a window that is too narrow for the drawing."""
    from textwrap import wrap  # noqa: PLC0415  2 ms

    lines: list[str] = []
    for state in reading_order(picture.machine):
        lines.append(f"{state} (now)" if state is picture.current else str(state))
        for sentence in picture.machine.transitions:
            if sentence.source is state:
                said = f"{words(sentence)}: {_or(sentence.targets)}"
                lines += wrap(said, max(width, 12), initial_indent="  ", subsequent_indent="    ")
    return lines


def _or(targets: Iterable[State]) -> str:
    return " or ".join(targets)
