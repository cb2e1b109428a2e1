"""dcctl as a person runs it, in a process of its own, against a private host."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dcctl.cli.environment import Environment
from dcctl.cli.run import run
from libvirt_host.proxy import collect

PROFILES = """\
version: 1
hardware_profiles:
  tiny: {cpu: 1, memory: 192 MiB, storage: 1 GiB}
  roomy: {cpu: {range: [1, 4]}, memory: {range: [192 MiB, 1 GiB]}, storage: {range: [1 GiB, 60 GiB]}}
realms:
"""


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit status; negative: the signal that ended it."""

    stdout: str
    stderr: str
    exit_status: int

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def error(self) -> Any:
        """The last error object of a command that was asked for JSON."""
        return json.loads(self.stderr.splitlines()[-1])["error"]


class Command:
    """dcctl with a catalogue of its own. ``realms``: the libvirt section of each realm."""

    def __init__(self, home: Path, realms: Mapping[str, Mapping[str, object]]) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        catalogue = home / "profiles.yaml"
        catalogue.write_text(
            PROFILES
            + "".join(f"  {name}: {{libvirt: {json.dumps(dict(section))}}}\n" for name, section in realms.items())
        )
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("DCCTL_", "XDG_", "LIBVIRT_"))
        }
        self.environ = {
            **inherited,
            "HOME": str(home),
            "DCCTL_DRIVER": "libvirt",
            "DCCTL_CATALOGUE": str(catalogue),
            "LANG": "C.UTF-8",
            "PYTHONWARNINGS": "error",
        }

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "dcctl", *words]

    def run(self, *words: str, timeout: float = 120.0) -> Answer:
        """Run it to its end."""
        done = subprocess.run(
            self.argv(*words),
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Answer(done.stdout, done.stderr, done.returncode)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start it and return at once."""
        return subprocess.Popen(
            self.argv(*words),
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str, timeout: float = 120.0) -> Answer:
        """Run it, and insist that it succeeds."""
        answer = self.run(*words, timeout=timeout)
        assert answer.exit_status == 0, f"dcctl {' '.join(words)}: {answer.exit_status}: {answer.stderr}"
        return answer

    def instances(self) -> dict[str, str]:
        """The state of every instance that dcctl made, by name."""
        return {row["name"]: row["state"] for row in self("instance", "list", "-o", "json").json if not row["foreign"]}


class Place(Protocol):
    """Where programs run: a host, or somebody on it."""

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """As ``subprocess.Popen``."""


class InsideCommand(Command):
    """The same in the host's namespaces, where the addresses of guests can be reached."""

    def __init__(self, home: Path, realms: Mapping[str, Mapping[str, object]], place: Place) -> None:
        super().__init__(home, realms)
        self._place = place

    def run(self, *words: str, timeout: float = 120.0, stdin: str | None = None) -> Answer:
        source = subprocess.DEVNULL if stdin is None else subprocess.PIPE
        pipe = subprocess.PIPE
        with self._place.popen(
            self.argv(*words), env=self.environ, stdin=source, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                output, errors = process.communicate(stdin, timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return Answer(output, errors, process.returncode)


class CommandHere(Command):
    """The same in this process, at a tenth of the price: for what stands around the command that a test is about.

    Not for commands that become another program, and not where a command might hang.
    """

    def run(self, *words: str, timeout: float = 120.0) -> Answer:
        stdout, stderr = io.StringIO(), io.StringIO()
        environment = Environment(io.StringIO(), stdout, stderr, self.environ)
        handlers = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)}
        try:
            with redirect_stdout(stdout):  # Typer's help knows no other way
                status = run(words, environment)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        collect()
        return Answer(stdout.getvalue(), stderr.getvalue(), status)
