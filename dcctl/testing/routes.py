"""Ways through a state machine that only the suite asks for. Pure."""

from __future__ import annotations

from dcctl.model import Action, State
from dcctl.testing.verdict import Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.states import StateMachine


def followers(machine: StateMachine, state: State, after: Action, *, spontaneous: bool = True) -> frozenset[State]:
    """Every state that may be seen after ``state`` without another action: what follows by itself, and what may happen on top."""
    reached: set[State] = set()
    frontier = [state]
    while frontier:
        here = frontier.pop()
        happening = machine.spontaneous(here) if spontaneous else ()
        for there in (*machine.outcomes(here, after), *happening):
            if there not in reached:
                reached.add(there)
                frontier.append(there)
    return frozenset(reached)


def route_to(machine: StateMachine, goal: State) -> tuple[Action, ...] | None:
    """The shortest series of actions by which a new instance comes to rest in ``goal``; None if no action leads there."""
    first = machine.step(State.START, Action.CREATE)
    return None if first is None else _route(machine, machine.settle(first, Action.CREATE), goal)


def route_between(machine: StateMachine, begin: State, goal: State) -> tuple[Action, ...]:
    """The shortest series of actions from one state at rest to another. Raises ``Gap`` if there is none."""
    found = _route(machine, begin, goal)
    if found is None:
        raise Gap(f"no action leads from {begin} to {goal}")
    return found


def _route(machine: StateMachine, begin: State, goal: State) -> tuple[Action, ...] | None:
    seen = {begin}
    frontier: list[tuple[State, tuple[Action, ...]]] = [(begin, ())]
    for here, path in frontier:
        if here is goal:
            return path
        for action in machine.actions(here):
            target = machine.step(here, action)
            there = machine.settle(target, action) if target is not None else here
            if there not in seen and there is not State.FINISH:
                seen.add(there)
                frontier.append((there, (*path, action)))
    return None


def way_in(machine: StateMachine, passing: State) -> tuple[State, Action] | None:
    """From which state, by which action, an instance enters a state that it does not stay in."""
    ways = [
        (t.source, t.action)
        for t in machine.transitions
        if t.action is not None
        and t.targets[0] is passing
        and (t.source is State.START or route_to(machine, t.source) is not None)
    ]
    return ways[0] if ways else None


def resting_state(machine: StateMachine) -> State:
    """Where a new instance comes to rest."""
    first = machine.step(State.START, Action.CREATE)
    return State.START if first is None else machine.settle(first, Action.CREATE)
