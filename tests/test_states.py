"""State machines: every mistake is refused when the machine is made, naming the offender; a good one answers questions."""

from __future__ import annotations

from typing import Any

import pytest

from dcctl.model import Action, HalfSentence, State, Transition, Trigger
from dcctl.states import MachineError, StateMachine, machine

START, PENDING, RUNNING, SUSPENDED = State.START, State.PENDING, State.RUNNING, State.SUSPENDED
STOPPING, STOPPED, ERROR, FINISH, UNKNOWN = State.STOPPING, State.STOPPED, State.ERROR, State.FINISH, State.UNKNOWN

CREATED = START.to(RUNNING).on(Action.CREATE)
DESTROYED = RUNNING.to(FINISH).on(Action.DESTROY)


def plain(word: str) -> Any:
    """A text where a member of an enum belongs: authors may not run a type checker."""
    return word


FULL = machine(
    START.to(PENDING).on(Action.CREATE),
    PENDING.to(RUNNING, ERROR).automatically(),
    RUNNING.to(RUNNING).on(Action.REBOOT),
    RUNNING.to(STOPPING).on(Action.STOP),
    RUNNING.to(STOPPED, ERROR).spontaneously(),
    RUNNING.to(SUSPENDED).on(Action.SUSPEND),
    SUSPENDED.to(RUNNING).on(Action.RESUME),
    STOPPING.to(STOPPED, ERROR).automatically(),
    STOPPING.to(FINISH).automatically(after=Action.DESTROY),
    STOPPED.to(RUNNING).on(Action.START),
    STOPPED.to(STOPPING).on(Action.DESTROY),
    ERROR.to(FINISH).on(Action.DESTROY),
)


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "the state machine is empty"),
        ([CREATED, RUNNING.to(STOPPED), DESTROYED], "half a sentence: running.to(stopped)"),
        ([CREATED, "running", DESTROYED], "not a sentence: 'running'"),
        ([CREATED, RUNNING.to().on(Action.STOP), DESTROYED], "running.to() leads nowhere"),
        ([CREATED, RUNNING.to(STOPPED, STOPPED).automatically(), DESTROYED], "names a target twice"),
        (
            [CREATED, RUNNING.to(STOPPED, ERROR).on(Action.STOP), DESTROYED],
            "running.to(stopped, error).on(stop) must lead to exactly one state",
        ),
        ([CREATED, DESTROYED, FINISH.to(RUNNING).on(Action.START)], "finish.to(running) leaves finish"),
        ([CREATED, DESTROYED, RUNNING.to(START).on(Action.STOP)], "running.to(start) enters start"),
        ([CREATED, DESTROYED, START.to(STOPPED).on(Action.START)], "start.to(stopped): create leaves start"),
        ([CREATED, DESTROYED, START.to(STOPPED).automatically()], "start.to(stopped): create leaves start"),
        ([CREATED, DESTROYED, RUNNING.to(STOPPED).on(Action.CREATE)], "running.to(stopped): create leaves start"),
        ([CREATED, DESTROYED, RUNNING.to(RUNNING).automatically()], "running.to(running) by itself changes nothing"),
        ([CREATED, DESTROYED, RUNNING.to(RUNNING).spontaneously()], "running.to(running) by itself changes nothing"),
        ([CREATED, DESTROYED, HalfSentence(plain("running"), (STOPPED,)).on(Action.STOP)], "'running' is not a State"),
        ([CREATED, DESTROYED, RUNNING.to(plain("stopped")).on(Action.STOP)], "'stopped' is not a State"),
        ([CREATED, DESTROYED, RUNNING.to(STOPPED).on(plain("stop"))], "'stop' is not an Action"),
        ([CREATED, DESTROYED, RUNNING.to(STOPPED).automatically(after=plain("stop"))], "'stop' is not an Action"),
        (
            [CREATED, RUNNING.to(STOPPED).on(Action.STOP), RUNNING.to(ERROR).on(Action.STOP), DESTROYED],
            "stop has two ways out of running",
        ),
        (
            [CREATED, START.to(PENDING).on(Action.CREATE), DESTROYED],
            "create has two ways out of start",
        ),
        (
            [CREATED, RUNNING.to(STOPPED).automatically(), RUNNING.to(ERROR).automatically(), DESTROYED],
            "running has two automatic ways",
        ),
        (
            [
                CREATED,
                RUNNING.to(STOPPED).automatically(after=Action.CREATE),
                RUNNING.to(ERROR).automatically(after=Action.CREATE),
                DESTROYED,
            ],
            "running has two automatic ways after create",
        ),
        (
            [CREATED, DESTROYED, RUNNING.to(ERROR).spontaneously(), RUNNING.to(ERROR).spontaneously()],
            "running spontaneously becomes error twice",
        ),
        ([DESTROYED], "nothing can be created"),
        (
            [CREATED, DESTROYED, RUNNING.to(ERROR).automatically(after=Action.STOP)],
            "running.to(error).automatically(after=stop): stop never leads to running",
        ),
        (
            [
                CREATED,
                DESTROYED,
                RUNNING.to(STOPPING).automatically(),
                STOPPING.to(RUNNING).automatically(),
            ],
            "running comes back to itself automatically",
        ),
        (
            [
                START.to(PENDING).on(Action.CREATE),
                PENDING.to(RUNNING, ERROR).automatically(),
                ERROR.to(STOPPING).automatically(),
                STOPPING.to(PENDING).automatically(),
                DESTROYED,
            ],
            "pending comes back to itself automatically",
        ),
        (
            [CREATED, DESTROYED, STOPPED.to(FINISH).on(Action.DESTROY)],
            "stopped cannot be reached from start",
        ),
        (
            [CREATED, DESTROYED, RUNNING.to(SUSPENDED).on(Action.SUSPEND)],
            "finish cannot be reached from suspended",
        ),
        ([CREATED, RUNNING.to(STOPPED).on(Action.STOP)], "finish cannot be reached from start"),
        (
            [
                CREATED,
                RUNNING.to(ERROR).on(Action.STOP),
                RUNNING.to(STOPPED).spontaneously(),
                ERROR.to(FINISH).spontaneously(),
            ],
            "finish cannot be reached from start",
        ),
    ],
)
def test_a_mistake_is_refused_naming_the_offender(sentences: list[Transition], message: str) -> None:
    with pytest.raises(MachineError) as caught:
        machine(*sentences)
    assert message in str(caught.value)
    assert (caught.value.code, caught.value.exit_status) == ("driver", 3)


