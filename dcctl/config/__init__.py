"""What the user has decided: flags, then ``DCCTL_…`` variables, then the selected context of the file, then defaults.

Each value knows where it comes from, which ``dcctl config show`` prints and errors name. Nothing here connects, asks or imports a driver;
a driver's settings are checked when its class is handed in.
"""

from __future__ import annotations

import os
from dataclasses import field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from dcctl import cache, files, paths
from dcctl.config.choices import COLORS, OUTPUTS
from dcctl.config.edit import check_context, initial_text, use_context, write_initial
from dcctl.config.form import empty, without_settings
from dcctl.errors import ConfigError, Usage, raise_all
from dcctl.frozen import frozen
from dcctl.patience import DEFAULT_PATIENCE
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.config.form import ConfigForm, ContextForm, Placed, Position, SettingsForm
    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.settings import Values

__all__ = ["Config", "Entry", "Origin", "check_context", "initial_text", "read", "use_context", "write_initial"]

T = TypeVar("T")

DEFAULT_DRIVER = "mock"
DEFAULT_TIMEOUT = 300.0


class Origin(StrEnum):
    """Which kind of place a value comes from, in the order of precedence."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@frozen
class Entry(Generic[T]):
    """A value and where it comes from. ``detail``: the flag, the variable, ``file:line:column``, or the default's reason."""

    value: T
    origin: Origin
    detail: str


