"""How a description names a program."""

from __future__ import annotations

import os

from dcctl.settings import duration
from dcctl.strict_yaml import kind, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.checker import Checker
    from dcctl.strict_yaml import Node
    from dcctl_drivers.exec.form import ProgramForm


def read_program(checker: Checker, what: str, node: Node, timeout: float) -> ProgramForm | None:
    """``./create``, ``[./rack, create]`` or ``{run: [./rack, create], timeout: 10m}``; what is wrong with it is noted."""
    command = node
    if isinstance(node.value, dict):
        values = checker.record(node, what, ("run", "timeout"), required=("run",))
        if "run" not in values:
            return None
        command = values["run"]
        if "timeout" in values:
            timeout = _timeout(checker, what, values["timeout"], timeout)
    parts = command.value if isinstance(command.value, list) else [command]
    if not parts:
        checker.wrong(command, f"{what} must name a program, not an empty list")
        return None
    words = []
    for part in parts:
        if not isinstance(part.value, str) or not part.value or "\0" in part.value:
            checker.wrong(part, f"{what} must be a program and its arguments, each a text, not {kind(part)}; quote it")
            return None
        words.append(part.value)
    path = os.path.expanduser(words[0])
    if "/" not in path:
        checker.wrong(command, f"{what} must be a path such as ./{path} or /usr/bin/{path}; dcctl does not search PATH")
        return None
    folder = os.path.dirname(checker.file)
    return {
        "arguments": (os.path.normpath(os.path.join(folder, path)), *words[1:]),
        "shown": " ".join(words),
        "timeout": timeout,
        "position": (command.line, command.column),
    }


def _timeout(checker: Checker, what: str, node: Node, default: float) -> float:
    try:
        seconds = duration(plain(node))
    except ValueError as problem:
        checker.wrong(node, f"{what}: timeout {problem}")
        return default
    if seconds <= 0:
        checker.wrong(node, f"{what}: timeout must be longer than that")
    return seconds
