"""A configuration file's text to its form, with every problem at once. Imports the YAML parser: only where the cache has no answer."""

from __future__ import annotations

from dcctl import strict_yaml
from dcctl.checker import Checker
from dcctl.config.choices import COLORS, OUTPUTS
from dcctl.config.form import ConfigForm, ContextForm, Placed, Position, empty
from dcctl.errors import ConfigError, Problems
from dcctl.settings import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from dcctl.errors import DcctlError
    from dcctl.strict_yaml import Node

VERSION = 1
_TOP = ("version", "context", "contexts", "output", "color", "timeout", "realm_timeout")
_CONTEXT = ("driver", "catalogue", "realm", "hwp", "conformance", "settings")


def read(content: bytes, file: str) -> tuple[ConfigForm, list[DcctlError]]:
    """The form and what is wrong with the file; if something is, the form is not to be used."""
    try:
        document, faults = strict_yaml.examine(content, file, ConfigError)
    except Problems as problem:
        return empty(), list(problem.problems)
    except ConfigError as problem:
        return empty(), [problem]
    if document.value is None:  # nothing but comments, or /dev/null: no configuration
        return empty(), [fault.error for fault in faults]
    checker = Checker(file, ConfigError, faults)
    top = checker.record(document, "the configuration", _TOP, required=("version",))
    checker.version(top.get("version"), VERSION)
    contexts = {}
    if "contexts" in top:
        for name, pair in checker.mapping(top["contexts"], "contexts").items():
            checker.name(pair.key, "a context")
            contexts[name] = _context(checker, f"context {name}", pair.value)
    form: ConfigForm = {
        # Whether there is such a context matters only if no flag or variable names another.
        "context": _text(checker, top, "context", "context"),
        "contexts": contexts,
        "output": _choice(checker, top, "output", OUTPUTS),
        "color": _choice(checker, top, "color", COLORS),
        "timeout": _duration(checker, top, "timeout"),
        "realm_timeout": _duration(checker, top, "realm_timeout"),
    }
    return form, checker.problems


def _context(checker: Checker, what: str, node: Node) -> ContextForm:
    found = checker.record(node, what, _CONTEXT, required=("driver",))
    settings = {}
    if "settings" in found:
        for name, pair in checker.mapping(found["settings"], f"settings of {what}").items():
            settings[name] = (strict_yaml.plain(pair.value), _position(pair.key))
    driver = _text(checker, found, "driver", f"driver of {what}")
    return {
        "position": _position(node),
        "driver": driver or ("", _position(node)),
        "catalogue": _text(checker, found, "catalogue", f"catalogue of {what}"),
        "realm": _text(checker, found, "realm", f"realm of {what}"),
        "hwp": _text(checker, found, "hwp", f"hwp of {what}"),
        "conformance": _switch(checker, found, "conformance", f"conformance of {what}"),
        "settings": settings,
    }


def _position(node: Node) -> Position:
    return (node.line, node.column)


def _text(checker: Checker, found: dict[str, Node], key: str, what: str) -> Placed | None:
    if key not in found:
        return None
    value = checker.text(found[key], what)
    return None if value is None else (value, _position(found[key]))


def _switch(checker: Checker, found: dict[str, Node], key: str, what: str) -> tuple[bool, Position] | None:
    if key not in found:
        return None
    value = checker.switch(found[key], what)
    return None if value is None else (value, _position(found[key]))


def _choice(checker: Checker, found: dict[str, Node], key: str, allowed: Collection[str]) -> Placed | None:
    placed = _text(checker, found, key, key)
    if placed is not None and placed[0] not in allowed:
        checker.unknown(found[key], f"{key} cannot be {placed[0]}", placed[0], allowed)
    return placed


def _duration(checker: Checker, found: dict[str, Node], key: str) -> tuple[float, Position] | None:
    if key not in found:
        return None
    node = found[key]
    try:
        return duration(strict_yaml.plain(node)), _position(node)
    except ValueError as problem:
        checker.wrong(node, f"{key} {problem}")
        return None
