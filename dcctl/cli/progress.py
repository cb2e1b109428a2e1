"""What a person sees while something takes long: one line on standard error, gone when it is done. Nothing if nobody looks.

Not Rich's: its live displays hide the cursor, and a program that dies of the second Ctrl-C would leave it hidden.
"""

from __future__ import annotations

from collections import deque
from time import monotonic

from dcctl.job import Job
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event, Thread
    from types import TracebackType

    from dcctl.cli.session import Session

PATIENCE_SECONDS = 0.3
"""What is done sooner needs no line."""
REDRAW_SECONDS = 0.1
BAR_WIDTH = 24
WINDOW_SECONDS = 10.0
"""Rate and time left are those of the last seconds: what an earlier attempt had fetched, or a quick beginning, says nothing about the rest."""

_MIB = 1 << 20

_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """A line for what is done to one thing or several. The jobs that it hands out report their stages and bytes to it."""

    def __init__(self, session: Session, title: str) -> None:
        self._session = session
        self._stream = session.environment.stderr
        self._drawn = self._stream.isatty() and not session.format.lines_of_json
        self._title = visible(title)
        self._stages: dict[str, str] = {}
        self._amounts: deque[tuple[float, int, int]] = deque()  # when, bytes done, of how many
        self._began = monotonic()
        self._ended: Event | None = None
        self._thread: Thread | None = None

    def job(self, resource: str) -> Job:
        """A job whose stages are shown beside the name, each on a line of its own with ``-v``."""
        if self._drawn or self._session.verbose:
            job = Job(report=lambda stage: self._report(resource, stage), progress=self._move)
        else:
            job = Job()
        self._session.add_job(job)
        return job

    def __enter__(self) -> Progress:
        if self._drawn:
            from threading import Event, Thread  # noqa: PLC0415  3 ms, on a terminal only

            self._ended = Event()
            self._thread = Thread(target=self._draw, args=(self._ended,), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ended is not None and self._thread is not None:
            self._ended.set()
            self._thread.join()

    def _report(self, resource: str, stage: str) -> None:
        self._stages[resource] = stage
        self._amounts.clear()
        if self._session.verbose:
            self._session.note(f"{resource}: {stage}")

    def _move(self, done: int, total: int) -> None:
        now = monotonic()
        amounts = self._amounts
        if amounts and done < amounts[-1][1]:  # begun anew
            amounts.clear()
        if len(amounts) > 1 and now - amounts[-2][0] < REDRAW_SECONDS:
            amounts.pop()  # nobody sees more than what is drawn
        amounts.append((now, done, total))
        while len(amounts) > 2 and now - amounts[0][0] > WINDOW_SECONDS:
            amounts.popleft()

    def _draw(self, ended: Event) -> None:
        if ended.wait(PATIENCE_SECONDS):
            return
        while True:
            self._write(_CLEAR_LINE + self._text()[: self._width() - 1])
            if ended.wait(REDRAW_SECONDS):
                self._write(_CLEAR_LINE)
                return

    def _width(self) -> int:
        from dcctl.render.terminal import Terminal  # noqa: PLC0415  loaded already

        return Terminal(self._stream, color="never", environ=self._session.environment.environ).width

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal has gone; the work goes on
            self._drawn = False

    def _text(self) -> str:
        stage = f": {visible(next(iter(self._stages.values())))}" if len(self._stages) == 1 else ""
        amounts = tuple(self._amounts)  # another thread adds to them
        if not amounts:
            return f"{self._title}{stage} ({monotonic() - self._began:.0f} s)"
        (first, before, _), (last, done, total) = amounts[0], amounts[-1]
        rate = (done - before) / (last - first) if last > first else 0.0
        return f"{self._title}{stage} {bar(done, total, rate)}"


def bar(done: int, total: int, rate: float) -> str:
    """``[######----]  58 % of 300 MiB, 41.0 MiB/s, 3 s left``. ``rate``: bytes a second; ``total`` 0: nobody knows."""
    speed = f", {rate / _MIB:.1f} MiB/s" if rate else ""
    if not total:
        return f"{done / _MIB:.0f} MiB{speed}"
    share = min(1.0, done / total)
    filled = int(share * BAR_WIDTH)
    left = f", {_time(max(0, total - done) / rate)} left" if rate else ""
    return f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}] {share:4.0%} of {total / _MIB:.0f} MiB{speed}{left}"


def _time(seconds: float) -> str:
    """``42 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
