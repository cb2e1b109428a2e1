"""A driver whose module cannot be imported without its provider's library, for which a package of somebody else stands in here."""

from __future__ import annotations

import jsonschema

from contract.memory import MemoryDriver


class NeedsItsLibrary(MemoryDriver):
    """Imports too early."""

    summary = f"speaks to {jsonschema.__name__}"
