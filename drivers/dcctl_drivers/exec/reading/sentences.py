"""The section ``states`` of a description, with the place of everything that is wrong with it."""

from __future__ import annotations

import re

from dcctl.model import Action, State
from dcctl.states import MachineError
from dcctl.strict_yaml import kind
from dcctl_drivers.exec.sentences import AFTER, AUTOMATICALLY, SPONTANEOUSLY, machine_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.checker import Checker
    from dcctl.strict_yaml import Node
    from dcctl_drivers.exec.form import Sentence

_STATES = tuple(state.value for state in State)
_ACTIONS = tuple(action.value for action in Action)
_KEYS = (*_ACTIONS, AUTOMATICALLY, SPONTANEOUSLY, *(AFTER + action for action in _ACTIONS))


def read_sentences(checker: Checker, node: Node) -> list[Sentence]:
    """The sentences; whatever is wrong with them, one by one or as a machine, is noted at its place."""
    before = len(checker.problems)
    places: dict[str, Node] = {}
    used: dict[str, Node] = {}
    sentences: list[Sentence] = []
    for source, pair in checker.mapping(node, "states").items():
        if source not in _STATES:
            checker.unknown(pair.key, f"states: {source} is not a state", source, _STATES)
            continue
        places[source] = pair.key
        for key, way in checker.mapping(pair.value, f"states: {source}").items():
            if key not in _KEYS:
                checker.unknown(way.key, f"states: {source} has an unknown key {key}", key, _KEYS)
                continue
            targets = _targets(checker, f"states: {source}: {key}", way.value, used, several=key not in _ACTIONS)
            after = key.removeprefix(AFTER) if key.startswith(AFTER) else None
            sentences.append((source, targets, AUTOMATICALLY if after else key, after))
    if len(checker.problems) == before:
        try:
            machine_of(sentences)
        except MachineError as error:
            message = f"states: {error.message}" + (f"; {error.hint}" if error.hint else "")
            checker.wrong(_place(error.message, places, used, node), message)
    return sentences


def _targets(checker: Checker, what: str, node: Node, used: dict[str, Node], *, several: bool) -> tuple[str, ...]:
    """The states that a way leads to; ``used`` learns where each is named first."""
    items = node.value if isinstance(node.value, list) else [node]
    if not items or (len(items) > 1 and not several):
        checker.wrong(node, f"{what} must lead to {'at least' if several else 'exactly'} one state, not {len(items)}")
    targets = []
    for item in items:
        if not isinstance(item.value, str):
            checker.wrong(item, f"{what} must be the name of a state, not {kind(item)}")
        elif item.value not in _STATES:
            checker.unknown(item, f"{what}: {item.value} is not a state", item.value, _STATES)
        else:
            targets.append(item.value)
            used.setdefault(item.value, item)
    return tuple(targets)


def _place(message: str, places: dict[str, Node], used: dict[str, Node], otherwise: Node) -> Node:
    """Where the state stands that the message is about: messages of ``machine`` name their offender.

    Better the line where something leaves that state than one where something leads to it.
    """
    words = [word for word in re.findall("[a-z]+", message) if word in _STATES and word != State.START]
    for known in (places, used):
        for word in words:
            if word in known and (known is places or word != State.FINISH):
                return known[word]
    return places.get(State.START, otherwise)
