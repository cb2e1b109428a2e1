"""``dcctl config``: what is decided, and where."""

from __future__ import annotations

from typing import Any

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.config import Entry, initial_text, write_initial
from dcctl.render.nouns.setting import SETTING, SettingRow


def show(context: typer.Context, *, shown: Shown) -> None:
    """Show every value of the configuration, and where it comes from. Secrets are not shown."""
    session = session_of(context)
    output = session.output(SETTING, shown)
    config = session.config
    entries: dict[str, Entry[Any]] = {
        "context": config.context,
        "driver": config.driver,
        "catalogue": config.catalogue,
        "realm": config.realm,
        "hwp": config.hwp,
        "output": config.output,
        "color": config.color,
        "timeout": config.timeout,
        "realm_timeout": config.realm_timeout,
        "conformance": config.conformance,
    }
    rows = [SettingRow(name, _text(entry.value), entry.origin, entry.detail) for name, entry in entries.items()]
    rows += [
        SettingRow(f"settings.{name}", entry.value, entry.origin, entry.detail)
        for name, entry in config.shown_settings(session.driver).items()
    ]
    output.list(rows)


def _text(value: object) -> str | None:
    """As it would be written in the file: seconds with their unit, true and false in YAML's words."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}s" if isinstance(value, float) else None if value is None else str(value)


def init(context: typer.Context, dry_run: opt.DryRun = False) -> None:
    """Write a commented configuration file. An existing one is left as it is. With --dry-run: print it."""
    session = session_of(context)
    if dry_run:
        session.environment.stdout.write(initial_text())
        return
    path = session.config_file
    write_initial(path)
    session.note(f"wrote {path}")


VERBS = {
    "show": Verb(show, ROWS),
    "init": Verb(init),
}
