"""State machines: ``machine()`` checks and freezes what a driver declares; ``StateMachine`` answers questions about it.

A table to consult, not a runtime: it never changes an instance. Deltacloud's DSL (``state_machine.rb``) accepted half sentences and any
word; here each mistake is refused when the driver's class is made, naming the offender.
"""

from __future__ import annotations

from dcctl.errors import DcctlError
from dcctl.model import Action, HalfSentence, State, Transition, Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dcctl.model import Instance


class MachineError(DcctlError):
    """A declared state machine makes no sense. Raised while the driver's module is imported."""

    code = "driver"
    exit_status = 3


class StateMachine:
    """Which action leads from which state to which. Immutable; made by ``machine()``."""

    __slots__ = ("_actions", "_automatic", "_steps", "declared_actions", "states", "transitions")

    def __init__(self, transitions: Iterable[Transition]) -> None:
        self.transitions = tuple(transitions)
        self.states = tuple(dict.fromkeys(s for t in self.transitions for s in (t.source, *t.targets)))
        self._steps: Mapping[tuple[State, Action], State] = {
            (t.source, t.action): t.targets[0] for t in self.transitions if t.action is not None
        }
        self._automatic: Mapping[tuple[State, Action | None], tuple[State, ...]] = {
            (t.source, t.after): t.targets for t in self.transitions if t.trigger is Trigger.AUTOMATIC
        }
        self.declared_actions = frozenset(action for _, action in self._steps)
        """Every action that some sentence names."""
        self._actions: dict[State, tuple[Action, ...]] = {}

    def step(self, state: State, action: Action) -> State | None:
        """The state that follows at once when ``action`` is asked for in ``state``; None if it is not allowed there."""
        return self._steps.get((state, action))

    def actions(self, state: State) -> tuple[Action, ...]:
        """What may be asked for in ``state``, in the order of ``Action``; create is never among them."""
        known = self._actions.get(state)
        if known is None:  # kept, since a list asks for each of a thousand instances
            known = tuple(a for a in Action if a is not Action.CREATE and (state, a) in self._steps)
            self._actions[state] = known
        return known

    def stopping(self, state: State) -> bool:
        """Whether ``state`` is one that stop passes through: what a driver that can pull the plug may cut short."""
        return bool(self.outcomes(state, Action.STOP)) and any(
            target is state for (_, action), target in self._steps.items() if action is Action.STOP
        )

    def outcomes(self, state: State, after: Action | None = None) -> tuple[State, ...]:
        """Where ``state`` goes by itself when ``after`` led into it: the expected state first; empty when it stays."""
        return self._automatic.get((state, after)) or self._automatic.get((state, None), ())

    def settle(self, state: State, after: Action | None = None) -> State:
        """Where an instance that is in ``state`` because of ``after`` should come to rest."""
        while outcomes := self.outcomes(state, after):
            state = outcomes[0]
        return state

    def settled(self, state: State) -> bool:
        """Whether nothing follows ``state`` by itself, whatever was asked."""
        return not any(source is state for source, _ in self._automatic)

    def spontaneous(self, state: State) -> frozenset[State]:
        """Where an instance may go from ``state`` without anybody asking."""
        return frozenset(
            target
            for t in self.transitions
            if t.source is state and t.trigger is Trigger.SPONTANEOUS
            for target in t.targets
        )

    def route(self, state: State, action: Action) -> tuple[Action, ...] | None:
        """The shortest series of actions from ``state`` that ends with ``action``; None if there is none.

        Every action but the last is one that must be waited for until it settles. Create is never part of a route, nor is destroy
        except as its end: nothing is thrown away on the way to something else.
        """
        seen = {state}
        frontier: list[tuple[State, tuple[Action, ...]]] = [(state, ())]
        for here, path in frontier:
            if self.step(here, action) is not None:
                return (*path, action)
            for step in self.actions(here):
                if step is Action.DESTROY:
                    continue
                there = self.settle(self._steps[(here, step)], step)
                if there not in seen:
                    seen.add(there)
                    frontier.append((there, (*path, step)))
        return None

    def narrowed(self, without: Iterable[Action]) -> StateMachine:
        """This machine less some actions, for an endpoint that can do less than its driver's class; checked anew."""
        removed = frozenset(without)
        return machine(*(t for t in self.transitions if t.action not in removed or t.action is None))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StateMachine) and other.transitions == self.transitions

    def __hash__(self) -> int:
        return hash(self.transitions)

    def __repr__(self) -> str:
        return f"StateMachine({', '.join(self.states)})"


def allowed(machine: StateMachine, instance: Instance) -> tuple[Action, ...]:
    """What may be done to this instance now: what its state allows, less what the driver refuses for it."""
    return tuple(action for action in machine.actions(instance.state) if action not in instance.refused)


def machine(*sentences: Transition | HalfSentence) -> StateMachine:
    """Check the sentences and freeze them. Raises ``MachineError`` naming the offender.

    Refused: half a sentence, one action with two ways, an action that leads to several states, unreachable states, circles of automatic
    transitions, anything that leaves finish or enters start, and a state other than finish and unknown from which finish cannot be reached.
    """
    transitions = tuple(_whole(sentence) for sentence in sentences)
    _check_sentences(transitions)
    _check_ways(transitions)
    result = StateMachine(transitions)
    _check_circles(result)
    _check_reachable(result)
    _check_finish(result)
    return result


