"""A driver's settings: what the file and the environment give, checked against what the driver declares."""

from __future__ import annotations

import os

from dcctl.config import Entry, Origin, secrets
from dcctl.errors import ConfigError, raise_all
from dcctl.settings import Values, as_written, parse_values
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dcctl.config import Config
    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.settings import Setting

HIDDEN = "(secret)"


def check(config: Config, driver: type[Driver]) -> Values:
    """The typed values; raises ``ConfigError`` or ``Problems`` with everything that is wrong."""
    declared = {setting.name: setting for setting in driver.settings}
    problems: list[DcctlError] = []
    raw: dict[str, object] = {}
    given = _given(config, driver)
    for name, entry in given.items():
        setting = declared.get(name)
        if setting is None:
            hint = suggestion(name, declared) or f"the driver {driver.name} has no settings"
            problems.append(
                ConfigError(
                    f"the driver {driver.name} has no setting {visible(name)}",
                    hint=hint,
                    resource=name,
                    where=entry.detail,
                )
            )
            continue
        try:
            raw[name] = _secret(config, entry) if setting.secret else entry.value
        except ValueError as problem:
            problems.append(ConfigError(f"{name}: {problem}", resource=name, where=entry.detail))
    values, wrong = parse_values(driver.settings, raw)
    for name, message in wrong.items():
        if name in raw:
            shown = f"{name} is not a text" if declared[name].secret else visible(message)
            problems.append(ConfigError(shown, resource=name, where=given[name].detail))
        elif name not in given:
            problems.append(
                ConfigError(
                    f"the driver {driver.name} needs the setting {name}: {declared[name].summary}",
                    hint=f"set it in the context, or as {variable(driver, declared[name])}",
                    resource=name,
                    where=config.file,
                )
            )
    raise_all(problems)
    return values


def shown(config: Config, driver: type[Driver]) -> dict[str, Entry[str]]:
    """Every setting as a text. Secrets, and what the driver does not know and so might be one, are hidden."""
    declared: dict[str, Setting[Any]] = {setting.name: setting for setting in driver.settings}
    given = _given(config, driver)
    entries = {}
    for name in [*declared, *(name for name in given if name not in declared)]:
        entry = given.get(name)
        if entry is None:
            default = declared[name].default
            entries[name] = Entry(as_written(default), Origin.DEFAULT, "not set")
        elif name not in declared or declared[name].secret:
            entries[name] = Entry(HIDDEN, entry.origin, entry.detail)
        else:
            entries[name] = Entry(as_written(entry.value), entry.origin, entry.detail)
    return entries


def variable(driver: type[Driver], setting: Setting[Any]) -> str:
    """The variable that sets it: ``DCCTL_MOCK_LATENCY``."""
    return f"{_prefix(driver)}{setting.name.upper().replace('-', '_')}"


def _prefix(driver: type[Driver]) -> str:
    return f"DCCTL_{driver.name.upper().replace('-', '_')}_"


def _given(config: Config, driver: type[Driver]) -> dict[str, Entry[object]]:
    """The file's settings, and over them the environment's; a variable that no setting has is kept, to be refused."""
    prefix = _prefix(driver)
    names = {variable(driver, setting): setting.name for setting in driver.settings}
    given = dict(config.settings)
    for key, value in config.environ.items():
        if key.startswith(prefix) and value:
            given[names.get(key, key.removeprefix(prefix).lower())] = Entry(value, Origin.ENVIRONMENT, key)
    return given


def _secret(config: Config, entry: Entry[object]) -> object:
    if secrets.is_reference(entry.value):
        return secrets.resolve(entry.value, config.environ, relative_to=os.path.dirname(config.file or ""))
    if entry.origin is Origin.FILE and not config.private:
        raise ValueError(
            f"a secret stands in a file that others may read; chmod 600 {visible(config.file or '')},"
            " or write {file: PATH}, {environment: NAME} or {command: [PROGRAM, ...]}"
        )
    return entry.value
