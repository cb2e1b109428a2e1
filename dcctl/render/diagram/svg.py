"""A state machine as SVG that stands for itself: no script, no font, no other file; where the page is dark, so is it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from dcctl.model import State, Trigger
from dcctl.render.diagram.layers import Cell, Chain, layered
from dcctl.render.diagram.picture import arrows, reading_order
from dcctl.render.diagram.positions import placed
from dcctl.render.diagram.svg_shapes import (
    ENDS,
    LABEL_GAP,
    LABEL_HEIGHT,
    Shape,
    draw_arrow,
    draw_legend,
    draw_shape,
    edge_of,
    shape,
    write,
)
from dcctl.render.diagram.svg_style import LABEL_SIZE, STYLE, text_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.render.diagram.layers import Layered
    from dcctl.render.diagram.picture import Arrow, Picture
    from dcctl.render.diagram.positions import Placed

MANY = 8
"""Beyond so many, spontaneous arrows hide all others (libvirt's machine has 31): then they are said in the boxes instead."""

_MARGIN = 24.0
_TITLE_HEIGHT = 40.0
_NOTE_WIDTH = 30
_STUB = 10.0
"""How much of a line is upright where it leaves or enters a state: as long as an arrowhead."""


def draw(picture: Picture) -> str:
    """The whole document. Every arrow is a group with ``data-from``, ``data-to`` and ``data-label``, every state one with ``data-state``."""
    shown, noted = _chosen(picture)
    lines = [arrow for arrow in shown if arrow.source is not arrow.target]
    shapes = {state: _shape(state, picture, shown, noted) for state in reading_order(picture.machine)}

    def room(state: State, layer: int) -> Cell:
        what = shapes[state]
        return Cell(layer, what.half, what.right, what.height, state)

    plan = layered(tuple(shapes), lines, room=room, passage=_passage)
    boxes = {cell: shapes[cell.state] for layer in plan.layers for cell in layer if cell.state is not None}
    where = placed(plan, {cell: 2 * what.half * (0.7 if what.state in ENDS else 0.9) for cell, what in boxes.items()})
    return _document(picture, plan, where, boxes)


def _chosen(picture: Picture) -> tuple[list[Arrow], list[Arrow]]:
    """The arrows that are drawn, and those that are said in words: see ``MANY``. No state is left without an arrow to it."""
    everything = arrows(picture.machine)
    spontaneous = [arrow for arrow in everything if arrow.trigger is Trigger.SPONTANEOUS]
    shown = [arrow for arrow in everything if arrow.trigger is not Trigger.SPONTANEOUS]
    if len(spontaneous) <= MANY:
        return [*shown, *spontaneous], []
    place = {state: i for i, state in enumerate(reading_order(picture.machine))}
    reached = {arrow.target for arrow in shown if place[arrow.source] < place[arrow.target]}
    for arrow in sorted(spontaneous, key=lambda arrow: place[arrow.source]):
        if arrow.target not in reached and place[arrow.source] < place[arrow.target]:
            reached.add(arrow.target)
            shown.append(arrow)
    return shown, [arrow for arrow in spontaneous if arrow not in shown]


def _shape(state: State, picture: Picture, shown: Sequence[Arrow], noted: Sequence[Arrow]) -> Shape:
    lines = [arrow for arrow in shown if arrow.source is not arrow.target and state in (arrow.source, arrow.target)]
    place = {other: i for i, other in enumerate(reading_order(picture.machine))}
    above = sum(place[arrow.source] + place[arrow.target] < 2 * place[state] for arrow in lines)
    return shape(
        state,
        lines=max(above, len(lines) - above),
        notes=_notes([arrow.target for arrow in noted if arrow.source is state]),
        loops=tuple(arrow for arrow in shown if arrow.source is arrow.target is state),
        now=state is picture.current,
    )


def _notes(targets: Sequence[State]) -> tuple[str, ...]:
    """``at any time: stopped, error``, in lines that do not make the box much wider than its name does."""
    from textwrap import wrap  # noqa: PLC0415  2 ms that machines with few spontaneous arrows need not pay

    return tuple(wrap(f"at any time: {', '.join(targets)}", _NOTE_WIDTH)) if targets else ()


def _passage(layer: int, arrow: Arrow | None) -> Cell:
    """Dots need no words: the legend explains them once."""
    label = arrow.label if arrow is not None and arrow.trigger is not Trigger.SPONTANEOUS else ""
    width = LABEL_GAP + text_width(label, LABEL_SIZE) if label else 2.0
    return Cell(layer, 2.0, width, LABEL_HEIGHT, label=label)


def _document(picture: Picture, plan: Layered, where: Placed, boxes: dict[Cell, Shape]) -> str:
    triggers = tuple(dict.fromkeys(chain.arrow.trigger for chain in plan.chains))
    title = picture.caption
    width = max(where.right, text_width(title, 16), 230.0) + 2 * _MARGIN
    height = where.bottom + 2 * _MARGIN + _TITLE_HEIGHT + LABEL_HEIGHT * (len(triggers) + 1)
    size = {"width": f"{width:.0f}", "height": f"{height:.0f}", "viewBox": f"0 0 {width:.0f} {height:.0f}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "dcctl-states", "role": "img", **size})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "desc").text = _description(picture)
    ET.SubElement(root, "style").text = STYLE
    ET.SubElement(root, "rect", {"class": "page", "width": "100%", "height": "100%"})
    write(root, "title", title, _MARGIN, _MARGIN + 16)
    left = (width - where.right) / 2
    drawing = ET.SubElement(root, "g", {"transform": f"translate({left:.1f} {_MARGIN + _TITLE_HEIGHT:.1f})"})
    for chain in plan.chains:
        _draw_chain(drawing, chain, where, boxes)
    for cell, what in boxes.items():
        draw_shape(drawing, what, where.x[cell], _middle(cell, where))
    draw_legend(root, triggers, _MARGIN, height - _MARGIN - LABEL_HEIGHT * (len(triggers) - 1))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _description(picture: Picture) -> str:
    """The machine in sentences, for those who hear it."""
    said = (f"{arrow.source} to {arrow.target}: {arrow.label}" for arrow in arrows(picture.machine))
    return f"{'; '.join(said)}."


def _middle(cell: Cell, where: Placed) -> float:
    return where.top[cell.layer] + where.height[cell.layer] / 2


def _draw_chain(parent: ET.Element, chain: Chain, where: Placed, boxes: dict[Cell, Shape]) -> None:
    """Straight through its cells, bent between the layers: so it meets nothing."""
    upper, lower = chain.cells[0], chain.cells[-1]
    x, end_x = where.ports[chain]
    y = _middle(upper, where) + edge_of(boxes[upper], x - where.x[upper])
    end_y = _middle(lower, where) - edge_of(boxes[lower], end_x - where.x[lower])
    path = [f"M{x:.1f} {y:.1f}"]
    floor = where.top[upper.layer] + where.height[upper.layer] + _STUB
    for cell in chain.cells[1:]:
        ceiling = where.top[cell.layer] - (_STUB if cell is lower else 0.0)
        at = end_x if cell is lower else where.x[cell]
        path.append(_bend((x, floor), (at, ceiling)))
        x, floor = at, where.top[cell.layer] + where.height[cell.layer]
    path.append(f"V{end_y:.1f}")
    tip = (where.ports[chain][0], y) if chain.upwards else (end_x, end_y)
    group = draw_arrow(parent, chain.arrow, "".join(path), tip, downwards=not chain.upwards)
    for cell in chain.cells:
        if cell.label:
            write(group, "label", cell.label, where.x[cell] + LABEL_GAP, _middle(cell, where) + 4)


def _bend(begin: tuple[float, float], end: tuple[float, float]) -> str:
    """Straight down to the floor of one layer, then to the ceiling of the next; upright at both ends."""
    (x, floor), (to, ceiling) = begin, end
    half = (floor + ceiling) / 2
    return f"V{floor:.1f}C{x:.1f} {half:.1f} {to:.1f} {half:.1f} {to:.1f} {ceiling:.1f}"
