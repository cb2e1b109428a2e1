"""Signals while something is being changed: they flip a flag, and drivers roll back at the next ``job.check()``."""

from __future__ import annotations

import _signal  # built in; the module signal costs 5 ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def watch(stop: Callable[[int], None]) -> None:
    """Call ``stop`` with the number of the signal, in the main thread, whenever one asks the program to end.

    A second Ctrl-C kills at once, also in the middle of a provider's call. A second SIGTERM changes nothing: timeout(1) sends two.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        stop(number)

    for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
        if _signal.getsignal(number) != _signal.SIG_IGN:  # as nohup and the shell's & leave them
            _signal.signal(number, handle)
