"""What a person sees while something takes long: one line on standard error, gone when it is done. Nothing if nobody looks.

Not Rich's: its live displays hide the cursor, and a program that dies of the second Ctrl-C would leave it hidden.
"""

from __future__ import annotations

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

_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """A line for what is done to one thing or several. The jobs that it hands out report their stages and bytes to it."""

    def __init__(self, session: Session, title: str) -> None:
        self._session = session
        self._stream = session.environment.stderr
        self._drawn = self._stream.isatty() and not session.format.lines_of_json
        self._title = visible(title)
        self._stages: dict[str, str] = {}
        self._amount: tuple[int, int] | None = None
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
        if self._session.verbose:
            self._session.note(f"{resource}: {stage}")

    def _move(self, done: int, total: int) -> None:
        self._amount = (done, total)

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
        seconds = monotonic() - self._began
        if self._amount is None:
            return f"{self._title}{stage} ({seconds:.0f} s)"
        return f"{self._title}{stage} {bar(*self._amount, seconds)}"


def bar(done: int, total: int, seconds: float) -> str:
    """``[######----]  58 % of 300 MiB, 41 MiB/s, 3 s left``."""
    share = min(1.0, done / total) if total else 1.0
    filled = int(share * BAR_WIDTH)
    rate = done / seconds if seconds > 0 else 0.0
    left = f", {(total - done) / rate:.0f} s left" if rate else ""
    mib = 1 << 20
    return f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}] {share:4.0%} of {total / mib:.0f} MiB, {rate / mib:.0f} MiB/s{left}"