def test_half_a_sentence_is_told_how_to_end() -> None:
    with pytest.raises(MachineError) as caught:
        machine(CREATED, RUNNING.to(STOPPED))
    assert caught.value.hint == "finish it with .on(action), .automatically() or .spontaneously()"


def test_unknown_need_not_lead_to_finish() -> None:
    assert UNKNOWN in machine(CREATED, DESTROYED, RUNNING.to(UNKNOWN).spontaneously()).states


def test_a_state_may_be_reached_by_chance_but_must_be_left_on_purpose() -> None:
    by_chance = machine(CREATED, DESTROYED, RUNNING.to(ERROR).spontaneously(), ERROR.to(FINISH).on(Action.DESTROY))
    assert by_chance.spontaneous(RUNNING) == {ERROR}


@pytest.mark.parametrize(
    ("state", "action", "expected"),
    [
        (START, Action.CREATE, PENDING),
        (RUNNING, Action.STOP, STOPPING),
        (RUNNING, Action.REBOOT, RUNNING),
        (STOPPED, Action.DESTROY, STOPPING),
        (RUNNING, Action.START, None),
        (RUNNING, Action.DESTROY, None),
        (PENDING, Action.STOP, None),
        (FINISH, Action.START, None),
    ],
)
def test_step_is_what_follows_at_once(state: State, action: Action, expected: State | None) -> None:
    assert FULL.step(state, action) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RUNNING, (Action.STOP, Action.REBOOT, Action.SUSPEND)),
        (STOPPED, (Action.START, Action.DESTROY)),
        (PENDING, ()),
        (START, ()),
        (FINISH, ()),
        (UNKNOWN, ()),
    ],
)
def test_actions_come_in_the_order_of_the_vocabulary_and_never_name_create(
    state: State, expected: tuple[Action, ...]
) -> None:
    assert FULL.actions(state) == expected


