"""The layered drawing, first half: which layer each state is in, which places arrows pass on their way, and the order within layers.

States stand in the even layers, the words beside arrows in the odd ones. An arrow gets a ``Cell`` of its own in every layer that it
crosses, as wide as its label in one of them. Since cells of one layer never overlap and lines bend only between layers, no line crosses
a state or a label, and no label covers anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dcctl.model import State
    from dcctl.render.diagram.picture import Arrow

SWEEPS = 12
"""Down and up again; the machines of our own drivers come to rest after four."""


@dataclass(frozen=True, eq=False)
class Cell:
    """Room in a layer: for a state, or for an arrow that passes. ``left`` and ``right`` are counted from its anchor, the line itself."""

    layer: int
    left: float
    right: float
    height: float
    state: State | None = None
    label: str = ""


@dataclass(frozen=True, eq=False)
class Chain:
    """The way of an arrow, from the upper state to the lower one. ``upwards``: the arrow points the other way."""

    arrow: Arrow
    cells: tuple[Cell, ...]
    upwards: bool


Links = dict[Cell, list[Cell]]


@dataclass(frozen=True)
class Layered:
    """All cells, ordered from left to right within their layers, and all chains."""

    layers: tuple[tuple[Cell, ...], ...]
    chains: tuple[Chain, ...]


@dataclass
class _Order:
    """Layers while they are being sorted. ``links``: the neighbours of a cell in the layer above (-1) and in the one below (1)."""

    layers: list[list[Cell]]
    links: Mapping[int, Links] = field(default_factory=lambda: {-1: {}, 1: {}})

    def crossings(self) -> int:
        return sum(
            self._crossed(left, right, 1)
            for layer in self.layers
            for i, left in enumerate(layer)
            for right in layer[i + 1 :]
        )

    def _crossed(self, left: Cell, right: Cell, side: int) -> int:
        """How many lines of ``left`` and ``right`` cross each other on that side."""
        near = self.links[side].get(right, [])
        if not near:
            return 0
        index = self.places(left.layer + side)
        return sum(index[a] > index[b] for a in self.links[side].get(left, []) for b in near)

    def places(self, layer: int) -> dict[Cell, int]:
        return {cell: i for i, cell in enumerate(self.layers[layer])}

    def sort(self, layer: int, side: int) -> None:
        """By the mean place of the neighbours on that side; a cell without any stays where it is."""
        index = self.places(layer + side)
        here = self.places(layer)

        def barycentre(cell: Cell) -> float:
            near = self.links[side].get(cell, [])
            return sum(index[n] for n in near) / len(near) if near else here[cell]

        self.layers[layer].sort(key=barycentre)

    def exchange(self) -> None:
        """Swap neighbours wherever that saves a crossing, which barycentres alone miss."""
        for layer in self.layers:
            for i in range(len(layer) - 1):
                left, right = layer[i], layer[i + 1]
                before = self._crossed(left, right, -1) + self._crossed(left, right, 1)
                if before > self._crossed(right, left, -1) + self._crossed(right, left, 1):
                    layer[i], layer[i + 1] = right, left


def ranks(order: Sequence[State], arrows: Sequence[Arrow]) -> dict[State, int]:
    """The row of each state: below all those before it in the reading order that lead to it. Arrows to earlier states go up."""
    place = {state: i for i, state in enumerate(order)}
    rank: dict[State, int] = {}
    for state in order:
        above = [rank[a.source] for a in arrows if a.target is state and place[a.source] < place[state]]
        above += [rank[a.target] for a in arrows if a.source is state and place[a.target] < place[state]]
        rank[state] = max(above, default=-1) + 1
    return rank


def layered(
    order: Sequence[State],
    arrows: Sequence[Arrow],
    *,
    room: Callable[[State, int], Cell],
    passage: Callable[[int, Arrow | None], Cell],
) -> Layered:
    """Place the states in their order. ``room`` and ``passage`` make the cells: only the caller knows how large words are;
    ``passage`` gets the arrow where its label belongs, else None.

    ``arrows`` does not contain those from a state to itself; they are part of the state's own cell.
    """
    rank = ranks(order, arrows)
    cells = {state: room(state, 2 * rank[state]) for state in order}
    chains = tuple(_chain(arrow, cells, passage) for arrow in arrows)
    sorting = _Order([[] for _ in range(2 * max(rank.values()) + 1)])
    for cell in (*cells.values(), *(cell for chain in chains for cell in chain.cells[1:-1])):
        sorting.layers[cell.layer].append(cell)
    for chain in chains:
        for upper, lower in pairwise(chain.cells):
            sorting.links[1].setdefault(upper, []).append(lower)
            sorting.links[-1].setdefault(lower, []).append(upper)
    return Layered(_sorted(sorting), chains)


def _chain(arrow: Arrow, cells: Mapping[State, Cell], passage: Callable[[int, Arrow | None], Cell]) -> Chain:
    source, target = cells[arrow.source], cells[arrow.target]
    upwards = source.layer > target.layer
    upper, lower = (target, source) if upwards else (source, target)
    # A label is read best where the arrow begins.
    labelled = lower.layer - 1 if upwards else upper.layer + 1
    between = [passage(i, arrow if i == labelled else None) for i in range(upper.layer + 1, lower.layer)]
    return Chain(arrow, (upper, *between, lower), upwards)


def _sorted(sorting: _Order) -> tuple[tuple[Cell, ...], ...]:
    """The best order seen. Barycentres do not always improve, so each is compared."""
    best = tuple(map(tuple, sorting.layers))
    fewest = sorting.crossings()
    downwards = range(1, len(sorting.layers))
    for _ in range(SWEEPS):
        if not fewest:
            break
        for layer in downwards:
            sorting.sort(layer, -1)
        for layer in reversed(downwards):
            sorting.sort(layer - 1, 1)
        sorting.exchange()
        crossings = sorting.crossings()
        if crossings < fewest:
            fewest, best = crossings, tuple(map(tuple, sorting.layers))
    return best
