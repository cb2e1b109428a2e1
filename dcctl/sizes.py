"""Sizes as people write them: ``512 MiB``, ``4GiB``, ``10 GiB``; whole numbers with a binary unit, and nothing else."""

from __future__ import annotations

from dcctl.hardware import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.hardware import Value

_MIB = {"MiB": 1, "GiB": 1024, "TiB": 1024 * 1024}
_LARGEST_MIB = 1024**4  # 1 EiB: what no machine has, and what still fits everywhere

_GUESSES = {"k": "MiB", "m": "MiB", "g": "GiB", "t": "TiB"}

ROOT_TYPES = ("persistent", "transient")


def parse(wanted: Property, given: str) -> Value:
    """What a person typed for a property: ``--memory 4GiB``. Raises ``ValueError`` with a message that says what would be right."""
    if wanted is Property.CPU:
        return _count(given)
    if wanted is Property.MEMORY:
        return memory(given)
    if wanted is Property.STORAGE:
        return storage(given)
    if wanted is Property.ROOT_TYPE and given not in ROOT_TYPES:
        raise ValueError(f"must be {' or '.join(ROOT_TYPES)}, not {given!r}")
    if wanted is Property.ARCHITECTURE and not is_label(given):
        raise ValueError(f"must be a word such as x86_64, not {given!r}")
    return given


def memory(given: str) -> int:
    """Whole MiB."""
    return _mib(given, example="512 MiB or 4 GiB")


def storage(given: str) -> int:
    """Whole GiB."""
    gib, rest = divmod(_mib(given, example="10 GiB"), 1024)
    if rest:
        raise ValueError(f"must be whole GiB such as {gib + 1} GiB, not {given!r}")
    return gib


def is_label(given: str) -> bool:
    """Whether it can be an architecture: a word of ASCII letters, digits, ``_``, ``-`` and ``.``."""
    return given.isascii() and given[:1].isalnum() and len(given) <= 32 and given.translate(_NO_MARKS).isalnum()


_NO_MARKS = str.maketrans("", "", "_-.")


def _count(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) <= 6 and int(given) > 0):
        raise ValueError(f"must be a whole number, 1 or more, not {given!r}")
    return int(given)


def _mib(given: str, *, example: str) -> int:
    number = given.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = given[len(number) :]
    number = number.removesuffix(" ")
    if not number.isascii() or not number.replace(".", "", 1).isdigit():
        raise ValueError(f"must be a size such as {example}, not {given!r}")
    if not unit:
        raise ValueError(f"needs a unit, such as {example}, not {given!r}")
    if unit not in _MIB:
        guess = _GUESSES.get(unit[0].lower(), "GiB")
        raise ValueError(
            f"must have the unit MiB, GiB or TiB (powers of 1024), such as {number} {guess}, not {given!r}"
        )
    if not number.isdigit():
        raise ValueError(f"must be a whole number such as {example}, not the fraction {given!r}")
    if len(number) > 12 or not 0 < int(number) * _MIB[unit] <= _LARGEST_MIB:
        raise ValueError(f"must be more than nothing and at most 1 EiB, such as {example}, not {given!r}")
    return int(number) * _MIB[unit]
