"""Small helpers for the sentences that people read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    class Placed(Protocol):
        """What commands call by its name, and by its realm where it is in one."""

        @property
        def name(self) -> str: ...
        @property
        def realm(self) -> str | None: ...


def suggestion(wrong: str, known: Iterable[str]) -> str | None:
    """``did you mean web, web-2?`` if something is close; else the whole list if it is short; else None."""
    from difflib import get_close_matches  # noqa: PLC0415  needed on errors only

    names = sorted(set(known))
    wrong = str(wrong)  # a program may have asked for anything
    folded = {name.casefold(): name for name in names}
    close = [folded[match] for match in get_close_matches(wrong.casefold(), folded, n=3, cutoff=0.6)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    if names and len(names) <= 10:
        return f"known: {', '.join(names)}"
    return None


def plural(count: int, noun: str) -> str:
    """``1 instance``, ``3 instances``, ``3 addresses``."""
    several = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count} {noun if count == 1 else several}"


def as_argument(name: str) -> str:
    """The name as it is typed in a shell, for commands that a hint proposes: quoted where a space would take it apart."""
    ordinary = all(character.isalnum() or character in "-._/" for character in name)
    return name if name and ordinary else "'" + name.replace("'", "'\\''") + "'"


def as_placed(thing: Placed) -> str:
    """``east/web`` as it is typed in a shell: a hint must not fit another realm's thing of the same name, too."""
    return as_argument(placed_name(thing))


def placed_name(thing: Placed) -> str:
    """``east/web``; the name alone of what is in no realm."""
    return thing.name if thing.realm is None else f"{thing.realm}/{thing.name}"


def as_name(name: object) -> str:
    """A name in a sentence: safe for a terminal, and still something to read where it is empty or, from a program, no text at all."""
    return visible(name) if isinstance(name, str) and name else visible(repr(name))


def visible(text: str) -> str:
    """The text with control characters (C0, DEL, C1, bidirectional overrides) replaced by escapes, safe for a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() and c not in _BIDIRECTIONAL else f"\\u{ord(c):04x}" for c in text)


_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
