"""What tests of trouble share: guests that boot nothing, dcctl in this process, and dcctl behind a proxy that makes the trouble."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from libvirt_host.command import Command, CommandHere
    from libvirt_host.host import LibvirtHost
    from libvirt_host.proxy import LibvirtProxy

BOUND = 60.0
"""Seconds; a command that takes this long hangs. What it should take is not asserted: the machine may be busy."""


CRASH = "its last run ended in a crash"
"""What is said of a guest whose QEMU was killed."""


@dataclass(frozen=True)
class BareLab:
    """A host with the image ``bare`` and two instances of it: ``bystander`` runs, ``web`` does not."""

    host: LibvirtHost
    proxy: LibvirtProxy
    here: CommandHere
    fragile: Command
    """Its calls go through the proxy."""
    files: dict[str, str]

    def words(self, line: str) -> list[str]:
        """Of a command line in which ``{image}`` stands for a file."""
        return [self.files.get(word, word) for word in line.split()]

    def __call__(self, line: str) -> None:
        self.here(*self.words(line))

    def state(self, name: str) -> str:
        state: str = self.here("instance", "show", name, "-o", "json").json["state"]
        return state

    def volumes(self) -> set[str]:
        lines = self.host.virsh("vol-list", "default").splitlines()
        return {line.split()[0] for line in lines if line.split()}

    def off(self, name: str) -> None:
        """Pull the plug, also just after the daemon was started, when it has not yet found its guests again."""
        end = monotonic() + BOUND
        while self.state(name) != "stopped":
            self.here.run("instance", "stop", name, "--power-off")
            assert monotonic() < end

    def qemu(self, name: str) -> int:
        """The process of a guest that runs."""
        pid = self.host.qemu(name)
        assert pid is not None
        return pid


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a command is about to do."""
    end = monotonic() + BOUND
    while not condition():
        assert process.poll() is None, process.communicate()
        assert monotonic() < end
        sleep(0.02)


def kill(lab: BareLab, name: str) -> None:
    """Kill its QEMU, and wait until libvirt knows."""
    os.kill(lab.qemu(name), signal.SIGKILL)
    end = monotonic() + BOUND
    while "shut off" not in lab.host.virsh("domstate", name):
        assert monotonic() < end
        sleep(0.02)
