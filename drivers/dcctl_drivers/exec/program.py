"""The programs of a description, and which files dcctl is willing to run."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from dcctl import files
from dcctl.errors import DriverError
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.errors import DcctlError
    from dcctl_drivers.exec.form import DescriptionForm


@dataclass(frozen=True)
class Program:
    """What to run, for how long at most, and where the description names it."""

    operation: str
    arguments: tuple[str, ...]
    shown: str
    timeout: float
    where: str  # file:line:column

    def __str__(self) -> str:
        return f"the program {visible(self.shown)} ({self.operation})"


def check_files(form: DescriptionForm, file: str) -> list[DcctlError]:
    """What is wrong with the programs as files; asked on each start, since a cached description says nothing about them.

    A program must be there, be executable, and be such that nobody else can have written it, like the description itself.
    """
    problems: list[DcctlError] = []
    seen = set()
    for operation, program in form["programs"].items():
        path = program["arguments"][0]
        if path not in seen:
            seen.add(path)
            message = _problem(path)
            if message is not None:
                line, column = program["position"]
                where = f"{visible(file)}:{line}:{column}"
                problems.append(DriverError(f"programs: {operation}: {message}", where=where, resource=operation))
    return problems


def _problem(path: str) -> str | None:
    try:
        for place in {path, os.path.realpath(path)}:  # a link, and what it leads to
            found = files.status(place, DriverError)
            if not stat.S_ISREG(found.st_mode):
                return f"{visible(path)} is not a file"
    except DriverError as error:
        return error.message if error.hint is None else f"{error.message}; {error.hint}"
    if not os.access(path, os.X_OK):
        return f"{visible(path)} is not executable; chmod +x {visible(path)}"
    return None
