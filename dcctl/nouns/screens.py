"""What drivers and the core exchange about screens."""

from __future__ import annotations

from dcctl.frozen import frozen


@frozen
class Screen:
    """Where the screen of an instance can be watched and used, by VNC.

    ``through``: only from this host, which ssh can reach under that name.
    """

    host: str
    port: int
    through: str | None = None

    @property
    def uri(self) -> str:
        """As viewers take it."""
        return f"vnc://[{self.host}]:{self.port}" if ":" in self.host else f"vnc://{self.host}:{self.port}"
