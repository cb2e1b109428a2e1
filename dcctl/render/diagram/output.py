"""Which kind of drawing, and what the stream allows."""

from __future__ import annotations

from dcctl.render.options import Diagram

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.render.diagram.picture import Picture
    from dcctl.render.terminal import Terminal


def write(picture: Picture, kind: Diagram, terminal: Terminal) -> None:
    """Draw on the stream. Only the drawing for eyes depends on how wide it is and which characters it takes."""
    terminal.write(_drawn(picture, kind, terminal))


def _drawn(picture: Picture, kind: Diagram, terminal: Terminal) -> str:
    match kind:
        case Diagram.DRAWING:
            from dcctl.render.diagram.terminal import draw  # noqa: PLC0415  only one of the four is used

            return draw(picture, width=terminal.width, unicode=terminal.unicode, paint=terminal.paint)
        case Diagram.DOT:
            from dcctl.render.diagram import dot  # noqa: PLC0415  as above

            return dot.draw(picture)
        case Diagram.MERMAID:
            from dcctl.render.diagram import mermaid  # noqa: PLC0415  as above

            return mermaid.draw(picture)
        case Diagram.SVG:
            from dcctl.render.diagram import svg  # noqa: PLC0415  as above, with an XML library

            return svg.draw(picture)
