"""Machines to draw: those that people have, and random ones that ``machine()`` accepts."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dcctl.errors import DcctlError
from dcctl.model import Action, State, Transition, Trigger
from dcctl.states import StateMachine, machine

SMALL = machine(State.START.to(State.RUNNING).on(Action.CREATE), State.RUNNING.to(State.FINISH).on(Action.DESTROY))

WITHOUT_SUSPEND = machine(
    State.START.to(State.PENDING).on(Action.CREATE),
    State.PENDING.to(State.STOPPED, State.ERROR).automatically(),
    State.STOPPED.to(State.RUNNING).on(Action.START),
    State.RUNNING.to(State.STOPPING).on(Action.STOP),
    State.RUNNING.to(State.STOPPING).on(Action.DESTROY),
    State.STOPPING.to(State.FINISH).automatically(after=Action.DESTROY),
    State.STOPPING.to(State.STOPPED, State.ERROR).automatically(),
    State.RUNNING.to(State.STOPPED, State.ERROR).spontaneously(),
    State.STOPPED.to(State.FINISH).on(Action.DESTROY),
    State.ERROR.to(State.FINISH).on(Action.DESTROY),
)

_MIDDLE = [state for state in State if state not in (State.START, State.FINISH)]


def _sentences() -> st.SearchStrategy[Transition]:
    state = st.sampled_from(list(State))
    targets = st.lists(state, min_size=1, max_size=4, unique=True).map(tuple)
    action = st.sampled_from(list(Action))
    return st.one_of(
        st.builds(Transition, state, state.map(lambda s: (s,)), st.just(Trigger.ACTION), action=action),
        st.builds(Transition, state, targets, st.just(Trigger.AUTOMATIC), after=st.none() | action),
        st.builds(Transition, state, targets, st.just(Trigger.SPONTANEOUS)),
    )


@st.composite
def machines(draw: Any) -> StateMachine:
    """First a machine that is surely valid, in which everything happens by itself or is destroyed; then whatever else is accepted."""
    middle = draw(st.permutations(_MIDDLE))[: draw(st.integers(1, len(_MIDDLE)))]
    accepted: list[Transition] = [State.START.to(middle[0]).on(Action.CREATE)]
    accepted += [state.to(State.FINISH).on(Action.DESTROY) for state in middle]
    for i in range(1, len(middle)):
        accepted.append(middle[draw(st.integers(0, i - 1))].to(middle[i]).spontaneously())
    for sentence in draw(st.lists(_sentences(), max_size=30)):
        try:
            machine(*accepted, sentence)
        except DcctlError:
            continue
        accepted.append(sentence)
    return machine(*accepted)
