"""``dcctl state``: the driver's state machine."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ROWS_OR_DIAGRAM, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.render.nouns.state import STATE, ways


def list_states(
    context: typer.Context,
    realm: opt.RealmOption = None,
    *,
    shown: Shown,
) -> None:
    """List the states and what leads from each to which. With --realm: as that endpoint has it, which may be less.

    \b
    dcctl state list -o drawing
    dcctl state list -o svg > states.svg
    """
    session = session_of(context)
    if shown.diagram is None:
        output = session.output(STATE, shown)
        output.list(ways(session.driver.states if realm is None else session.cloud.machine(realm)))
        return
    from dcctl.render.diagram.picture import Picture  # noqa: PLC0415  the list needs no drawing

    session.check_drawing(shown)
    machine = session.driver.states if realm is None else session.cloud.machine(realm)
    where = "" if realm is None else f", realm {realm}"
    session.draw(Picture(machine, f"driver {session.driver.name}{where}"), shown)


VERBS = {
    "list": Verb(list_states, ROWS_OR_DIAGRAM),
}
