"""The conformance suite that every driver runs, made from what the driver declares.

With pytest, a driver's whole test file is::

    from dcctl.testing.suite import Conformance
    from foo import FooDriver

    class TestFoo(Conformance):
        driver = FooDriver
        image = "tiny"

Without pytest, ``run`` yields one result after the other. What a driver needs beyond a name and an image is told to a ``Harness``.

What no check can find from outside: work that takes long only where the author's provider does (7), and what a driver does in threads of
its own while it is killed (16).
"""

from __future__ import annotations

from dcctl.testing import creating, declaring, disk_modes, disks, killing, lifetime, limits, listing, optional, steps
from dcctl.testing.harness import Harness
from dcctl.testing.verdict import Broken, Check, Gap, Result, sentences
from dcctl.testing.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from dcctl.driver import Driver

__all__ = ["Broken", "Check", "Gap", "Harness", "Result", "World", "checks", "run", "sentences"]

_PARTS = (declaring, listing, creating, killing, limits, disks, disk_modes, steps, lifetime, optional)


def checks(driver: type[Driver]) -> tuple[Check, ...]:
    """Every check that the driver's declaration calls for, in the order in which they are best run."""
    found = [check for part in _PARTS for check in part.checks(driver)]
    return (*found, *lifetime.last_checks())


def run(harness: Harness, beginning: Callable[[Check, int, int], None] | None = None) -> Generator[Result, None, None]:
    """Make every check, one after the other, in one world; clean up at the end. ``beginning`` hears of each: the how manyth of how many."""
    world = World(harness)
    try:
        wanted = checks(harness.driver)
        for number, check in enumerate(wanted, 1):
            if beginning is not None:
                beginning(check, number, len(wanted))
            try:
                check.perform(world)
            except Broken as broken:
                yield Result(check, broken=broken)
            except Gap as gap:
                yield Result(check, gap=str(gap))
            except Exception as error:  # noqa: BLE001  whatever a driver does, the other checks are made
                story = f"{check.name}: {type(error).__name__}: {error}, where no question expects an exception"
                yield Result(check, broken=Broken(check.rule, story))
            else:
                yield Result(check)
    finally:
        world.close()
