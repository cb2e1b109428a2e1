"""Timing whole processes in turn, so that what the machine does meanwhile hits all of them alike."""

from __future__ import annotations

import os
import pty
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


class BenchmarkError(Exception):
    """A candidate did not do what it should have: its time would mean nothing."""


@dataclass(frozen=True)
class Candidate:
    """One command. ``prepare`` runs before each run and is not counted; ``terminal``: output to a pseudo-terminal of 120 columns."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    prepare: Callable[[], None] | None = None
    terminal: bool = False
    limit: float | None = None  # what we want the ratio to be at most; reported beside it
    limit_mib: int | None = None  # the same for the peak of memory


# A program's peak begins with that of the process that starts it, so a small one starts it: 10 MiB, no floor for any Python program.
_PEAK = """
import os, sys
silent = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass
class Result:
    """What the runs of one candidate took: seconds from start to reaped, and the largest resident set of one more run, in MiB."""

    candidate: Candidate
    seconds: list[float] = field(default_factory=list)
    peak_mib: float | None = None  # None: on a terminal, where it is not measured

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def compare(candidates: Sequence[Candidate], *, rounds: int, warm_ups: int = 2) -> list[Result]:
    """Run every candidate once per round, in turn; the first rounds are not counted."""
    results = [Result(candidate) for candidate in candidates]
    for number in range(warm_ups + rounds):
        for result in results:
            if result.candidate.prepare is not None:
                result.candidate.prepare()
            seconds = _run(result.candidate)
            if number >= warm_ups:
                result.seconds.append(seconds)
    for result in results:
        if not result.candidate.terminal:
            if result.candidate.prepare is not None:
                result.candidate.prepare()
            result.peak_mib = _peak_mib(result.candidate)
    return results


def table(title: str, results: Sequence[Result]) -> str:
    """The results as lines; the first candidate is the base of the ratios."""
    base = results[0].median
    lines = [title, f"  {'':44} {'ms':>8} {'ratio':>7} {'wanted':>7} {'MiB':>6} {'wanted':>7}"]
    for result in results:
        limit = f"{result.candidate.limit:.2f}" if result.candidate.limit is not None else ""
        limit_mib = str(result.candidate.limit_mib or "")
        peak_mib = "" if result.peak_mib is None else f"{result.peak_mib:.1f}"
        lines.append(
            f"  {result.candidate.name:44} {result.median * 1000:8.1f} {result.median / base:7.2f} {limit:>7}"
            f" {peak_mib:>6} {limit_mib:>7}"
        )
    return "\n".join(lines)


def _peak_mib(candidate: Candidate) -> float:
    """The largest resident set of one run."""
    argv = [sys.executable, "-I", "-S", "-c", _PEAK, *candidate.argv]
    done = subprocess.run(argv, env=dict(candidate.environ), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return int(done.stdout) / 1024


def _found(candidate: Candidate) -> str:
    """The program where the candidate's own PATH has it: peers may be in the environment of the benchmarks only."""
    path = shutil.which(candidate.argv[0], path=candidate.environ["PATH"])
    if path is None:
        raise BenchmarkError(f"{candidate.name}: there is no {candidate.argv[0]}")
    return path


def _run(candidate: Candidate) -> float:
    """Seconds of one run. Raises ``BenchmarkError`` when it fails."""
    # Timed from before the fork: what a shell script waits for.
    started = time.perf_counter()
    if candidate.terminal:
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe(
                candidate.argv[0],
                list(candidate.argv),
                {**candidate.environ, "COLUMNS": "120", "TERM": "xterm-256color"},
            )
        output = _drain(terminal)
    else:
        reading, writing = os.pipe()
        child = os.posix_spawn(
            _found(candidate),
            list(candidate.argv),
            dict(candidate.environ),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, writing, 1),
                (os.POSIX_SPAWN_DUP2, writing, 2),
                (os.POSIX_SPAWN_CLOSE, reading),
            ],
        )
        os.close(writing)
        output = _drain(reading)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        raise BenchmarkError(f"{candidate.name} failed ({status}): {output[-2000:].decode(errors='replace')}")
    return seconds


def _drain(descriptor: int) -> bytes:
    chunks = []
    while True:
        try:
            chunk = os.read(descriptor, 1 << 16)
        except OSError:  # a pseudo-terminal ends with EIO
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(descriptor)
    return b"".join(chunks)
