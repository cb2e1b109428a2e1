"""What makes the kernel stop a program when dcctl itself is killed, so that a half-made instance is not finished behind everybody's back.

A pipe whose writing end only dcctl holds. The program inherits the reading end, which is set to send SIGTERM to the program's process
group as soon as something happens to it; the only thing that ever happens is that dcctl is gone. (``PR_SET_PDEATHSIG`` would reach one
process instead of the group, and needs code to run between fork and exec, which is not safe with threads.)
"""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress


class Lifeline:
    """One program's; ``reader`` is the descriptor that it must inherit."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def attach(self, group: int) -> None:
        """From now on the process group ends with us. Where the kernel cannot do that, it goes on until it writes to a closed pipe."""
        with suppress(OSError):
            fcntl.fcntl(self.reader, fcntl.F_SETOWN, -group)
            fcntl.fcntl(self.reader, fcntl.F_SETSIG, signal.SIGTERM)
            fcntl.fcntl(self.reader, fcntl.F_SETFL, os.O_ASYNC)

    def close(self) -> None:
        """The program has ended; what it left in the background is to stay."""
        with suppress(OSError):
            fcntl.fcntl(self.reader, fcntl.F_SETFL, 0)
        os.close(self.reader)
        os.close(self._writer)
