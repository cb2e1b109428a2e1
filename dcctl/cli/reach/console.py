"""``dcctl instance console``: the terminal of the person becomes the terminal of the guest, until ^] gives it back."""

from __future__ import annotations

import _signal  # built in; the module signal costs 5 ms
import os
from contextlib import contextmanager
from select import select

from dcctl.errors import Cancelled, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket
    from types import FrameType

    from dcctl.cli.session import Session

ESCAPE = b"\x1d"
"""^], as for telnet, virsh and most others."""

_ATTENTION_SECONDS = 0.25
"""How long a signal that asks us to stop may go unnoticed."""


def show_console(session: Session, name: str, *, force: bool, read_only: bool) -> None:
    """Connect, and stay until the person leaves, the console ends, or nobody reads any more."""
    environment = session.environment
    if not read_only and not (environment.stdin.isatty() and environment.stdout.isatty()):
        raise Usage(
            "a console needs a terminal at both ends",
            hint="add --read-only to see what it says; run a command with: dcctl instance ssh, or exec",
        )
    instance = session.cloud.instance(name)
    with session.cloud.inside.console(instance, force=force) as connected:
        if read_only:
            session.note(f"reading the console of {instance.name}")
            _copy(session, connected, None)
            session.note(f"the console of {instance.name} ended")
            return
        session.note(f"this is the console of {instance.name}; ^] leaves it")
        _heed_signals(session)
        with _raw(environment.stdin.fileno()):
            left = _copy(session, connected, environment.stdin.fileno())
    if left:
        session.note(f"left the console of {instance.name}")
    else:
        session.note(f"the console of {instance.name} ended: it is off, or somebody else is at it now")


def _heed_signals(session: Session) -> None:
    """A signal ends the loop instead of the process, which must give the terminal back first. Keys send none there."""

    def note(number: int, _frame: FrameType | None) -> None:
        session.signal = session.signal or number

    for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, note)


def _copy(session: Session, connected: socket, keyboard: int | None) -> bool:
    """Both ways, as long as both ends are there; whether the person left first.

    Raises ``Cancelled`` after a signal, ``BrokenPipeError`` when nobody reads.
    """
    screen = session.environment.stdout.fileno()
    sources = [connected.fileno(), *(() if keyboard is None else (keyboard,))]
    while session.signal is None:
        ready, _, _ = select(sources, [], [], _ATTENTION_SECONDS)
        if connected.fileno() in ready:
            said = connected.recv(1 << 16)
            if not said:
                return False
            _write(screen, said)
        if keyboard is not None and keyboard in ready:
            typed = os.read(keyboard, 1 << 10)
            before, escape, _ = typed.partition(ESCAPE)
            if before:
                connected.sendall(before)
            if escape or not typed:
                return True
    raise Cancelled("cancelled")


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


@contextmanager
def _raw(keyboard: int) -> Iterator[None]:
    """Every key goes to the guest, ^C too; afterwards the terminal is as it was."""
    import termios  # noqa: PLC0415  consoles only
    import tty  # noqa: PLC0415  likewise

    before = termios.tcgetattr(keyboard)
    tty.setraw(keyboard)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
