"""Settings that a driver declares, and the typed values that people gave them.

A ``Setting`` is both the declaration and the key: ``values[URI]`` has the type that ``URI`` was declared with, checked by mypy.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from dcctl.frozen import frozen
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


class Secret:
    """A text that must not be seen: redacted wherever it is printed; ``reveal()`` is the only way to the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))


@frozen
class Setting(Generic[T]):
    """One setting of a driver, or one option of its realms.

    ``parse`` turns what the file or the environment has (a YAML scalar, list or mapping) into the value and raises ``ValueError`` with
    a message that says what would be right. Without a ``default`` the setting is required only if ``required``.
    """

    name: str
    parse: Callable[[object], T]
    default: T
    summary: str
    required: bool = False

    @property
    def secret(self) -> bool:
        """Whether it must never be shown: declared with ``parse=secret``."""
        return self.parse is secret


class Values:
    """What the settings are, for one driver or one realm. Read-only, and comparable."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, object] | None = None) -> None:
        self._given = dict(given or {})

    def __getitem__(self, setting: Setting[T]) -> T:
        # The value was made by setting.parse, so it has that type.
        return self._given.get(setting.name, setting.default)  # type: ignore[return-value]

    def given(self, setting: Setting[T]) -> bool:
        """Whether a person set it, rather than leaving the default."""
        return setting.name in self._given

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values) and other._given == self._given

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._given)))

    def __repr__(self) -> str:
        return f"Values({self._given!r})"


def parse_values(declared: tuple[Setting[Any], ...], given: Mapping[str, object]) -> tuple[Values, dict[str, str]]:
    """Check given settings against declared ones: the values, and for each wrong name what is wrong with it.

    The caller knows in which file and line each name stands.
    """
    known = {setting.name: setting for setting in declared}
    values: dict[str, object] = {}
    problems: dict[str, str] = {}
    for name, raw in given.items():
        setting = known.get(name)
        if setting is None:
            listed = ", ".join(sorted(known)) or "none"
            problems[name] = f"unknown setting {name}; known: {listed}"
            continue
        try:
            values[name] = setting.parse(raw)
        except ValueError as error:
            problems[name] = f"{name}: {error}"
    for name, setting in known.items():
        if setting.required and name not in given:
            problems[name] = f"{name} is missing"
    return Values(values), problems


def text(raw: object) -> str:
    """A non-empty text."""
    if not isinstance(raw, str) or not raw:
        raise ValueError(f"must be a text, not {_shown(raw)}")
    return raw


def secret(raw: object) -> Secret:
    """A text that must not be seen; the configuration may name a file, a variable or a command that has it instead."""
    if not isinstance(raw, str) or not raw:
        raise ValueError("must be a text, or one of {file: PATH}, {environment: NAME}, {command: [PROGRAM, ...]}")
    return Secret(raw)


def whole_number(raw: object) -> int:
    """A whole number, 0 or more."""
    number = int(raw) if isinstance(raw, str) and raw.isascii() and raw.isdigit() else raw
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError(f"must be a whole number, 0 or more, not {_shown(raw)}")
    return number


def fraction(raw: object) -> float:
    """A number from 0 to 1."""
    try:
        number = float(raw) if isinstance(raw, (int, float, str)) and not isinstance(raw, bool) else None
    except ValueError:
        number = None
    if number is None or not 0 <= number <= 1:
        raise ValueError(f"must be a number from 0 to 1, not {_shown(raw)}")
    return number


def switch(raw: object) -> bool:
    """``true`` or ``false``."""
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return raw == "true"
    raise ValueError(f"must be true or false, not {_shown(raw)}")


_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration(raw: object) -> float:
    """Seconds, from a number of seconds or a text such as ``250ms``, ``5s``, ``2m``, ``1h``."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 <= raw < float("inf"):
        return float(raw)
    if isinstance(raw, str):
        number = raw.rstrip("msinh")
        unit = raw[len(number) :] or "s"
        if number.isascii() and number.replace(".", "", 1).isdigit() and unit in _SECONDS:
            return float(number) * _SECONDS[unit]
    raise ValueError(f"must be a duration such as 250ms, 5s or 2m, not {_shown(raw)}")


def texts(raw: object) -> tuple[str, ...]:
    """A list of texts; a single text is a list of one."""
    if isinstance(raw, str):
        return (text(raw),)
    if not isinstance(raw, (list, tuple)):
        raise ValueError(f"must be a list of texts, not {_shown(raw)}")
    return tuple(text(item) for item in raw)


def as_written(value: object) -> str:
    """As a person would write it, on one line; nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(as_written, value))
    if isinstance(value, float):
        return f"{value:g}"
    return visible(str(value))


def _shown(raw: object) -> str:
    return repr(raw) if isinstance(raw, (str, int, float, bool)) else f"a {type(raw).__name__}"
