"""The layered drawing, second half: where the cells are. Lines as straight as the order and the widths allow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dcctl.render.diagram.layers import Cell, Chain, Layered

BETWEEN_CELLS = 16.0
BETWEEN_LAYERS = 30.0
PORT = 18.0
"""The distance of two lines where they leave or enter a state: two arrowheads side by side, and air."""
ROUNDS = 400
PASSES = 3

_STRAIGHT = 4.0
"""How much more a bend in the middle of an arrow costs than one at its end."""


@dataclass(frozen=True)
class Placed:
    """``x``: the anchor of each cell; ``top`` and ``height`` of each layer; ``ports``: where a chain meets its two states, upper first."""

    x: Mapping[Cell, float]
    top: tuple[float, ...]
    height: tuple[float, ...]
    ports: Mapping[Chain, tuple[float, float]]
    left: float
    right: float

    @property
    def bottom(self) -> float:
        return self.top[-1] + self.height[-1]


def placed(layered: Layered, widths: Mapping[Cell, float]) -> Placed:
    """Coordinates for everything, beginning at 0 and 0. ``widths``: the part of a state's cell in which lines may end."""
    offsets = _offsets(layered, widths)
    pulls = _pulls(layered, offsets)
    x: dict[Cell, float] = {}
    for layer in layered.layers:
        x.update(_spread(layer, [(0.0, 1.0)] * len(layer)))
    for turn in range(ROUNDS):
        layers = layered.layers if turn % 2 == 0 else tuple(reversed(layered.layers))
        for layer in layers:
            x.update(_spread(layer, [_wish(cell, x, pulls) for cell in layer]))
    for _ in range(PASSES):
        for chain in sorted(layered.chains, key=lambda chain: -len(chain.cells)):
            x.update(_straightened(chain, x, offsets[chain], layered))
    left = min(x[cell] - cell.left for cell in x)
    x = {cell: at - left for cell, at in x.items()}
    height = tuple(max(cell.height for cell in layer) for layer in layered.layers)
    top = tuple(sum(height[:i]) + i * BETWEEN_LAYERS for i in range(len(height)))
    ports = {
        chain: (x[chain.cells[0]] + offsets[chain][0], x[chain.cells[-1]] + offsets[chain][1])
        for chain in layered.chains
    }
    return Placed(x, top, height, ports, 0.0, max(x[cell] + cell.right for cell in x))


def _offsets(layered: Layered, widths: Mapping[Cell, float]) -> dict[Chain, tuple[float, float]]:
    """Lines of one state side by side, in the order of the cells that they come from."""
    index = {cell: i for layer in layered.layers for i, cell in enumerate(layer)}
    below: dict[Chain, float] = {}
    above: dict[Chain, float] = {}
    for cell, width in widths.items():
        leaving = [chain for chain in layered.chains if chain.cells[0] is cell]
        entering = [chain for chain in layered.chains if chain.cells[-1] is cell]
        below.update(_side_by_side(sorted(leaving, key=lambda chain: index[chain.cells[1]]), width))
        above.update(_side_by_side(sorted(entering, key=lambda chain: index[chain.cells[-2]]), width))
    return {chain: (below[chain], above[chain]) for chain in layered.chains}


def _side_by_side(chains: Sequence[Chain], width: float) -> dict[Chain, float]:
    distance = min(PORT, width / len(chains)) if chains else PORT
    return {chain: (i - (len(chains) - 1) / 2) * distance for i, chain in enumerate(chains)}


Pull = tuple["Cell", float, float]
"""A neighbour, how far from its anchor this cell would like to be, and how much."""


def _pulls(layered: Layered, offsets: Mapping[Chain, tuple[float, float]]) -> dict[Cell, list[Pull]]:
    pulls: dict[Cell, list[Pull]] = {}
    for chain in layered.chains:
        last = len(chain.cells) - 2
        for i, (upper, lower) in enumerate(pairwise(chain.cells)):
            distance = (offsets[chain][0] if i == 0 else 0.0) - (offsets[chain][1] if i == last else 0.0)
            weight = 1.0 if i in (0, last) else _STRAIGHT
            pulls.setdefault(lower, []).append((upper, distance, weight))
            pulls.setdefault(upper, []).append((lower, -distance, weight))
    return pulls


def _wish(cell: Cell, x: Mapping[Cell, float], pulls: Mapping[Cell, list[Pull]]) -> tuple[float, float]:
    """Where a cell would like to be, and how strongly: the mean of its neighbours."""
    wanted = pulls.get(cell, [])
    weight = sum(w for _, _, w in wanted)
    if not weight:
        return x[cell], 0.01
    return sum((x[neighbour] + distance) * w for neighbour, distance, w in wanted) / weight, weight


def _spread(layer: Iterable[Cell], wishes: Sequence[tuple[float, float]]) -> dict[Cell, float]:
    """The places nearest to the wishes, by least squares, that keep the order and the distances.

    Without the distances (subtracted first, added again at the end) this is isotonic regression: neighbours whose wishes are in the wrong
    order are pooled and share their mean.
    """
    cells = list(layer)
    shifts = [0.0]
    for left, right in pairwise(cells):
        shifts.append(shifts[-1] + left.right + BETWEEN_CELLS + right.left)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for (wish, weight), shift in zip(wishes, shifts, strict=True):
        mean, total, count = wish - shift, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_count = pools.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total, count = total + other_weight, count + other_count
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return {cell: mean + shift for cell, mean, shift in zip(cells, means, shifts, strict=True)}


def _straightened(
    chain: Chain, x: Mapping[Cell, float], offsets: tuple[float, float], layered: Layered
) -> dict[Cell, float]:
    """The same way with as few bends as the neighbours leave room for. Least squares spread a bend evenly, as stairs."""
    begin, end = x[chain.cells[0]] + offsets[0], x[chain.cells[-1]] + offsets[1]
    runs: list[tuple[list[Cell], float, float]] = []
    for cell in chain.cells[1:-1]:
        low, high = _room(cell, x, layered)
        if runs and max(runs[-1][1], low) <= min(runs[-1][2], high):
            cells, others_low, others_high = runs.pop()
            runs.append(([*cells, cell], max(others_low, low), min(others_high, high)))
        else:
            runs.append(([cell], low, high))
    straight: dict[Cell, float] = {}
    before = begin
    for i, (cells, low, high) in enumerate(runs):
        wish = end if i == len(runs) - 1 and not low <= before <= high else before
        before = min(max(wish, low), high)
        straight.update(dict.fromkeys(cells, before))
    return straight


def _room(cell: Cell, x: Mapping[Cell, float], layered: Layered) -> tuple[float, float]:
    """Between which places a cell can be while its neighbours stay where they are."""
    layer = layered.layers[cell.layer]
    i = layer.index(cell)
    low, high = float("-inf"), float("inf")
    if i:
        left = layer[i - 1]
        low = x[left] + left.right + BETWEEN_CELLS + cell.left
    if i < len(layer) - 1:
        right = layer[i + 1]
        high = x[right] - right.left - BETWEEN_CELLS - cell.right
    # Rounding may leave a hair less than nothing.
    return min(low, x[cell]), max(high, x[cell])
