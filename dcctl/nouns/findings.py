"""What somebody who looks for what is wrong has found. Frozen, no I/O."""

from __future__ import annotations

from enum import StrEnum

from dcctl.frozen import frozen


class Verdict(StrEnum):
    """How something that was looked at is."""

    GOOD = "good"
    NOTE = "note"  # good to know; nothing fails because of it
    WRONG = "wrong"


@frozen
class Finding:
    """One thing that was looked at.

    ``check`` is a word or two that stays the same: ``pool``, ``left volume``. ``resource`` names what it is about. ``repair`` says in words
    what would be done about it on request; None: nothing can. ``destroys``: the repair removes something for good.
    """

    check: str
    verdict: Verdict
    message: str
    hint: str | None = None
    realm: str | None = None  # None: this machine
    resource: str | None = None
    repair: str | None = None
    destroys: bool = False
