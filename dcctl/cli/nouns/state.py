"""``dcctl state``: the driver's state machine."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, session_of
from dcctl.render.nouns.state import STATE, ways


def list_states(
    context: typer.Context,
    realm: opt.RealmOption = None,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    sort: opt.Sort = [],  # noqa: B006
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """List the states and what leads from each to which. With --realm: as that endpoint has it, which may be less."""
    session = session_of(context)
    shown = session.output(STATE, list_options(session, output, columns, sort, filters, no_header, quiet))
    shown.list(ways(session.driver.states if realm is None else session.cloud.machine(realm)))


VERBS = {"list": list_states}