@frozen
class Config:
    """Everything that is decided before a driver is loaded."""

    context: Entry[str | None]
    driver: Entry[str]
    catalogue: Entry[str | None]
    realm: Entry[str | None]
    hwp: Entry[str | None]
    output: Entry[str]
    color: Entry[str]
    timeout: Entry[float]
    realm_timeout: Entry[float]
    conformance: Entry[bool]
    """Whether ``dcctl driver check`` may make and destroy things with the selected context. Only the file can say so."""
    file: str | None = None
    """The configuration file that was read; None if there is none."""
    contexts: Mapping[str, str] = field(default_factory=dict)
    """The driver of each context."""
    settings: Mapping[str, Entry[object]] = field(default_factory=dict, repr=False)
    """What the selected context sets for its driver, unchecked; it may hold secrets. Empty if another driver was chosen."""
    private: bool = field(default=False, repr=False)
    """Whether only its owner may read the file."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def driver_settings(self, driver: type[Driver]) -> Values:
        """What the file and ``DCCTL_<DRIVER>_<SETTING>`` set for this driver, checked; secrets are fetched.

        Raises ``ConfigError`` or ``Problems`` with everything that is wrong.
        """
        from dcctl.config.settings import check  # noqa: PLC0415  --version and --help import this module but have no driver

        return check(self, driver)

    def shown_settings(self, driver: type[Driver]) -> dict[str, Entry[str]]:
        """The same for people: texts, secrets as ``(secret)``, defaults included; nothing is checked or fetched."""
        from dcctl.config.settings import shown  # noqa: PLC0415  as above

        return shown(self, driver)


def read(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Config:
    """Decide. ``flags`` are the global options by name (``driver``, ``context``, ``config``, …), None where not given.

    Raises ``ConfigError`` or ``Problems`` with everything that is wrong.
    """
    file, explicit = _file(flags, environ)
    form, private = empty(), False
    if file is not None and (explicit or os.path.lexists(file)):
        form, private = _form(file, environ)
    else:
        file = None
    decision = _Decision(flags, environ, file, form)
    config = decision.config(private)
    raise_all(decision.problems)
    return config


def _file(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> tuple[str | None, bool]:
    """The configuration file, and whether somebody named it, so that it must be there."""
    named = flags.get("config") or environ.get("DCCTL_CONFIG")
    return (named, True) if named else (paths.config_file(environ), False)


def _form(file: str, environ: Mapping[str, str]) -> tuple[ConfigForm, bool]:
    """What the file says, perhaps without settings, and whether only its owner may read it."""
    status = files.status(file, ConfigError)
    stored: Any = cache.load("config", file, status, environ)
    if stored is not None:
        return stored, files.private(status)
    form, status = _parsed(file)
    cache.store("config", file, status, without_settings(form), environ)
    return form, files.private(status)


def _parsed(file: str) -> tuple[ConfigForm, os.stat_result]:
    from dcctl.config.reader import read as read_form  # noqa: PLC0415  22 ms with the YAML parser, only after an edit

    content, status = files.read(file, ConfigError)
    form, problems = read_form(content, file)
    raise_all(problems)
    return form, status


class _Decision:
    """One value after the other, noting what is wrong."""

    def __init__(
        self, flags: Mapping[str, str | None], environ: Mapping[str, str], file: str | None, form: ConfigForm
    ) -> None:
        self.flags = flags
        self.environ = environ
        self.file = file
        self.form = form
        self.problems: list[DcctlError] = []

    def config(self, private: bool) -> Config:
        context = self._context()
        selected = self.form["contexts"].get(context.value) if context.value is not None else None
        driver = self._driver(selected)
        return Config(
            context=context,
            driver=driver,
            catalogue=self._catalogue(selected),
            realm=self._optional("realm", selected and selected["realm"]),
            hwp=self._optional("hwp", selected and selected["hwp"]),
            output=self._one_of("output", OUTPUTS, self.form["output"]),
            color=self._one_of("color", COLORS, self.form["color"]),
            timeout=self._duration("timeout", self.form["timeout"], DEFAULT_TIMEOUT),
            realm_timeout=self._realm_timeout(),
            conformance=self._conformance(selected, driver.value),
            file=self.file,
            contexts={name: form["driver"][0] for name, form in self.form["contexts"].items()},
            settings=self._settings(context.value, selected, driver.value),
            private=private,
            environ=self.environ,
        )

    def _outside(self, key: str) -> Entry[str] | None:
        """What a flag or a variable says; an empty variable is as good as none."""
        flag = self.flags.get(key)
        if flag is not None:
            return Entry(flag, Origin.FLAG, f"--{key.replace('_', '-')}")
        variable = f"DCCTL_{key.upper()}"
        value = self.environ.get(variable)
        return Entry(value, Origin.ENVIRONMENT, variable) if value else None

    def _place(self, position: Position) -> str:
        return f"{visible(self.file or '')}:{position[0]}:{position[1]}"

    def _placed(self, placed: Placed) -> Entry[str]:
        return Entry(placed[0], Origin.FILE, self._place(placed[1]))

    def _optional(self, key: str, placed: Placed | None) -> Entry[str | None]:
        found = self._outside(key) or (self._placed(placed) if placed is not None else None)
        return _widened(found) if found is not None else Entry(None, Origin.DEFAULT, "not set")

    def _context(self) -> Entry[str | None]:
        entry = self._optional("context", self.form["context"])
        if entry.value is not None and entry.value not in self.form["contexts"]:
            known = self.form["contexts"]
            if self.file is None:
                hint = "there is no configuration file; write one with: dcctl config init"
            elif not known:
                hint = "the configuration file has no contexts"
            else:
                hint = suggestion(entry.value, known) or "dcctl context list shows them all"
            self._wrong(entry, f"there is no context {visible(entry.value)}", hint)
        return entry

    def _driver(self, selected: ContextForm | None) -> Entry[str]:
        found = self._outside("driver")
        if found is not None:
            return found
        if selected is not None:
            return self._placed(selected["driver"])
        reason = "no configuration file" if self.file is None else "no context is selected"
        return Entry(DEFAULT_DRIVER, Origin.DEFAULT, reason)

    def _catalogue(self, selected: ContextForm | None) -> Entry[str | None]:
        found = self._outside("catalogue")
        if found is not None:
            return Entry(paths.expand(found.value, self.environ), found.origin, found.detail)
        if selected is not None and selected["catalogue"] is not None and self.file is not None:
            given, position = selected["catalogue"]
            path = paths.expand(given, self.environ, relative_to=os.path.dirname(self.file))
            return Entry(path, Origin.FILE, self._place(position))
        own = paths.own_catalogue(self.environ)
        return Entry(
            own, Origin.DEFAULT, "the catalogue that comes with dcctl" if own is None else "your own catalogue"
        )

    def _one_of(self, key: str, allowed: tuple[str, ...], placed: Placed | None) -> Entry[str]:
        entry = self._outside(key) or (self._placed(placed) if placed is not None else None)
        if entry is None:
            return Entry(allowed[0], Origin.DEFAULT, "not set")
        if entry.value not in allowed:
            hint = suggestion(entry.value, allowed) or f"known: {', '.join(allowed)}"
            self._wrong(entry, f"{key} cannot be '{visible(entry.value)}'", hint)
        return entry

    def _duration(self, key: str, placed: tuple[float, Position] | None, default: float) -> Entry[float]:
        found = self._outside(key)
        if found is not None:
            from dcctl.settings import duration  # noqa: PLC0415  only with a flag or a variable

            try:
                return Entry(duration(found.value), found.origin, found.detail)
            except ValueError as problem:
                self._wrong(found, f"{key} {visible(str(problem))}", "a number of seconds, or 90s, 5m, 1h")
        if placed is not None:
            return Entry(placed[0], Origin.FILE, self._place(placed[1]))
        return Entry(default, Origin.DEFAULT, "not set")

    def _realm_timeout(self) -> Entry[float]:
        entry = self._duration("realm_timeout", self.form["realm_timeout"], DEFAULT_PATIENCE)
        if entry.value <= 0:
            self._wrong(entry, "realm_timeout must be longer than 0: nobody answers in no time", "such as 10s")
        return entry

    def _conformance(self, selected: ContextForm | None, driver: str) -> Entry[bool]:
        """What the selected context says, unless another driver was chosen than the one that it is for."""
        if selected is None or selected["conformance"] is None or selected["driver"][0] != driver:
            return Entry(False, Origin.DEFAULT, "not set")
        value, position = selected["conformance"]
        return Entry(value, Origin.FILE, self._place(position))

    def _settings(self, name: str | None, selected: ContextForm | None, driver: str) -> dict[str, Entry[object]]:
        """What the selected context sets, unless another driver was chosen than the one that it is for."""
        if name is None or selected is None or self.file is None or selected["driver"][0] != driver:
            return {}
        settings: SettingsForm | None = selected["settings"]
        if settings is None:
            settings = _parsed(self.file)[0]["contexts"][name]["settings"] or {}
        return {key: Entry(value, Origin.FILE, self._place(position)) for key, (value, position) in settings.items()}

    def _wrong(self, entry: Entry[Any], message: str, hint: str) -> None:
        """Note a wrong value: what was typed is a wrong request, what is written down a wrong configuration."""
        if entry.origin is Origin.FLAG and entry.detail != "--context":
            self.problems.append(Usage(f"{entry.detail}: {message}", hint=hint))
        else:
            self.problems.append(ConfigError(message, hint=hint, where=entry.detail))


def _widened(entry: Entry[str]) -> Entry[str | None]:
    return Entry(entry.value, entry.origin, entry.detail)
