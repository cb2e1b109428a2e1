"""Becoming another program: it has the terminal, the signals and the exit status, as if the person had started it."""

from __future__ import annotations

import _signal  # built in; the module signal costs 5 ms
import os

from dcctl.errors import Failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from dcctl.cli.session import Session


def become(session: Session, command: Sequence[str], *, package: str) -> NoReturn:
    """Replace this process by the command, found through PATH, with the words as they are. ``package`` has it, if it is missing."""
    from shutil import which  # noqa: PLC0415  5 ms, for those who become something else

    environ = session.environment.environ
    program = which(command[0], path=environ.get("PATH"))
    if program is None:
        raise Failed(f"{command[0]} was not found", hint=f"install it: apt install {package}")
    session.close()
    for stream in (session.environment.stdout, session.environment.stderr):
        stream.flush()
    # Python ignores it, and what is ignored stays ignored in the new program: `dcctl instance ssh web yes | head` would not end.
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    os.execve(program, list(command), dict(environ))  # noqa: S606  no shell, and the program that PATH names
