"""The sentences of a state machine as a description has them: a mapping instead of method calls.

``running: {stop: stopping, spontaneously: [stopped, error]}`` says what
``State.RUNNING.to(State.STOPPING).on(Action.STOP)`` and ``State.RUNNING.to(State.STOPPED, State.ERROR).spontaneously()`` say.
"""

from __future__ import annotations

from dcctl.model import Action, State
from dcctl.states import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import Transition
    from dcctl.states import StateMachine
    from dcctl_drivers.exec.form import Sentence

AUTOMATICALLY, SPONTANEOUSLY, AFTER = "automatically", "spontaneously", "automatically after "


def machine_of(sentences: list[Sentence]) -> StateMachine:
    """The machine that the sentences describe. Raises ``MachineError``, which names the offender."""
    return machine(*map(_transition, sentences))


def _transition(sentence: Sentence) -> Transition:
    source, targets, trigger, after = sentence
    half = State(source).to(*map(State, targets))
    if trigger == AUTOMATICALLY:
        return half.automatically(after=None if after is None else Action(after))
    if trigger == SPONTANEOUSLY:
        return half.spontaneously()
    return half.on(Action(trigger))
