"""What a person sees while something takes long: one line on standard error, gone when it is done. Nothing if nobody looks."""

from __future__ import annotations

from dcctl.job import Job
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Timer
    from types import TracebackType
    from typing import IO

    from rich.progress import Progress as Bar
    from rich.progress import TaskID
    from rich.status import Status

    from dcctl.cli.session import Session

PATIENCE_SECONDS = 0.3
"""What is done sooner needs no line."""


class Progress:
    """A line with a spinner for what is done to instances; the jobs that it hands out report their stages to it."""

    def __init__(self, session: Session, title: str) -> None:
        self._stream = session.environment.stderr
        self._wanted = self._stream.isatty() and not session.format.lines_of_json
        self._title = visible(title)
        self._stages: dict[str, str] = {}
        self._status: Status | None = None
        self._timer: Timer | None = None
        self._ended = False

    def job(self, resource: str) -> Job:
        """A job whose stages are shown beside the name."""
        return Job(report=lambda stage: self._report(resource, stage)) if self._wanted else Job()

    def __enter__(self) -> Progress:
        if self._wanted:
            from threading import Timer  # noqa: PLC0415  3 ms, on a terminal only

            self._timer = Timer(PATIENCE_SECONDS, self._begin)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()  # it may be drawing just now
        if self._status is not None:
            self._status.stop()

    def _begin(self) -> None:
        from rich.console import Console  # noqa: PLC0415  45 ms, in a thread of its own while something else takes longer
        from rich.status import Status  # noqa: PLC0415  likewise

        status = Status(self._text(), console=Console(file=self._stream))
        if not self._ended:
            self._status = status
            status.start()

    def _report(self, resource: str, stage: str) -> None:
        self._stages[resource] = stage
        if self._status is not None:
            self._status.update(self._text())

    def _text(self) -> str:
        from rich.markup import escape  # noqa: PLC0415  Rich is loaded where this is called

        if len(self._stages) == 1:
            return escape(f"{self._title}: {visible(next(iter(self._stages.values())))}")
        return escape(self._title)


class TransferProgress:
    """A bar with the amount, the rate and the time left, for one file."""

    def __init__(self, session: Session, title: str) -> None:
        self._stream = session.environment.stderr
        self._wanted = self._stream.isatty() and not session.format.lines_of_json
        self._title = visible(title)
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def job(self) -> Job:
        """A job whose progress moves the bar."""
        return Job(progress=self._move) if self._wanted else Job()

    def __enter__(self) -> TransferProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _move(self, done: int, total: int) -> None:
        if self._bar is None or self._task is None:
            self._bar = _transfer_bar(self._stream)
            self._task = self._bar.add_task(self._title, total=total)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total)


def _transfer_bar(stream: IO[str]) -> Bar:
    from rich.console import Console  # noqa: PLC0415  45 ms, on a terminal only
    from rich.progress import (  # noqa: PLC0415  likewise
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
        transient=True,
    )
