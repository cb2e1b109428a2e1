"""Words on standard error: one line for each error and each note; JSON, one object per line, for whoever asked for JSON."""

from __future__ import annotations

from dcctl.errors import Partial, Problems
from dcctl.render.json_text import compact
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.errors import DcctlError
    from dcctl.render.options import Format
    from dcctl.render.terminal import Terminal

PROGRAM = "dcctl"

_OF_CONNECTIONS = ("unreachable", "auth")


def error(error: DcctlError, format: Format, terminal: Terminal) -> None:  # noqa: A002  the word that the option has
    """Write an error and what a console said before it; of a ``Partial`` each failure first, of ``Problems`` each problem."""
    if format.lines_of_json:
        for each in _failures(error):
            terminal.write(compact({"error": each.as_data()}) + "\n")
        return
    for each in _failures(error):
        for problem in each.problems if isinstance(each, Problems) else (each,):
            lead = f"{PROGRAM}: " if problem.where is None else f"{visible(problem.where)}: "
            terminal.write(f"{terminal.paint(lead, 'bold red')}{sentence(problem)}\n")
            for line in problem.console:
                terminal.write(terminal.paint(f"{PROGRAM}: its console: {visible(line)}", "dim") + "\n")


def note(text: str, format: Format, terminal: Terminal) -> None:  # noqa: A002  as above
    """Write something that is good to know, in a whole sentence or a few words."""
    if format.lines_of_json:
        terminal.write(compact({"note": text}) + "\n")
    else:
        terminal.write(terminal.paint(f"{PROGRAM}: {visible(text)}", "dim") + "\n")


def sentence(error: DcctlError) -> str:
    """``cannot start web: it is running. Allowed: reboot, stop.``

    What a provider's library says of a connection, or of what nobody has named, does not tell which of several realms is meant:
    ``east: libvirt: ...``.
    """
    message = visible(error.message)
    realms = error.realms if error.realm is None else (error.realm,)
    about_a_realm = error.code in _OF_CONNECTIONS or error.resource is None
    if about_a_realm and realms and not any(_names(error.message, realm) for realm in realms):
        message = f"{visible(', '.join(realms))}: {message}"
    if not error.hint:
        return message
    return f"{_ended(message)} {_ended(_begun(visible(error.hint)))}"


def _names(message: str, realm: str) -> bool:
    """Whether the realm stands there as a word, with or without quotes and commas: ``status`` does not name ``us``."""
    words = "".join(each if each.isalnum() or each in "-_." else " " for each in message).split()
    return any(word.strip(".") == realm for word in words)


def _failures(error: DcctlError) -> Iterator[DcctlError]:
    if isinstance(error, Partial):
        yield from error.failures
    yield error


def _begun(text: str) -> str:
    """With a capital letter, unless it begins with a command."""
    return text if text.startswith(f"{PROGRAM} ") else text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
