"""The consoles of machines that do not exist: what they have said, and something that answers."""

from __future__ import annotations

from contextlib import contextmanager

from dcctl.nouns.consoles import ConsolePart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    from dcctl.model import Instance


def said(instance: Instance) -> bytes:
    """What the console has said until now: as much as it needs to be recognised."""
    created = instance.created.strftime("%Y-%m-%d %H:%M:%S UTC") if instance.created is not None else "once"
    return f"{instance.name} was made {created}; nothing here is real\r\n{instance.name} login: ".encode()


def part(instance: Instance, start: int, most: int) -> ConsolePart:
    """A part of it, as ``ConsoleLog`` has it."""
    everything = said(instance)
    if start < 0:
        start = max(0, len(everything) + start)
    elif start > len(everything):
        start = 0
    return ConsolePart(start, everything[start : start + most])


@contextmanager
def connected(instance: Instance) -> Iterator[socket]:
    """A console that says where one is, and repeats what is typed as a terminal without a program would."""
    from socket import socketpair  # noqa: PLC0415  consoles only
    from threading import Thread  # noqa: PLC0415  likewise

    theirs, ours = socketpair()

    def answer() -> None:
        with ours:
            try:
                ours.sendall(said(instance))
                while typed := ours.recv(1 << 10):
                    ours.sendall(typed.replace(b"\r", b"\r\n"))
            except OSError:
                return  # the person left while something was said

    thread = Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield theirs
    finally:
        theirs.close()
        thread.join()
