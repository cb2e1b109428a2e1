"""What drivers and the core exchange about consoles."""

from __future__ import annotations

from dcctl.frozen import frozen


@frozen
class ConsolePart:
    """Bytes that a console has said, as it said them, and the position of the first of them in all that is kept."""

    start: int
    content: bytes

    @property
    def end(self) -> int:
        """Where to go on reading."""
        return self.start + len(self.content)
