"""``dcctl config``: what is decided, and where."""

from __future__ import annotations

from typing import Any

import typer

from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, session_of
from dcctl.config import Entry, write_initial
from dcctl.render.nouns.setting import SETTING, SettingRow


def show(
    context: typer.Context,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """Show every value of the configuration, and where it comes from. Secrets are not shown."""
    session = session_of(context)
    shown = session.output(SETTING, list_options(session, output, columns, (), filters, no_header, quiet))
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
    }
    rows = [
        SettingRow(name, None if entry.value is None else str(entry.value), entry.origin, entry.detail)
        for name, entry in entries.items()
    ]
    rows += [
        SettingRow(f"settings.{name}", entry.value, entry.origin, entry.detail)
        for name, entry in config.shown_settings(session.driver).items()
    ]
    shown.list(rows)


def init(context: typer.Context) -> None:
    """Write a commented configuration file. An existing one is left as it is."""
    session = session_of(context)
    path = session.config_file
    write_initial(path)
    session.note(f"wrote {path}")


VERBS = {"show": show, "init": init}
