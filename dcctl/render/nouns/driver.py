"""How drivers are shown: in a list without importing any, and one with everything that it declares."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen
from dcctl.render.noun import KEPT, Column, Entry, Noun
from dcctl.settings import as_written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from dcctl.driver import Driver
    from dcctl.registry import Source
    from dcctl.settings import Setting

SOURCE: Noun[Source] = Noun(
    "driver",
    columns=(
        Column("name", "NAME", lambda source: source.name, worth=KEPT),
        Column("origin", "ORIGIN", lambda source: source.origin, worth=5),
        Column("target", "CLASS", lambda source: source.target, worth=4),
    ),
    record=lambda source: {"name": source.name, "origin": source.origin, "class": source.target},
    identity=lambda source: source.name,
)


@frozen
class DriverRow:
    """What a driver declares. ``collections``: the optional classes that it inherits from, by name."""

    driver: type[Driver]
    target: str
    collections: Sequence[str] = field(default_factory=tuple)


def _default(value: object) -> object:
    """A default as data: texts, numbers and truth values as they are, lists as lists, whatever a driver made up as text."""
    if isinstance(value, tuple):
        return [_default(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _says(setting: Setting[Any]) -> str:
    """``pending: how long a new instance is pending (default: 0)``."""
    if setting.required:
        return f"{setting.name}: {setting.summary} (required)"
    if setting.default in (None, (), ""):
        return f"{setting.name}: {setting.summary}"
    return f"{setting.name}: {setting.summary} (default: {as_written(setting.default)})"


def _setting_record(setting: Setting[Any]) -> dict[str, object]:
    return {
        "name": setting.name,
        "default": _default(setting.default),
        "required": setting.required,
        "summary": setting.summary,
    }


def _record(row: DriverRow) -> dict[str, object]:
    driver = row.driver
    return {
        "name": driver.name,
        "class": row.target,
        "summary": driver.summary,
        "simulated": driver.simulated,
        "actions": sorted(driver.states.declared_actions),
        "states": list(driver.states.states),
        "abilities": [{"name": type(ability).__name__, "says": ability.sentence} for ability in driver.abilities],
        "optional": list(row.collections),
        "settings": [_setting_record(setting) for setting in driver.settings],
        "realm_options": [_setting_record(setting) for setting in driver.realm_options],
        "concurrency": driver.concurrency,
    }


def _card(row: DriverRow) -> Iterator[Entry]:
    driver = row.driver
    yield Entry("name", [driver.name], "bold")
    yield Entry("summary", [driver.summary])
    yield Entry("class", [row.target])
    yield Entry("actions", [", ".join(sorted(driver.states.declared_actions))])
    yield Entry("create takes", [ability.sentence for ability in driver.abilities])
    yield Entry("can also", list(row.collections))
    yield Entry("settings", list(map(_says, driver.settings)))
    yield Entry("realm options", list(map(_says, driver.realm_options)))
    yield Entry("calls at once", [str(driver.concurrency)])


DRIVER: Noun[DriverRow] = Noun(
    "driver",
    columns=(
        Column("name", "NAME", lambda row: row.driver.name, worth=KEPT),
        Column("summary", "SUMMARY", lambda row: row.driver.summary, worth=5, least=16),
    ),
    record=_record,
    identity=lambda row: row.driver.name,
    card=_card,
)
