"""Values of the model as text: exact for scripts, short for people. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

Cell = str | int | float | bool | datetime | tuple[str, ...] | None
"""What a column may hold. None: absent."""


def rfc3339(time: datetime) -> str:
    """``2026-11-25T09:46:28Z``; a time without a zone is UTC."""
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%SZ")


def when(time: datetime | None) -> str | None:
    """The same for what may be absent."""
    return None if time is None else rfc3339(time)


def exact(value: Cell) -> str:
    """The value as CSV has it and as filters compare it; absent and empty are the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, tuple):
        return " ".join(value)
    return str(value)


_AGES = (
    # shown as, seconds in one, shown up to this many
    ("s", 1, 120),
    ("m", 60, 120),
    ("h", 3600, 48),
    ("d", 86400, 730),
    ("y", 31_557_600, None),
)


def age(time: datetime, now: datetime) -> str:
    """How long ago, in one unit: ``90s``, ``45m``, ``30h``, ``12d``, ``3y``. A clock that is ahead of ours makes nothing negative."""
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    seconds = max(0, int((now - aware).total_seconds()))
    return next(f"{seconds // unit}{name}" for name, unit, most in _AGES if most is None or seconds < most * unit)


def bytes_text(size: int) -> str:
    """``512 B``, ``1.4 GiB``: for people."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        amount /= 1024
        if amount < 1024:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:.1f} EiB"


def listed(words: Sequence[str]) -> str:
    """``a, b``; the empty text for none."""
    return ", ".join(words)
