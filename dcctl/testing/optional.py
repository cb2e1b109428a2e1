"""Checks of what a driver may declare beyond the minimum: the limits of its abilities, and the optional classes it inherits."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass
