"""The interfaces of a new instance, from the words of ``--network``: a name, and behind it what is wanted of the interface."""

from __future__ import annotations

import re

from dcctl.cli.words_given import must_be_text
from dcctl.errors import DcctlError, Usage
from dcctl.nouns.interfaces import Interface
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = ("address", "mac")

_GIVEN = "the network tells it to its guests; what it does not tell: --network-config"

# Networks may have commas in their names: only a comma with ``word=`` behind it ends one.
_OPTION = re.compile(r",(?=[a-z]+=)")


def networks_given(words: Sequence[str], problems: list[DcctlError]) -> tuple[tuple[str, ...], tuple[Interface, ...]]:
    """The names of the networks; and, if anything more is said of any, an interface for each of them, in the same order.

    What cannot be read is noted in ``problems`` and left out.
    """
    found = []
    for word in words:
        try:
            found.append(_interface(word))
        except DcctlError as error:
            problems.append(error)
    chosen = any(interface.words for interface in found)
    return tuple(interface.network for interface in found), tuple(found) if chosen else ()


def _interface(word: str) -> Interface:
    name, *options = _OPTION.split(word)
    given: dict[str, str] = {}
    for option in options:
        key, _, value = option.partition("=")
        if key not in KEYS:
            hint = _GIVEN if key in ("dns", "gateway", "netmask") else suggestion(key, KEYS)
            raise Usage(f"--network {visible(word)}: there is no {visible(key)}=", hint=hint)
        if key in given:
            raise Usage(f"--network {visible(word)}: {key}= is given twice", hint="say it once")
        if not value:
            raise Usage(f"--network {visible(word)}: {key}= is empty", hint="leave it out")
        given[key] = value
    return Interface(must_be_text(name), given.get("mac"), given.get("address"))
