"""``dcctl instance vnc``: where a viewer finds the screen."""

from __future__ import annotations

from dcctl.words import as_argument, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.session import Session


def show_screen(session: Session, name: str) -> None:
    """Write the URI; say how to get there where that takes more."""
    screen = session.cloud.inside.screen(session.cloud.instance(name))
    session.screen.write(f"{visible(screen.uri)}\n")
    if screen.through is not None:
        host = f"[{screen.host}]" if ":" in screen.host else screen.host
        way = f"ssh -N -L {screen.port}:{host}:{screen.port} {as_argument(screen.through)}"
        session.note(f"only from {screen.through}; to see it here: {way}")
