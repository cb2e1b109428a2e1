"""How a program fails: its exit status is one of dcctl's own, its words become the message. One table, taken from the errors themselves."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from dcctl.errors import (
    AuthenticationFailed,
    Cancelled,
    Capacity,
    ConfigError,
    Conflict,
    DriverError,
    Failed,
    NotAllowed,
    NotFound,
    NotSupported,
    Timeout,
    Unreachable,
    Usage,
)
from dcctl.words import visible
from dcctl_drivers.exec.answers import decode, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.errors import DcctlError
    from dcctl_drivers.exec.process import Ended
    from dcctl_drivers.exec.program import Program

KINDS: tuple[type[DcctlError], ...] = (
    Failed,
    Usage,
    ConfigError,
    DriverError,
    NotFound,
    NotAllowed,
    Conflict,
    NotSupported,
    Unreachable,
    AuthenticationFailed,
    Timeout,
    Capacity,
    Cancelled,
)
"""What a program may fail with. The first of several with one exit status is what the status alone means; ``code`` tells them apart."""

_LONGEST_MESSAGE = 500
_SHELL = {
    126: "a shell says so of a command that is not executable",
    127: "a shell says so of a command that it cannot find",
}


@dataclass(frozen=True)
class _Said:
    """What the program says of its failure."""

    message: str = ""
    hint: str = ""
    code: str | None = None


def failure(ended: Ended, program: Program, secrets: tuple[str, ...]) -> DcctlError:
    """The error that the program's end means. Secrets that it printed are taken out; what else it said is seen with --debug."""
    said = _said(ended, program)
    kind = _kind(ended, program, said.code)
    error = kind(_clean(said.message, secrets), hint=_clean(said.hint, secrets) or None)
    if ended.log:
        lines = "\n".join(visible(line) for line in _hide(ended.log, secrets).splitlines())
        error.add_note(f"what {program} said on standard error:\n{lines}")
    return error


def _said(ended: Ended, program: Program) -> _Said:
    """From the error object if it printed one, else the last line on standard error."""
    values = decode(ended.output)
    found = values.get("error") if isinstance(values, dict) else None
    if found is None:
        last = next((line for line in reversed(ended.log.splitlines()) if line.strip()), "")
        return _Said(_sentence(ended, program, last))
    if not isinstance(found, dict) or not isinstance(found.get("message"), str) or not found["message"].strip():
        raise _broken(program, f"error is {shown(found)}; expected an object with a message")
    hint, code = found.get("hint"), found.get("code")
    for name, value in (("hint", hint), ("code", code)):
        if value is not None and not isinstance(value, str):
            raise _broken(program, f"error.{name} is {shown(value)}; expected a text")
    return _Said(found["message"], hint or "", code)


def _kind(ended: Ended, program: Program, code: str | None) -> type[DcctlError]:
    fitting = [kind for kind in KINDS if kind.exit_status == ended.status]
    if code is None:
        return DriverError if ended.status in _SHELL else fitting[0] if fitting else Failed
    for kind in fitting:
        if kind.code == code:
            return kind
    expected = f"one of {', '.join(kind.code for kind in fitting)}" if fitting else "none"
    raise _broken(program, f"error.code is {shown(code)} with the exit status {ended.status}; expected {expected}")


def _broken(program: Program, what: str) -> DriverError:
    return DriverError(f"in the answer of {program}, {what}", hint="see dcctl-exec(7)", where=program.where)


def _sentence(ended: Ended, program: Program, last: str) -> str:
    """The program's own words where the status is one of ours; otherwise also what became of it."""
    if last and any(kind.exit_status == ended.status for kind in KINDS):
        return last
    if ended.status < 0:
        end = f"was killed by {_signal(-ended.status)}"
    else:
        reason = f"; {_SHELL[ended.status]}" if ended.status in _SHELL else ""
        end = f"failed with exit status {ended.status}{reason}"
    return f"{program} {end}" + (f": {last}" if last else "")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        return f"signal {number}"


def _clean(text: str, secrets: tuple[str, ...]) -> str:
    """One line, without secrets and control characters, and no longer than anybody reads."""
    return visible(" ".join(_hide(text, secrets).split()))[:_LONGEST_MESSAGE]


def _hide(text: str, secrets: tuple[str, ...]) -> str:
    for hidden in secrets:
        text = text.replace(hidden, "(secret)")
    return text
