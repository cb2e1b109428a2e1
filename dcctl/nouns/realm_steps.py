"""What is to be made so that a realm can have instances: one thing after the other. Frozen, no I/O."""

from __future__ import annotations

from dcctl.frozen import frozen


@frozen
class RealmStep:
    """``name`` is the driver's word for it, the same each time; ``sentence`` says what is made and where."""

    realm: str
    name: str
    sentence: str
