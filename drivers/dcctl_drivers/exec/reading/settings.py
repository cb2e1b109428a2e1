"""The sections ``settings`` and ``realm_options`` of a description."""

from __future__ import annotations

import re

from dcctl import strict_yaml
from dcctl_drivers.exec.options import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.checker import Checker
    from dcctl.strict_yaml import Node
    from dcctl_drivers.exec.form import SettingForm

_NAME = re.compile("[a-z][a-z0-9_]{0,39}")  # dcctl makes a variable of it: DCCTL_RACK_TOKEN
_KEYS = ("type", "default", "summary", "required")


def read_settings(checker: Checker, node: Node | None, section: str, *, secrets: bool) -> dict[str, SettingForm]:
    """The declared settings. ``secrets``: whether there may be any; a catalogue is no place for them."""
    found: dict[str, SettingForm] = {}
    if node is None:
        return found
    for name, pair in checker.mapping(node, section).items():
        what = f"{section}: {name}"
        if not _NAME.fullmatch(name):
            checker.wrong(pair.key, f"{what} must be called by lower-case letters, digits and _", resource=name)
        found[name] = _setting(checker, what, pair.value, secrets=secrets)
    return found


def _setting(checker: Checker, what: str, node: Node, *, secrets: bool) -> SettingForm:
    values = checker.record(node, what, _KEYS, required=("type", "summary"))
    kind = (checker.text(values["type"], f"{what}: type") if "type" in values else None) or "text"
    if kind not in KINDS:
        checker.unknown(values["type"], f"{what}: there is no type {kind}", kind, KINDS)
        kind = "text"
    if kind == "secret" and not secrets:
        checker.wrong(values["type"], f"{what}: a realm cannot have secrets; declare it in settings")
    default: object = None
    if "default" in values:
        default = _default(checker, what, kind, values["default"])
    required = False
    if "required" in values:
        required = values["required"].value is True
        if not isinstance(values["required"].value, bool):
            checker.wrong(values["required"], f"{what}: required must be true or false")
        elif required and "default" in values:
            checker.wrong(values["required"], f"{what} has a default, so it cannot be required; remove one")
    summary = checker.text(values["summary"], f"{what}: summary") if "summary" in values else None
    return {"kind": kind, "default": default, "summary": summary or "", "required": required}


def _default(checker: Checker, what: str, kind: str, node: Node) -> object:
    if kind == "secret":
        checker.wrong(node, f"{what}: a secret has no default; it would stand in this file")
        return None
    try:
        return KINDS[kind](strict_yaml.plain(node))
    except ValueError as problem:
        checker.wrong(node, f"{what}: default {problem}")
        return None
