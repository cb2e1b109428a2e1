"""A driver whose module cannot be imported without its provider's library, for which a module of Python's own stands in here."""

from __future__ import annotations

import colorsys

from contract.memory import MemoryDriver


class NeedsItsLibrary(MemoryDriver):
    """Imports too early."""

    summary = f"speaks to {colorsys.__name__}"
