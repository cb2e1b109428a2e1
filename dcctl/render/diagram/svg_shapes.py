"""The parts of the SVG: states, arrows, legend. Elements, never text with angle brackets."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from dcctl.model import State, Trigger
from dcctl.render.diagram.svg_style import FONT_SIZE, LABEL_SIZE, LEGEND, NOTE_SIZE, text_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.render.diagram.picture import Arrow

ENDS = (State.START, State.FINISH)
LABEL_GAP = 6.0
LABEL_HEIGHT = 18.0
LOOP = 22.0

_BOX_HEIGHT = 38.0
_NOTE_HEIGHT = 15.0
_BADGE_HEIGHT = 16.0
_RADIUS = 30.0
_ARROWHEAD = 9.0
_BADGE = "● now"


@dataclass(frozen=True)
class Shape:
    """One state: a box, or a double circle for start and finish. ``notes``: lines under its name; ``loops``: arrows to itself."""

    state: State
    half: float
    height: float
    notes: tuple[str, ...] = ()
    loops: tuple[Arrow, ...] = ()
    now: bool = False

    @property
    def right(self) -> float:
        """From the middle to where its loops and their labels end."""
        if not self.loops:
            return self.half
        return self.half + LOOP + LABEL_GAP + max(text_width(loop.label, LABEL_SIZE) for loop in self.loops)


def shape(state: State, *, lines: int, notes: tuple[str, ...], loops: tuple[Arrow, ...], now: bool) -> Shape:
    """As large as its words and ``lines``, the number of lines on its busier side, need."""
    if state in ENDS:
        radius = max(_RADIUS, lines * 8.0)
        return Shape(state, radius, 2 * radius, notes, loops, now)
    widest = max(text_width(state, FONT_SIZE), *(text_width(note, NOTE_SIZE) for note in notes), 56.0)
    half = max(widest / 2 + 14.0, lines * 9.0 + 4.0)
    height = _BOX_HEIGHT + _NOTE_HEIGHT * len(notes) + (_BADGE_HEIGHT if now else 0.0)
    return Shape(state, half, max(height, LABEL_HEIGHT * len(loops) + 8.0), notes, loops, now)


def edge_of(what: Shape, offset: float) -> float:
    """How far above (or below) the middle of a shape a vertical line at ``offset`` meets it."""
    if what.state not in ENDS:
        return what.height / 2
    return float((what.half**2 - min(abs(offset), what.half) ** 2) ** 0.5)


def draw_shape(parent: ET.Element, what: Shape, x: float, y: float) -> None:
    group = _group(parent, "now" if what.now else None, **{"data-state": what.state})
    if what.state in ENDS:
        ET.SubElement(group, "circle", {"class": what.state, **_numbers(cx=x, cy=y, r=what.half)})
        ET.SubElement(group, "circle", {"class": f"{what.state} ring", **_numbers(cx=x, cy=y, r=what.half - 4)})
    else:
        corner = _numbers(x=x - what.half, y=y - what.height / 2, width=2 * what.half, height=what.height, rx=7)
        ET.SubElement(group, "rect", {"class": "state", **corner})
    words = [("name", str(what.state), 19.0), *(("note", note, _NOTE_HEIGHT) for note in what.notes)]
    if what.now:
        words.insert(1, ("badge", _BADGE, _BADGE_HEIGHT))
    line = y - sum(height for _, _, height in words) / 2
    for kind, text, height in words:
        line += height
        write(group, kind, text, x, line - height * 0.26)
    for i, loop in enumerate(what.loops):
        _draw_loop(parent, loop, x + what.half, y + (i - (len(what.loops) - 1) / 2) * LABEL_HEIGHT)


def draw_arrow(parent: ET.Element, arrow: Arrow, path: str, tip: tuple[float, float], *, downwards: bool) -> ET.Element:
    """The line and its head, which is always upright: lines enter states from above or from below."""
    group = arrow_group(parent, arrow)
    x, y = tip
    back = y - _ARROWHEAD if downwards else y + _ARROWHEAD
    ET.SubElement(group, "path", {"class": "line", "d": path})
    ET.SubElement(
        group, "path", {"class": "head", "d": f"M{x:.1f} {y:.1f}L{x - 4:.1f} {back:.1f}L{x + 4:.1f} {back:.1f}Z"}
    )
    return group


def arrow_group(parent: ET.Element, arrow: Arrow) -> ET.Element:
    return _group(
        parent, arrow.trigger, **{"data-from": arrow.source, "data-to": arrow.target, "data-label": arrow.label}
    )


def _draw_loop(parent: ET.Element, arrow: Arrow, x: float, y: float) -> None:
    """From the right side of a box out and back, with its label beside it."""
    group = arrow_group(parent, arrow)
    far, high, low = x + LOOP, y - 6, y + 6
    path = f"M{x:.1f} {high:.1f}C{far:.1f} {high - 4:.1f} {far:.1f} {low + 4:.1f} {x + _ARROWHEAD:.1f} {low:.1f}"
    ET.SubElement(group, "path", {"class": "line", "d": path})
    head = f"M{x:.1f} {low:.1f}L{x + _ARROWHEAD:.1f} {low - 4:.1f}L{x + _ARROWHEAD:.1f} {low + 4:.1f}Z"
    ET.SubElement(group, "path", {"class": "head", "d": head})
    write(group, "label", arrow.label, far - 2 + LABEL_GAP / 2, y + 4)


def draw_legend(parent: ET.Element, triggers: Iterable[Trigger], x: float, y: float) -> float:
    """A sample of each kind of line with its meaning, one below the other; returns where the last one ends."""
    for trigger in triggers:
        group = _group(parent, f"{trigger} legend")
        ET.SubElement(group, "path", {"class": "line", "d": f"M{x:.1f} {y - 4:.1f}H{x + 36:.1f}"})
        write(group, "label", LEGEND[trigger], x + 46, y)
        y += LABEL_HEIGHT
    return y


def write(parent: ET.Element, kind: str, text: str, x: float, y: float) -> None:
    ET.SubElement(parent, "text", {"class": kind, **_numbers(x=x, y=y)}).text = text


def _group(parent: ET.Element, kind: str | None, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, "g", ({"class": kind} if kind else {}) | {k: str(v) for k, v in attributes.items()})


def _numbers(**numbers: float) -> dict[str, str]:
    return {name: f"{number:.1f}" for name, number in numbers.items()}
