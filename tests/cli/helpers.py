"""Running dcctl: in this process for most tests, as a process of its own where streams, signals and exit statuses matter."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcctl.cli.environment import Environment
from dcctl.cli.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = (sys.executable, "-m", "dcctl")


@dataclass(frozen=True)
class Result:
    """What a command wrote and how it ended."""

    stdout: str
    stderr: str
    exit_status: int

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors among the JSON objects on standard error."""
        objects = [json.loads(line) for line in self.stderr.splitlines()]
        return [found["error"] for found in objects if "error" in found]

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()


class Dcctl:
    """``dcctl("instance", "list")`` runs it here, with the variables of this process and those given on top."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def __call__(self, *arguments: str, stdin: str = "", **variables: str) -> Result:
        stdout, stderr = io.StringIO(), io.StringIO()
        environment = Environment(io.StringIO(stdin), stdout, stderr, {**self.variables, **variables})
        handlers = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
        try:
            with redirect_stdout(stdout):  # Typer's help knows no other way
                status = run(arguments, environment)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return Result(stdout.getvalue(), stderr.getvalue(), status)

    def ok(self, *arguments: str, stdin: str = "", **variables: str) -> Result:
        """The same, where nothing may fail."""
        result = self(*arguments, stdin=stdin, **variables)
        assert result.exit_status == 0, result.stderr
        return result

    def create(self, name: str, *options: str) -> Result:
        return self.ok("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", name, *options)

    def state(self, name: str) -> str:
        state: str = self.ok("instance", "show", name, "-o", "json").json["state"]
        return state

    def names(self) -> list[str]:
        return [instance["name"] for instance in self.ok("instance", "list", "-o", "json").json]

    # As a process of its own

    def environ(self, **variables: str) -> dict[str, str]:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        inherited = {name: value for name, value in self.variables.items() if name != "PYTHONUNBUFFERED"}
        return {**inherited, "PYTHONPATH": path, **variables}

    def process(self, *arguments: str, **variables: str) -> Result:
        """Run it to its end; status -2 means that it died of SIGINT."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding=variables.get("PYTHONIOENCODING", "utf-8"),
            timeout=60,
            check=False,
        )
        return Result(done.stdout, done.stderr, done.returncode)

    def begin(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start it, for tests that interrupt it or close its streams."""
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