@pytest.mark.parametrize(
    ("state", "after", "expected"),
    [
        (PENDING, Action.CREATE, RUNNING),
        (STOPPING, Action.STOP, STOPPED),
        (STOPPING, None, STOPPED),
        (STOPPING, Action.DESTROY, FINISH),
        (RUNNING, Action.REBOOT, RUNNING),
        (FINISH, Action.DESTROY, FINISH),
    ],
)
def test_settle_is_where_it_should_come_to_rest(state: State, after: Action | None, expected: State) -> None:
    assert FULL.settle(state, after) is expected


def test_settle_follows_several_automatic_steps() -> None:
    chain = machine(
        START.to(PENDING).on(Action.CREATE),
        PENDING.to(STOPPED).automatically(),
        STOPPED.to(RUNNING).automatically(),
        DESTROYED,
    )
    assert chain.settle(PENDING) is RUNNING


def test_outcomes_have_the_expected_one_first() -> None:
    assert FULL.outcomes(STOPPING, Action.STOP) == (STOPPED, ERROR)
    assert FULL.outcomes(STOPPING, Action.DESTROY) == (FINISH,)
    assert FULL.outcomes(RUNNING) == ()


def test_settled_and_spontaneous_tell_what_happens_by_itself() -> None:
    assert [state for state in FULL.states if not FULL.settled(state)] == [PENDING, STOPPING]
    assert FULL.spontaneous(RUNNING) == {STOPPED, ERROR}
    assert FULL.spontaneous(STOPPED) == frozenset()


@pytest.mark.parametrize(
    ("state", "action", "expected"),
    [
        (STOPPED, Action.DESTROY, (Action.DESTROY,)),
        (RUNNING, Action.DESTROY, (Action.STOP, Action.DESTROY)),
        (SUSPENDED, Action.DESTROY, (Action.RESUME, Action.STOP, Action.DESTROY)),
        (STOPPED, Action.SUSPEND, (Action.START, Action.SUSPEND)),
        (RUNNING, Action.CREATE, None),
        (FINISH, Action.START, None),
        (ERROR, Action.START, None),
    ],
)
def test_route_is_the_shortest_and_throws_nothing_away(
    state: State, action: Action, expected: tuple[Action, ...] | None
) -> None:
    assert FULL.route(state, action) == expected


def test_narrowed_leaves_actions_out_and_is_checked_anew() -> None:
    assert FULL.narrowed([Action.REBOOT]).actions(RUNNING) == (Action.STOP, Action.SUSPEND)
    with pytest.raises(MachineError, match="finish cannot be reached from suspended"):
        FULL.narrowed([Action.RESUME])


def test_a_machine_is_a_value() -> None:
    assert machine(CREATED, DESTROYED) == machine(CREATED, DESTROYED)
    assert len({machine(CREATED, DESTROYED), machine(CREATED, DESTROYED), FULL}) == 2
    assert machine(CREATED, DESTROYED) != "a machine"
    assert FULL.declared_actions == frozenset(Action)
    assert repr(machine(CREATED, DESTROYED)) == "StateMachine(start, running, finish)"


def test_a_sentence_says_what_triggers_it() -> None:
    assert RUNNING.to(STOPPED).on(Action.STOP) == Transition(RUNNING, (STOPPED,), Trigger.ACTION, Action.STOP)
    assert RUNNING.to(STOPPED).automatically() == Transition(RUNNING, (STOPPED,), Trigger.AUTOMATIC)
    assert RUNNING.to(STOPPED).spontaneously().trigger is Trigger.SPONTANEOUS
    assert isinstance(FULL, StateMachine)
