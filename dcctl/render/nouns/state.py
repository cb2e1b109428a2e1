"""How a state machine is shown: one row for each way out of a state; for JSON one object for each state, as Deltacloud's instance_states."""

from __future__ import annotations

from dcctl.frozen import frozen
from dcctl.model import State, Trigger
from dcctl.render.noun import KEPT, Column, Noun
from dcctl.render.nouns.instance import STATE_STYLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dcctl.states import StateMachine


@frozen
class Way:
    """One way out of a state. ``likely``: of automatic ones, where it should settle. A state without ways has no ``target``."""

    state: State
    trigger: Trigger | None = None
    action: str | None = None
    target: State | None = None
    likely: bool = True
    after: str | None = None


def ways(machine: StateMachine) -> Iterator[Way]:
    """Every state in the order in which it is first mentioned, with its ways out."""
    for state in machine.states:
        leaving = [transition for transition in machine.transitions if transition.source is state]
        for transition in leaving:
            for position, target in enumerate(transition.targets):
                yield Way(
                    state,
                    transition.trigger,
                    transition.action,
                    target,
                    likely=transition.trigger is not Trigger.SPONTANEOUS and position == 0,
                    after=transition.after,
                )
        if not leaving:
            yield Way(state)


def _how(way: Way) -> str:
    if way.trigger is None:
        return "end"
    if way.trigger is Trigger.ACTION:
        return way.action or ""
    after = f" after {way.after}" if way.after else ""
    return (
        f"{way.trigger}{after}"
        if way.likely or way.trigger is Trigger.SPONTANEOUS
        else f"{way.trigger}{after}, instead"
    )


def _record(way: Way) -> dict[str, object]:
    return {
        "to": way.target,
        "action": way.action,
        "trigger": way.trigger,
        "expected": way.likely,
        "after": way.after,
    }


def _gather(rows: Iterable[Way]) -> Iterator[dict[str, object]]:
    states: dict[State, list[dict[str, object]]] = {}
    for way in rows:
        leaving = states.setdefault(way.state, [])
        if way.target is not None:
            leaving.append(_record(way))
    for state, transitions in states.items():
        yield {"name": state, "transitions": transitions}


STATE: Noun[Way] = Noun(
    "state",
    columns=(
        Column("state", "STATE", lambda way: way.state, style=lambda way: STATE_STYLES.get(way.state), worth=KEPT),
        Column("by", "BY", _how, worth=KEPT),
        Column(
            "to",
            "TO",
            lambda way: way.target,
            style=lambda way: STATE_STYLES.get(way.target) if way.target else None,
            worth=KEPT,
        ),
    ),
    record=_record,
    identity=lambda way: way.state,
    gather=_gather,
)
