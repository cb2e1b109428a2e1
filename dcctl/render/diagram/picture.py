"""What every kind of drawing shows: the states in their order, the arrows between them, and the words beside those."""

from __future__ import annotations

from dataclasses import dataclass

from dcctl.model import State, Trigger
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.model import Transition
    from dcctl.states import StateMachine


@dataclass(frozen=True)
class Picture:
    """What is to be drawn. ``title`` may come from outside (an instance's name): each drawing escapes it as its format asks for."""

    machine: StateMachine
    title: str
    current: State | None = None

    @property
    def caption(self) -> str:
        """The title and, in words too, where the instance is now; nothing in it controls a terminal or breaks a line."""
        title = visible(self.title)
        if self.current is None:
            return title
        if self.current not in self.machine.states:
            return f"{title}: now {self.current}, which is not part of its machine"
        return f"{title}: now {self.current}"


@dataclass(frozen=True)
class Arrow:
    """One target of one sentence. ``expected``: not merely where it may end instead."""

    source: State
    target: State
    trigger: Trigger
    label: str
    expected: bool


def arrows(machine: StateMachine) -> tuple[Arrow, ...]:
    """Every arrow of the machine, in the order in which the driver declares them."""
    return tuple(
        Arrow(t.source, target, t.trigger, _label(t, expected=target is t.targets[0]), expected=_expected(t, target))
        for t in machine.transitions
        for target in t.targets
    )


def _expected(transition: Transition, target: State) -> bool:
    return transition.trigger is not Trigger.SPONTANEOUS and target is transition.targets[0]


def _label(transition: Transition, *, expected: bool) -> str:
    if transition.action is not None:
        return str(transition.action)
    if transition.trigger is Trigger.SPONTANEOUS:
        return "any time"
    if transition.after is None:
        return "automatic" if expected else "instead"
    return f"after {transition.after}" if expected else f"instead, after {transition.after}"


def reading_order(machine: StateMachine) -> tuple[State, ...]:
    """The states as a person would tell them: by distance from start, what only happens by itself later, finish at the end.

    Every state but start has one before it that leads to it, which the layers rely on.
    """
    asked = {(a.source, a.target) for a in arrows(machine) if a.trigger is not Trigger.SPONTANEOUS}
    everything = {(a.source, a.target) for a in arrows(machine)}
    order = _reached([State.START], machine.states, asked)
    order = _reached(order, machine.states, everything)
    return tuple(sorted(order, key=lambda state: state is State.FINISH))


def _reached(begin: Iterable[State], states: Iterable[State], edges: set[tuple[State, State]]) -> list[State]:
    order = list(begin)
    for here in order:
        order.extend(state for state in states if state not in order and (here, state) in edges)
    return order
