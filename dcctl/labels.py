"""Labels: which may be given, and which instances a selector means. Pure."""

from __future__ import annotations

from dcctl.abilities import Describable, Labels
from dcctl.errors import DcctlError, NotSupported, Usage
from dcctl.frozen import frozen
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dcctl.driver import Driver

IN_KEYS = "-._/"
"""What stands in keys beside letters and digits; they begin and end with one of those, since ``key-`` takes the label off."""

IN_VALUES = "-._/:@+"
"""What stands in values beside letters and digits. No blank and no comma: lists of labels are written with them."""

_EXAMPLE = "such as role=web"


def description_problems(
    driver: Driver, given: Mapping[str, str | None], after: Mapping[str, str], text: str | None
) -> list[DcctlError]:
    """What the driver does not take of labels and a description. ``given``: None for a label that is to be taken off; ``after``: all then."""
    problems: list[DcctlError] = []
    labelling = next((ability for ability in driver.abilities if isinstance(ability, Labels)), None)
    describable = next((ability for ability in driver.abilities if isinstance(ability, Describable)), None)
    for what, wanted, rule in (("labels", given, labelling), ("descriptions", text, describable)):
        if wanted and rule is None:
            problems.append(
                NotSupported(
                    f"the driver {driver.name} does not take {what}",
                    hint=f"what it takes: dcctl driver show {driver.name}",
                )
            )
    if given and labelling is not None:
        problems += _label_problems(given, labelling)
        if len(after) > labelling.max_count:
            problems.append(Usage(f"{len(after)} labels are too many", hint=f"at most {labelling.max_count}"))
    if text and describable is not None:
        problems += text_problems(text, describable.max_length)
    return problems


def _label_problems(labels: Mapping[str, str | None], rule: Labels) -> list[DcctlError]:
    problems: list[DcctlError] = []
    for key, value in labels.items():
        if not _is_key(key):
            problems.append(
                Usage(
                    f"not the key of a label: '{visible(key)}'",
                    hint=f"letters, digits and {' '.join(IN_KEYS)}, with a letter or a digit at both ends",
                )
            )
        elif value is not None and not all(_ordinary(each) or each in IN_VALUES for each in value):
            problems.append(
                Usage(
                    f"not the value of a label: {visible(key)}={visible(value)}",
                    hint=f"letters, digits and {' '.join(IN_VALUES)}",
                )
            )
        elif (longest := max(len(key), len(value or ""))) > rule.max_length:
            problems.append(
                Usage(
                    f"the label {visible(key[:40])}… has a word of {longest} characters",
                    hint=f"at most {rule.max_length}",
                )
            )
    return problems


def text_problems(text: str, longest: int) -> list[DcctlError]:
    if len(text) > longest:
        return [Usage(f"the description has {len(text)} characters", hint=f"at most {longest}")]
    if not text.isprintable():
        return [Usage(f"the description is not one line of text: '{visible(text)}'", hint="leave such characters out")]
    return []


def _is_key(key: str) -> bool:
    return bool(key) and _ordinary(key[0]) and _ordinary(key[-1]) and all(_ordinary(c) or c in IN_KEYS for c in key)


def _ordinary(character: str) -> bool:
    return character.isascii() and character.isalnum()


def labels_given(words: Iterable[str]) -> dict[str, str]:
    """``role=web`` as typed. Raises ``Usage`` for other words, and for a key that has two values."""
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise Usage(f"not a label: '{visible(word)}'", hint=f"write key=value, {_EXAMPLE}")
        _once(given, key, value)
        given[key] = value
    return given


def changes_given(words: Iterable[str]) -> dict[str, str | None]:
    """``role=web`` to put on, ``role-`` to take off. Raises ``Usage`` as ``labels_given`` does."""
    given: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and not word.endswith("-"):
            raise Usage(
                f"not a change of labels: '{visible(word)}'",
                hint=f"write key=value to put one on, {_EXAMPLE}, and key- to take it off",
            )
        key = key if equals else word[:-1]
        _once(given, key, value if equals else None)
        given[key] = value if equals else None
    return given


def _once(given: Mapping[str, str | None], key: str, value: str | None) -> None:
    if key in given and given[key] != value:
        raise Usage(f"the label {visible(key)} is given twice", hint="a label has one value")


@frozen
class Selector:
    """Which instances are meant by their labels: every condition holds."""

    conditions: tuple[Callable[[Mapping[str, str]], bool], ...]

    def fits(self, labels: Mapping[str, str]) -> bool:
        return all(holds(labels) for holds in self.conditions)


def selector(words: Iterable[str]) -> Selector:
    """``role=web``, ``role!=web`` (also where there is no role), ``role`` (whatever its value), ``!role``; several, or with commas.

    Raises ``Usage``.
    """
    return Selector(tuple(_condition(part) for word in words for part in word.split(",")))


def _condition(word: str) -> Callable[[Mapping[str, str]], bool]:
    key, equals, value = word.partition("=")
    other = key.endswith("!") and bool(equals)
    absent = key.startswith("!") and not equals
    key = key[:-1] if other else key[1:] if absent else key
    if not _is_key(key):
        raise Usage(f"not a condition on labels: '{visible(word)}'", hint="write key=value, key!=value, key, or '!key'")
    if other:
        return lambda labels: labels.get(key) != value
    if equals:
        return lambda labels: labels.get(key) == value
    return lambda labels: (key in labels) is not absent
