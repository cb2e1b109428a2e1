"""A state machine in Graphviz's language."""

from __future__ import annotations

from dcctl.model import State, Trigger
from dcctl.render.diagram.picture import arrows, reading_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.render.diagram.picture import Arrow, Picture

_HEAD = """\
digraph states {
  graph [label=%s, labelloc=t, fontname="Helvetica", bgcolor=transparent, nodesep=0.4];
  node [shape=box, style="rounded,filled", fillcolor="#eef1f5", color="#5b6675", fontname="Helvetica"];
  edge [color="#5b6675", fontname="Helvetica", fontsize=11, fontcolor="#333b45"];
"""

_ENDS = {
    State.START: 'shape=doublecircle, style=filled, fillcolor="#d9f2e0", color="#1a7f37"',
    State.FINISH: 'shape=doublecircle, style=filled, fillcolor="#fde2e0", color="#b42318"',
}

_LINES = {
    Trigger.ACTION: "style=solid",
    Trigger.AUTOMATIC: 'style=dashed, fontname="Helvetica-Oblique"',
    # Not part of the ranking: what happens by itself must not bend the way that people take.
    Trigger.SPONTANEOUS: 'style=dotted, fontname="Helvetica-Oblique", constraint=false',
}


def draw(picture: Picture) -> str:
    """The text for ``dot -Tsvg``. Start and finish are double circles, green and red, as Deltacloud drew them."""
    states = [_state(state, picture) for state in reading_order(picture.machine)]
    edges = [_edge(arrow) for arrow in arrows(picture.machine)]
    return _HEAD % _quoted(picture.caption) + "".join((*states, *edges)) + "}\n"


def _state(state: State, picture: Picture) -> str:
    attributes = [_ENDS[state]] if state in _ENDS else []
    if state is picture.current:
        attributes += [f"label={_quoted(f'{state} (now)')}", "penwidth=3"]
    listed = f" [{', '.join(attributes)}]" if attributes else ""
    return f"  {_quoted(state)}{listed};\n"


def _edge(arrow: Arrow) -> str:
    return f"  {_quoted(arrow.source)} -> {_quoted(arrow.target)} [label={_quoted(arrow.label)}, {_LINES[arrow.trigger]}];\n"


def _quoted(text: str) -> str:
    """Graphviz expands backslashes and HTML entities in labels, even in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{escaped}"'
