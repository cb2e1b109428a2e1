"""``dcctl state``: the driver's state machine."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.render.nouns.state import STATE, ways


def list_states(
    context: typer.Context,
    realm: opt.RealmOption = None,
    *,
    shown: Shown,
) -> None:
    """List the states and what leads from each to which. With --realm: as that endpoint has it, which may be less."""
    session = session_of(context)
    session.output(STATE, shown).list(ways(session.driver.states if realm is None else session.cloud.machine(realm)))


VERBS = {
    "list": Verb(list_states, ROWS),
}
