"""The handle through which a driver reports what it is doing and learns that it should stop."""

from __future__ import annotations

from time import monotonic, sleep

from dcctl.errors import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# How long a paused worker may take to notice that it was cancelled.
SLICE_SECONDS = 0.1


class Job:
    """One piece of work. Made by the core; given to the driver; safe to use from several threads.

    Worker threads never see KeyboardInterrupt: the main thread calls ``cancel()``, and the next ``check()``, ``stage()`` or ``pause()``
    raises ``Cancelled``. What runs after that (rolling back) must not call them.
    """

    def __init__(
        self,
        report: Callable[[str], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._report = report
        self._progress = progress
        self._cancelled = False
        self.reached: str | None = None

    def stage(self, name: str) -> None:
        """Say what begins now, in a word or two: ``disk``, ``seed``, ``start``. A point where the work may be cancelled."""
        self.check()
        self.reached = name
        if self._report is not None:
            self._report(name)

    def progress(self, done: int, total: int) -> None:
        """Say how many bytes of how many are done; a total of 0: nobody knows. A point where the work may be cancelled."""
        self.check()
        if self._progress is not None:
            self._progress(done, total)

    def check(self) -> None:
        """Raise ``Cancelled`` if somebody asked to stop."""
        if self._cancelled:
            raise Cancelled("cancelled")

    def pause(self, seconds: float) -> None:
        """Sleep, but notice within a tenth of a second that somebody asked to stop."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self.check()
            sleep(min(left, SLICE_SECONDS))
        self.check()

    def cancel(self) -> None:
        """Ask the work to stop at its next point. Called by the core only."""
        self._cancelled = True
