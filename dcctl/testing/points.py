"""How long a driver works without looking whether it should stop: sentence 7."""

from __future__ import annotations

from time import monotonic

from dcctl.errors import Cancelled
from dcctl.job import Job
from dcctl.model import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class WatchedJob(Job):
    """A job that knows the longest time, in seconds, between two of its points, beginning and end of the work included."""

    def __init__(self, report: Callable[[str], None] | None = None) -> None:
        super().__init__(report)
        self.longest = 0.0
        self._last: float | None = None

    def begin(self) -> None:
        self._last = monotonic()

    def end(self) -> None:
        self._point()
        self._last = None

    def check(self) -> None:
        self._point()
        try:
            super().check()
        except Cancelled:
            self._last = None  # what runs now rolls back, and must not ask
            raise

    def _point(self) -> None:
        if self._last is not None:
            now = monotonic()
            self.longest = max(self.longest, now - self._last)
            self._last = now


class Attention:
    """What was noticed, for each kind of work: the longest time without a point, once for each time that it was done."""

    def __init__(self) -> None:
        self._longest: dict[str, list[float]] = {}

    def begin(self, arguments: tuple[Any, ...]) -> list[WatchedJob]:
        """The jobs among the arguments of a call, their time running."""
        jobs = [argument for argument in arguments if isinstance(argument, WatchedJob)]
        for job in jobs:
            job.begin()
        return jobs

    def end(self, work: Callable[..., object], arguments: tuple[Any, ...], jobs: list[WatchedJob]) -> None:
        actions = [argument.value for argument in arguments if isinstance(argument, Action)]
        kind: str = actions[0] if actions else getattr(work, "__name__", "work")
        for job in jobs:
            job.end()
            self._longest.setdefault(kind, []).append(job.longest)

    def lapses(self, seconds: float) -> dict[str, float]:
        """The kinds of work that went on for longer than that, with the time. Once may be the machine's fault: where a kind was done
        twice or more, it must have happened twice."""
        found = {}
        for kind, times in self._longest.items():
            ordered = sorted(times, reverse=True)
            time = ordered[min(1, len(ordered) - 1)]
            if time > seconds:
                found[kind] = time
        return found