def _whole(sentence: Transition | HalfSentence) -> Transition:
    if isinstance(sentence, Transition):
        return sentence
    if isinstance(sentence, HalfSentence):
        raise MachineError(
            f"half a sentence: {_said(sentence)}",
            hint="finish it with .on(action), .automatically() or .spontaneously()",
        )
    raise MachineError(f"not a sentence: {sentence!r}", hint="write State.A.to(State.B).on(Action.C)")


def _said(sentence: Transition | HalfSentence) -> str:
    return f"{sentence.source}.to({', '.join(map(str, sentence.targets))})"


def _check_sentences(transitions: tuple[Transition, ...]) -> None:
    if not transitions:
        raise MachineError("the state machine is empty", hint="begin with State.START.to(...).on(Action.CREATE)")
    for t in transitions:
        _check_words(t)
        if not t.targets:
            raise MachineError(f"{_said(t)} leads nowhere", hint="name at least one target")
        if len(set(t.targets)) < len(t.targets):
            raise MachineError(f"{_said(t)} names a target twice")
        if t.trigger is Trigger.ACTION and (t.action is None or len(t.targets) != 1):
            raise MachineError(f"{_said(t)}.on({t.action}) must lead to exactly one state")
        if t.source is State.FINISH:
            raise MachineError(f"{_said(t)} leaves finish", hint="nothing follows finish")
        if State.START in t.targets:
            raise MachineError(f"{_said(t)} enters start", hint="start is before create; nothing leads back to it")
        if (t.source is State.START) != (t.action is Action.CREATE):
            raise MachineError(f"{_said(t)}: create leaves start, and nothing else does")
        if t.trigger is not Trigger.ACTION and t.source in t.targets:
            raise MachineError(f"{_said(t)} by itself changes nothing")


def _check_words(t: Transition) -> None:
    """States and actions are members of their enums; a type checker says so too, but authors may not run one."""
    for state in (t.source, *t.targets):
        if not isinstance(state, State):
            raise MachineError(f"{state!r} is not a State", hint=f"one of: {', '.join(State)}")
    for action in (t.action, t.after):
        if action is not None and not isinstance(action, Action):
            raise MachineError(f"{action!r} is not an Action", hint=f"one of: {', '.join(Action)}")


def _check_ways(transitions: tuple[Transition, ...]) -> None:
    """Each action has one way out of a state, and each state one automatic way for each action that led there."""
    steps: set[tuple[State, Action]] = set()
    automatic: set[tuple[State, Action | None]] = set()
    spontaneous: set[tuple[State, State]] = set()
    for t in transitions:
        if t.action is not None:
            if (t.source, t.action) in steps:
                raise MachineError(f"{t.action} has two ways out of {t.source}")
            steps.add((t.source, t.action))
        elif t.trigger is Trigger.AUTOMATIC:
            if (t.source, t.after) in automatic:
                condition = f" after {t.after}" if t.after else ""
                raise MachineError(
                    f"{t.source} has two automatic ways{condition}", hint="list the targets in one sentence"
                )
            automatic.add((t.source, t.after))
        else:
            for target in t.targets:
                if (t.source, target) in spontaneous:
                    raise MachineError(f"{t.source} spontaneously becomes {target} twice")
                spontaneous.add((t.source, target))
    if not any(action is Action.CREATE for _, action in steps):
        raise MachineError("nothing can be created", hint="add State.START.to(...).on(Action.CREATE)")
    entered = {(t.targets[0], t.action) for t in transitions if t.action is not None}
    for t in transitions:
        if t.after is not None and (t.source, t.after) not in entered:
            raise MachineError(f"{_said(t)}.automatically(after={t.after}): {t.after} never leads to {t.source}")


def _check_circles(candidate: StateMachine) -> None:
    edges: dict[State, set[State]] = {}
    for t in candidate.transitions:
        if t.trigger is Trigger.AUTOMATIC:
            edges.setdefault(t.source, set()).update(t.targets)
    for start in edges:
        reached = _closure(start, edges)
        if start in reached:
            raise MachineError(
                f"{start} comes back to itself automatically", hint="automatic transitions must come to rest"
            )


def _check_reachable(candidate: StateMachine) -> None:
    edges: dict[State, set[State]] = {}
    for t in candidate.transitions:
        edges.setdefault(t.source, set()).update(t.targets)
    reached = _closure(State.START, edges)
    for state in candidate.states:
        if state not in reached and state is not State.START:
            raise MachineError(f"{state} cannot be reached from start")


def _check_finish(candidate: StateMachine) -> None:
    """Finish must be reachable by asking: by actions and what follows them automatically, never by luck alone."""
    backwards: dict[State, set[State]] = {}
    for t in candidate.transitions:
        if t.trigger is not Trigger.SPONTANEOUS:
            for target in t.targets:
                backwards.setdefault(target, set()).add(t.source)
    ending = _closure(State.FINISH, backwards)
    for state in candidate.states:
        if state not in ending and state not in (State.FINISH, State.UNKNOWN):
            raise MachineError(f"finish cannot be reached from {state}", hint="every instance must be destroyable")


def _closure(start: State, edges: Mapping[State, set[State]]) -> set[State]:
    """Every state that is reached from ``start`` by one step or more."""
    reached: set[State] = set()
    frontier = list(edges.get(start, ()))
    while frontier:
        state = frontier.pop()
        if state not in reached:
            reached.add(state)
            frontier.extend(edges.get(state, ()))
    return reached
