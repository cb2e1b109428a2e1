"""Who works on an instance or an image, and whether they may still be alive: what makes an interrupted creation recognisable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from time import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 600.0
"""How long a worker on another machine is believed to be alive. Creating takes a second or two; an import says anew that it goes on."""


@dataclass(frozen=True)
class Worker:
    """A process at work. ``machine``: one boot of one machine, and one namespace of process ids on it."""

    token: str
    machine: str
    process: str
    host: str
    since: float
    deadline: float

    def as_data(self) -> dict[str, str]:
        """For an XML element or a JSON object: texts only."""
        return {
            "token": self.token,
            "machine": self.machine,
            "process": self.process,
            "host": self.host,
            "since": f"{self.since:.3f}",
            "deadline": f"{self.deadline:.3f}",
        }

    @classmethod
    def from_data(cls, data: dict[str, str]) -> Worker:
        """The inverse of ``as_data``. Raises ``KeyError`` or ``ValueError`` for anything else."""
        return cls(
            token=data["token"],
            machine=data["machine"],
            process=data["process"],
            host=data["host"],
            since=float(data["since"]),
            deadline=float(data["deadline"]),
        )

    @property
    def began(self) -> str:
        """When it began, as people read it: UTC, to the second."""
        from datetime import UTC, datetime  # noqa: PLC0415  only for something interrupted

        return datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def this_process(token: str, patience: float = PATIENCE_SECONDS) -> Worker:
    """This process as a worker. ``token`` tells this piece of work from all others; ``patience``: seconds that it may take."""
    now = time()
    return Worker(token, _machine(), _process(os.getpid()) or "", os.uname().nodename, now, now + patience)


def alive(worker: Worker) -> bool:
    """Whether the worker may still be at work.

    On the same machine the answer is exact: the process is there, and started at the same moment. For another machine only the
    deadline can tell.
    """
    machine = _machine()
    if machine and machine == worker.machine:
        pid, _, _ = worker.process.partition(":")
        return bool(worker.process) and pid.isdigit() and _process(int(pid)) == worker.process
    return time() < worker.deadline


def once(ask: Callable[[Worker], bool]) -> Callable[[Worker], bool]:
    """``ask``, at most once for each worker: for a list of many instances that one process is creating."""
    known: dict[str, bool] = {}

    def remembered(worker: Worker) -> bool:
        if worker.token not in known:
            known[worker.token] = ask(worker)
        return known[worker.token]

    return remembered


def owner() -> str | None:
    """The user of this process, by name."""
    import pwd  # noqa: PLC0415  only for something new

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return None


def as_name(worker: Worker) -> str:
    """The worker as part of a file's name, for marks that are nothing but a name."""
    return f"{worker.token[:8]}~{worker.process}~{_short(worker.machine)}~{int(worker.since)}~{int(worker.deadline)}"


def from_name(text: str) -> Worker:
    """The inverse of ``as_name``, as far as ``alive`` needs it. Raises ``ValueError`` for anything else."""
    token, process, machine, since, deadline = text.split("~")
    here = _machine()
    return Worker(
        token, here if here and _short(here) == machine else machine, process, "", float(since), float(deadline)
    )


def _short(machine: str) -> str:
    from zlib import crc32  # noqa: PLC0415  images only

    return f"{crc32(machine.encode()):08x}"


def _machine() -> str:
    """Empty where there is no /proc: then only deadlines count."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _process(pid: int) -> str | None:
    """``pid:start``, which no later process with this number shares; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            status = file.read()
    except OSError:
        return None
    # The second field, the program's name, may hold blanks and brackets; the state is the third, the start time the 22nd.
    fields = status[status.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else f"{pid}:{fields[19]}"
