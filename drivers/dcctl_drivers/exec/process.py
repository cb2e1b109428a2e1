"""Running one program: no shell, its own session, bounded in time and output, stopped with everything it started when it must not go on.

Nothing here knows what is asked or answered. The request is a file in memory, so that a program which never reads it cannot block or
kill dcctl (a pipe would need a writer, and would answer with SIGPIPE).
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep

from dcctl.errors import Cancelled, DriverError, Timeout
from dcctl.words import visible
from dcctl_drivers.exec.lifeline import Lifeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import IO

    from dcctl.job import Job
    from dcctl_drivers.exec.program import Program

LARGEST_ANSWER = 16 * 1024 * 1024
"""An instance takes some 600 bytes: this is a list of 25,000."""
LARGEST_LOG = 64 * 1024
"""How much of what a program says on standard error is kept: the end."""
LONGEST_LINE = 8 * 1024
GRACE_SECONDS = 5.0
"""How long a program that is told to stop may take to clean up before it is killed."""

# How often it is asked whether the program has ended, for one that left its output open to a process in the background.
_LOOK_SECONDS = 0.05
_CHUNK = 64 * 1024
_MOST_READS = 16  # a pipe holds 64 KiB, at most 1 MiB unless the administrator allows more
_STAGE, _PROGRESS = "dcctl: stage ", "dcctl: progress "


@dataclass(frozen=True)
class Ended:
    """How it ended: the exit status, or the signal as a negative number; what it answered; the end of what it said beside that."""

    status: int
    output: bytes
    log: str


def run(program: Program, request: bytes, *, folder: str, environment: Mapping[str, str], job: Job | None) -> Ended:
    """Run it to its end. Raises ``DriverError``, ``Timeout`` or ``Cancelled``; then nothing of its process group is left."""
    if job is not None:
        job.check()
    lifeline = Lifeline()
    try:
        process = _start(program, request, folder, environment, lifeline)
        try:
            lifeline.attach(process.pid)
            conversation = _Conversation(program, process, job)
            try:
                return conversation.follow()
            except Cancelled:
                # It may have been done before it heard of it. Then there is something, and to deny it would leave it behind.
                ended = conversation.stop()
                if ended.status == 0:
                    return ended
                raise
        finally:
            if process.returncode is None:
                _stop(process)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
    finally:
        lifeline.close()


def _start(
    program: Program, request: bytes, folder: str, environment: Mapping[str, str], lifeline: Lifeline
) -> subprocess.Popen[bytes]:
    memory = os.memfd_create("dcctl-request")
    with open(memory, "w+b") as file:
        file.write(request)
        file.seek(0)
        try:
            # The program is named by the user's own description, which nobody else can write; there is no shell.
            return subprocess.Popen(  # noqa: S603
                program.arguments,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=environment,
                pass_fds=(lifeline.reader,),
                start_new_session=True,  # Ctrl-C is ours to pass on, and nothing can ask on the terminal
            )
        except OSError as error:
            raise DriverError(
                f"{program} cannot be started: {error.strerror}", hint=_start_hint(error), where=program.where
            ) from error


def _start_hint(error: OSError) -> str | None:
    if isinstance(error, FileNotFoundError):
        return "the program, or the interpreter that its first line names, does not exist"
    if error.strerror == "Exec format error":
        return "a script must begin with #! and the path of its interpreter"
    return "make it executable with chmod +x" if isinstance(error, PermissionError) else None


class _Conversation:
    """Listening to one process until it ends."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes], job: Job | None) -> None:
        self.program = program
        self.process = process
        self.job = job
        self.output = bytearray()
        self.log = bytearray()
        self.line = bytearray()

    def follow(self) -> Ended:
        end = monotonic() + self.program.timeout
        with selectors.DefaultSelector() as selector:
            for stream, take in ((self.process.stdout, self._answer), (self.process.stderr, self._said)):
                if stream is not None:
                    os.set_blocking(stream.fileno(), False)
                    selector.register(stream, selectors.EVENT_READ, take)
            while True:
                # Asked before the pipes: what it wrote before it ended is in them.
                over = self.process.poll() is not None
                if not selector.get_map():
                    break
                if over:
                    self._listen_to_the_rest(selector)
                    break
                self._listen(selector, _LOOK_SECONDS)
                self._check(end)
        while self.process.poll() is None:  # it closed its output, and goes on
            self._check(end)
            sleep(_LOOK_SECONDS)
        return self._ended()

    def stop(self) -> Ended:
        """Have it end, and keep what it answers."""
        self.job = None  # what it reports now comes too late
        _stop(self.process, self._answer, self._said)
        return self._ended()

    def _ended(self) -> Ended:
        self._said(b"\n" if self.line else b"")
        return Ended(self.process.returncode, bytes(self.output), self.log.decode("utf-8", "replace"))

    def _listen(self, selector: selectors.BaseSelector, seconds: float) -> bool:
        """Take what has come; whether anything had."""
        events = selector.select(seconds)
        for key, _ in events:
            stream: IO[bytes] = key.fileobj  # type: ignore[assignment] # registered above
            chunk = os.read(stream.fileno(), _CHUNK)
            if chunk:
                key.data(chunk)
            else:
                selector.unregister(stream)
        return bool(events)

    def _listen_to_the_rest(self, selector: selectors.BaseSelector) -> None:
        """What the pipes still hold; not what a process in the background goes on writing."""
        for _ in range(_MOST_READS):
            if not self._listen(selector, 0):
                break

    def _check(self, end: float) -> None:
        if self.job is not None:
            self.job.check()
        if monotonic() > end:
            raise Timeout(
                f"{self.program} did not end within {self.program.timeout:g} seconds and was stopped",
                hint="look at what it has done; a longer time can be set as timeout in the description",
                where=self.program.where,
            )

    def _answer(self, chunk: bytes) -> None:
        self.output += chunk
        if len(self.output) > LARGEST_ANSWER:
            raise DriverError(
                f"{self.program} printed more than {LARGEST_ANSWER // 1024 // 1024} MiB on standard output and was stopped",
                hint="logs belong on standard error",
                where=self.program.where,
            )

    def _said(self, chunk: bytes) -> None:
        *lines, rest = (bytes(self.line) + chunk).split(b"\n")
        self.line = bytearray(rest[:LONGEST_LINE])
        for line in lines:
            text = line[:LONGEST_LINE].decode("utf-8", "replace").rstrip("\r")
            if not self._reported(text):
                self.log += text.encode("utf-8") + b"\n"
        del self.log[:-LARGEST_LOG]

    def _reported(self, line: str) -> bool:
        """Whether the line was a report of progress, and passed on."""
        if line.startswith(_STAGE) and (stage := line.removeprefix(_STAGE).strip()):
            if self.job is not None:
                self.job.stage(visible(stage[:40]))
            return True
        if line.startswith(_PROGRESS):
            words = line.removeprefix(_PROGRESS).split()
            if len(words) == 2 and all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
                if self.job is not None:
                    self.job.progress(int(words[0]), int(words[1]))
                return True
        return False


