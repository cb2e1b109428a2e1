"""Hardware profiles of a catalogue: what a property may be, and what Deltacloud documented but left unchecked."""

from __future__ import annotations

from dcctl import sizes
from dcctl.hardware import Property
from dcctl.strict_yaml import kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.catalogue.form import Allowed
    from dcctl.checker import Checker
    from dcctl.hardware import Value
    from dcctl.strict_yaml import Node

_MOST_PROCESSORS = 1_000_000
_FORM = ("range", "choices", "default")
_COUNTED = (Property.CPU, Property.MEMORY, Property.STORAGE)


def read_profile(checker: Checker, what: str, node: Node) -> dict[str, Allowed]:
    """The properties by name; those that are wrong are noted and left out."""
    found = {}
    for name, value in checker.record(node, what, tuple(Property)).items():
        allowed = _allowed(checker, Property(name), f"{name} of {what}", value)
        if allowed is not None:
            found[name] = allowed
    return found


def _allowed(checker: Checker, wanted: Property, what: str, node: Node) -> Allowed | None:
    if isinstance(node.value, list):
        checker.wrong(node, f"{what} is a list; write {{choices: [...]}} or {{range: [first, last]}}")
        return None
    if not isinstance(node.value, dict):
        value = _value(checker, wanted, what, node)
        return None if value is None else ("fixed", value)
    found = checker.record(node, what, _FORM)
    if "range" in found and "choices" in found:
        checker.wrong(node, f"{what} has both a range and choices; keep one")
        return None
    default = _value(checker, wanted, f"the default {what}", found["default"]) if "default" in found else None
    if "range" in found:
        allowed = _range(checker, wanted, what, found["range"], default)
    elif "choices" in found:
        allowed = _choices(checker, wanted, what, found["choices"], default)
    elif not set(node.value) <= set(_FORM):
        return None  # a misspelt range has been noted
    else:
        checker.wrong(node, f"{what} must be a value, {{range: [first, last]}} or {{choices: [...]}}")
        return None
    if default is not None and allowed is not None and not _inside(allowed, default):
        checker.wrong(
            found["default"], f"the default {what}, {wanted.text(default)}, is not allowed: {_text(wanted, allowed)}"
        )
    return allowed


def _range(checker: Checker, wanted: Property, what: str, node: Node, default: Value | None) -> Allowed | None:
    if wanted not in _COUNTED:
        checker.wrong(node, f"{what} cannot be a range; write {{choices: [...]}}")
        return None
    if not isinstance(node.value, list) or len(node.value) != 2:
        shown = kind(node) if not isinstance(node.value, list) else f"a list of {len(node.value)}"
        checker.wrong(node, f"the range of {what} must be [first, last], not {shown}")
        return None
    first, last = (_value(checker, wanted, f"the range of {what}", end) for end in node.value)
    if not isinstance(first, int) or not isinstance(last, int):
        return None
    if first > last:
        checker.wrong(
            node,
            f"the range of {what} is reversed; write the smaller value first: [{wanted.text(last)}, {wanted.text(first)}]",
        )
        return None
    return ("range", first, last, first if default is None else default)


def _choices(checker: Checker, wanted: Property, what: str, node: Node, default: Value | None) -> Allowed | None:
    if not isinstance(node.value, list) or not node.value:
        shown = "an empty list" if isinstance(node.value, list) else kind(node)
        checker.wrong(node, f"the choices of {what} must be a list of values, not {shown}")
        return None
    values: list[Value] = []
    for item in node.value:
        value = _value(checker, wanted, f"a choice of {what}", item)
        if value is None:
            continue
        if value in values:
            checker.wrong(item, f"the choices of {what} have {wanted.text(value)} twice; remove one")
        values.append(value)
    if not values:
        return None
    return ("choices", tuple(values), values[0] if default is None else default)


def _value(checker: Checker, wanted: Property, what: str, node: Node) -> Value | None:
    if wanted is Property.CPU:
        return checker.whole_number(node, what, least=1, most=_MOST_PROCESSORS)
    if wanted is Property.MEMORY:
        return checker.converted(node, what, sizes.memory)
    if wanted is Property.STORAGE:
        return checker.converted(node, what, sizes.storage)
    label = checker.text(node, what)
    if label is None:
        return None
    try:
        return sizes.parse(wanted, label)
    except ValueError as problem:
        checker.wrong(node, f"{what} {problem}")
        return None


def _inside(allowed: Allowed, value: Value) -> bool:
    if allowed[0] == "range":
        return isinstance(value, int) and bool(allowed[1] <= value <= allowed[2])
    return value in allowed[1]


def _text(wanted: Property, allowed: Allowed) -> str:
    if allowed[0] == "range":
        return f"{wanted.text(allowed[1])} to {wanted.text(allowed[2])}"
    return " or ".join(wanted.text(value) for value in allowed[1])
