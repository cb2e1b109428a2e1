"""Noticing that code does I/O, by the audit events that the interpreter raises: files, sockets, processes, databases.

A provider's library written in C raises none of them; what it does when it connects is out of sight.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LOUD = frozenset(
    (
        "open",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.system",
        "os.posix_spawn",
        "socket.connect",
        "socket.getaddrinfo",
        "sqlite3.connect",
        "subprocess.Popen",
    )
)
_CODE = (".py", ".pyc", ".so")  # an import inside a function reads files, too

_listeners: dict[int, list[str]] = {}
_installed: list[bool] = []


@contextmanager
def listening() -> Iterator[list[str]]:
    """The audit events of this thread while the context lasts, as texts."""
    if not _installed:
        sys.addaudithook(_hear)  # can never be removed; with no listener it costs one look-up
        _installed.append(True)
    heard: list[str] = []
    _listeners[get_ident()] = heard
    try:
        yield heard
    finally:
        del _listeners[get_ident()]


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _listeners and event in _LOUD and (heard := _listeners.get(get_ident())) is not None:
        subject = str(arguments[0]) if arguments else ""
        if not subject.endswith(_CODE):
            heard.append(f"{event} {subject}")