def _forget(chunk: bytes) -> None:
    pass


def _stop(
    process: subprocess.Popen[bytes], answer: Callable[[bytes], None] = _forget, said: Callable[[bytes], None] = _forget
) -> None:
    """Ask the whole process group to end, give its leader some seconds to clean up, then kill what is left of the group.

    The leader stays a zombie until the group is killed, so that its number cannot meanwhile belong to somebody else.
    """
    try:
        _signal(process, signal.SIGTERM)
        end = monotonic() + GRACE_SECONDS
        while monotonic() < end and not _is_over(process):
            _drain(process, answer, said)
            sleep(0.01)
        for _ in range(_MOST_READS):
            if not _drain(process, answer, said):
                break
    finally:
        _signal(process, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):  # only one that changed its user, and so cannot be killed
            process.wait(GRACE_SECONDS)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _is_over(process: subprocess.Popen[bytes]) -> bool:
    if process.returncode is not None:
        return True  # its zombie is gone already: it ended before all that it had said was read, and a stage was where we were to stop
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _drain(process: subprocess.Popen[bytes], answer: Callable[[bytes], None], said: Callable[[bytes], None]) -> bool:
    """Take what it says while it cleans up, so that it does not wait for a reader; whether it said anything."""
    anything = False
    for stream, take in ((process.stdout, answer), (process.stderr, said)):
        if stream is not None:
            with suppress(BlockingIOError):
                if chunk := os.read(stream.fileno(), _CHUNK):
                    take(chunk)
                    anything = True
    return anything
