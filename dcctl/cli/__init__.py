"""The command line. ``main()`` is the only place that ends the program."""

from __future__ import annotations

import _signal  # built in; the module signal costs 5 ms
import os
import sys
from errno import EBADF  # built in

from dcctl import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

PIPE_BROKEN = 128 + _signal.SIGPIPE
ENDED_BY_SIGNAL = (128 + _signal.SIGHUP, 128 + _signal.SIGINT, 128 + _signal.SIGTERM)
"""What a shell shows when a program died of a signal."""


def main() -> NoReturn:
    """Run the command that stands in ``sys.argv`` and end the process with its exit status."""
    # Until something begins that must be rolled back, Ctrl-C kills at once and without a traceback.
    if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:  # as the shell's & leaves it
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        _end(0, f"dcctl {__version__}\n")
    import gc  # noqa: PLC0415  built in

    # 7 ms of start-up; Session.begin_work() turns it on again.
    gc.disable()
    from dcctl.cli.environment import of_this_process  # noqa: PLC0415  --version needs none of it
    from dcctl.cli.run import run  # noqa: PLC0415  40 ms with Typer

    _end(run(arguments, of_this_process()))


def _end(status: int, last_words: str = "") -> NoReturn:
    """Flush and leave without tearing the interpreter down, which costs 8 ms. What died of a signal does so really."""
    try:
        if sys.stdout is not None:
            sys.stdout.write(last_words)
            sys.stdout.flush()
        elif last_words:
            raise OSError(EBADF, os.strerror(EBADF))
    except BrokenPipeError:
        status = status or PIPE_BROKEN
    except (OSError, ValueError) as error:
        if status == 0:  # else something was said already, perhaps this
            status = 1
            _say(f"dcctl: cannot write output: {getattr(error, 'strerror', None) or error}\n")
    _say("")
    if status in ENDED_BY_SIGNAL:
        # A shell's loop goes on after a program that only returns 130.
        _signal.signal(status - 128, _signal.SIG_DFL)
        os.kill(os.getpid(), status - 128)
    os._exit(status)


def _say(text: str) -> None:
    """Write to standard error if that is possible; there is nobody left to tell if it is not."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except (OSError, ValueError):
        pass
