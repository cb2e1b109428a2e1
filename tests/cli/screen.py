"""dcctl on a real pseudo-terminal, and what a person sees there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pexpect
import pyte

from cli.helpers import PROGRAM

if TYPE_CHECKING:
    from cli.helpers import Dcctl


@dataclass
class Person:
    """Somebody at a terminal ``width`` columns wide."""

    process: pexpect.spawn[bytes]
    screen: pyte.Screen
    seen: list[bytes] = field(default_factory=list)

    def reads(self, text: str) -> None:
        """Wait until it is written."""
        self.process.expect_exact(text.encode())
        self.seen += [self.process.before or b"", self.process.after if isinstance(self.process.after, bytes) else b""]

    def types(self, line: str) -> None:
        self.process.sendline(line)

    def presses(self, keys: str) -> None:
        """Key by key, without the one that ends a line."""
        self.process.send(keys)

    def presses_ctrl_c(self) -> None:
        self.process.sendintr()

    def waits(self) -> int:
        """Until it ends; minus the number of the signal if it died of one."""
        self.process.expect(pexpect.EOF)
        self.seen.append(self.process.before or b"")
        self.process.close()
        status, number = self.process.exitstatus, self.process.signalstatus
        return -number if number is not None else status if status is not None else 0

    @property
    def output(self) -> str:
        """Every byte that was written so far."""
        return b"".join(self.seen).decode()

    @property
    def display(self) -> list[str]:
        """The lines on the screen, as the escape sequences left them."""
        stream = pyte.Stream(self.screen)
        stream.feed(self.output)
        return [line.rstrip() for line in self.screen.display if line.strip()]


def sit_down(dcctl: Dcctl, *arguments: str, width: int = 80, **variables: str) -> Person:
    """Start dcctl on a terminal."""
    environ = dcctl.environ(**variables)
    environ.pop("COLUMNS", None)
    process: pexpect.spawn[bytes] = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], *arguments], env=environ, dimensions=(60, width), timeout=30, echo=False
    )
    process.delaybeforesend = None
    return Person(process, pyte.Screen(width, 200))


def watch(dcctl: Dcctl, *arguments: str, width: int = 80, **variables: str) -> Person:
    """Run dcctl on a terminal to its end, which must be a good one."""
    person = sit_down(dcctl, *arguments, width=width, **variables)
    assert person.waits() == 0, person.output
    return person
