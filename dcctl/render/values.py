"""Values of the model as text: exact for scripts, short for people. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from dcctl.hardware import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.hardware import Value

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


def amount(wanted: Property, value: Value) -> str:
    """A size for people: ``2 GiB`` for 2048 MiB, but 1740 MiB as it is, since nothing may be rounded."""
    number, unit = _scaled(wanted, value)
    return f"{number} {unit}" if unit else number


def span(wanted: Property, values: Sequence[Value], separator: str) -> str:
    """Several sizes with one unit if they have the same: ``2-32 GiB``, ``128 MiB-512 GiB``."""
    scaled = [_scaled(wanted, value) for value in values]
    units = {unit for _, unit in scaled}
    if len(units) > 1 or "" in units:
        return separator.join(amount(wanted, value) for value in values)
    return f"{separator.join(number for number, _ in scaled)} {units.pop()}"


def _scaled(wanted: Property, value: Value) -> tuple[str, str]:
    units = _UNITS.get(wanted)
    if units is None or not isinstance(value, int):
        return str(value), ""
    position = 0
    while value and value % 1024 == 0 and position < len(units) - 1:
        value //= 1024
        position += 1
    return str(value), units[position]


_UNITS = {Property.MEMORY: ("MiB", "GiB", "TiB"), Property.STORAGE: ("GiB", "TiB")}


def listed(words: Sequence[str]) -> str:
    """``a, b``; the empty text for none."""
    return ", ".join(words)
