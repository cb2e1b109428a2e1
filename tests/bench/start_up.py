"""What a command costs before it does anything: the mock driver, as a script and on a terminal, beside ``python -c pass``."""

from __future__ import annotations

import subprocess

from bench.measure import Candidate, compare, table
from bench.setting import Setting


def run(setting: Setting) -> str:
    dcctl, python = setting.program("dcctl"), setting.program("python")
    environ = {**setting.environ, "DCCTL_DRIVER": "mock"}

    def stop() -> None:
        subprocess.run([dcctl, "instance", "stop", "inst1"], env=environ, check=True, capture_output=True)

    def script(*arguments: str) -> Candidate:
        return Candidate(f"dcctl {' '.join(arguments)}", [dcctl, *arguments], environ, limit=6.5)

    def terminal(limit: float, *arguments: str) -> Candidate:
        name = f"dcctl {' '.join(arguments)} (terminal)"
        return Candidate(name, [dcctl, *arguments], environ, terminal=True, limit=limit)

    start = Candidate(
        "dcctl instance start inst1", [dcctl, "instance", "start", "inst1"], environ, prepare=stop, limit=6.5
    )
    candidates = [
        Candidate("python -c pass", [python, "-c", "pass"], environ),
        script("--version"),
        script("instances", "list", "-o", "json"),
        start,
        terminal(12, "instances", "list"),
        terminal(16, "--help"),
        terminal(16, "instance", "create", "--help"),
        *(
            Candidate(" ".join(argv), argv, setting.environ)
            for argv in (["virsh", "--version"], ["virt-install", "--version"], ["kcli", "version"])
            if setting.installed(argv[0])
        ),
    ]
    return table("Start-up (mock)", compare(candidates, rounds=setting.rounds))
