"""The parsed form of the configuration file: plain data with positions, checked completely, that the cache can keep."""

from __future__ import annotations

from typing import TypedDict

Position = tuple[int, int]
"""Line and column, counted from 1."""

Placed = tuple[str, Position]
"""A text and where it stands."""

SettingsForm = dict[str, tuple[object, Position]]


class ContextForm(TypedDict):
    position: Position
    driver: Placed
    catalogue: Placed | None
    realm: Placed | None
    hwp: Placed | None
    conformance: tuple[bool, Position] | None
    settings: SettingsForm | None
    """None: the cache has left them out, because they may hold secrets; the file has them."""


class ConfigForm(TypedDict):
    context: Placed | None
    contexts: dict[str, ContextForm]
    output: Placed | None
    color: Placed | None
    timeout: tuple[float, Position] | None
    realm_timeout: tuple[float, Position] | None


def empty() -> ConfigForm:
    """What no file, or an empty one, says."""
    return {"context": None, "contexts": {}, "output": None, "color": None, "timeout": None, "realm_timeout": None}


def without_settings(form: ConfigForm) -> ConfigForm:
    """The form as it may be kept outside the file: no context's settings, unless it has none."""
    contexts: dict[str, ContextForm] = {
        name: {**context, "settings": None if context["settings"] else {}} for name, context in form["contexts"].items()
    }
    return {**form, "contexts": contexts}
