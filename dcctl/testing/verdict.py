"""What a check of the contract is, and the two ways in which it may not pass: a rule is broken, or nobody can tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dcctl import driver as contract
from dcctl.errors import DcctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dcctl.testing.world import World


def sentences() -> dict[int, str]:
    """The numbered sentences of the contract, from the text of ``dcctl.driver``, where they are written once."""
    found = re.findall(r"^ ?(\d+)\. (.*?)(?=^ ?\d+\. |^\S|\Z)", contract.__doc__ or "", re.MULTILINE | re.DOTALL)
    return {int(number): " ".join(text.split()) for number, text in found}


class Broken(AssertionError):
    """The driver breaks a sentence of the contract. The message tells what it did; ``rule`` is the number of the sentence."""

    def __init__(self, rule: int, story: str) -> None:
        self.rule = rule
        self.story = story
        super().__init__(f"{story}\nThis breaks sentence {rule} of the contract: {sentences().get(rule, '')}")


class Gap(Exception):
    """The check cannot be made here: the harness, or the provider, cannot bring the situation about. A visible skip."""


@dataclass(frozen=True)
class Check:
    """One situation in which the driver must keep its word. ``name`` is stable: lists of known gaps are made of names."""

    name: str
    rule: int
    run: Callable[[World], None]

    def perform(self, world: World) -> None:
        """Returns when the driver kept its word; raises ``Broken`` or ``Gap`` otherwise."""
        if (reason := world.harness.excused.get(self.name)) is not None:
            raise Gap(reason)
        world.thin_out()
        try:
            self.run(world)
        except DcctlError as error:
            raise Broken(self.rule, f"{self.name}: {type(error).__name__}: {error.message}") from error


@dataclass(frozen=True)
class Result:
    """How one check went. ``broken`` and ``gap`` are None when the driver kept its word."""

    check: Check
    broken: Broken | None = None
    gap: str | None = None
