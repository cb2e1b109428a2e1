"""Jobs that come to grief at a stage of the work that the driver reports."""

from __future__ import annotations

from dcctl.testing.points import WatchedJob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dcctl.job import Job


def cancel_before(job: Job) -> None:
    """The stage is never entered: ``job.stage`` raises."""
    job.cancel()
    job.check()


def cancel_within(job: Job) -> None:
    """The stage is entered, and learns of it when it asks the next time, if it does."""
    job.cancel()


def interrupted(position: int, interrupt: Callable[[Job], None]) -> Job:
    """A job to which ``interrupt`` happens when it reaches its stage number ``position``, counted from 0."""
    reached: list[str] = []

    def report(stage: str) -> None:
        if len(reached) == position:
            interrupt(job)
        reached.append(stage)

    job = WatchedJob(report=report)
    return job
