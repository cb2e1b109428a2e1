"""A state machine in Mermaid's language, which GitHub, GitLab and many wikis draw."""

from __future__ import annotations

import json

from dcctl.model import State, Trigger
from dcctl.render.diagram.picture import arrows, reading_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.render.diagram.picture import Arrow, Picture


def draw(picture: Picture) -> str:
    """The text of a ``stateDiagram-v2``. Start and finish are Mermaid's own ``[*]``.

    Mermaid draws every arrow of such a diagram alike, so the words alone say which happen by themselves.
    """
    lines = [
        "---",
        f"title: {json.dumps(picture.caption, ensure_ascii=False)}",  # a YAML scalar; JSON's quotes are YAML's too
        "---",
        "stateDiagram-v2",
        *(_state(s, picture) for s in reading_order(picture.machine) if s not in (State.START, State.FINISH)),
        *(_arrow(arrow) for arrow in arrows(picture.machine)),
    ]
    if picture.current in picture.machine.states and picture.current not in (State.START, State.FINISH):
        lines += ["    classDef now stroke-width:4px,font-weight:bold", f"    class {picture.current} now"]
    return "\n".join(lines) + "\n"


def _state(state: State, picture: Picture) -> str:
    return f'    state "{state} (now)" as {state}' if state is picture.current else f"    {state}"


def _arrow(arrow: Arrow) -> str:
    label = arrow.label if arrow.trigger is Trigger.ACTION else f"({arrow.label})"
    return f"    {_end(arrow.source)} --> {_end(arrow.target)} : {label}"


def _end(state: State) -> str:
    return "[*]" if state in (State.START, State.FINISH) else str(state)
