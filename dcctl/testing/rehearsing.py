"""Checks of what drivers answer when a dry run asks: exactly what the call then does, and nothing is changed by asking: sentence 21.

What forbids a call beside the state is different with each provider: snapshots, the format of a disk, whose it is, protection. So the same
requests are made of instances in all ``situations``: first the question, then the call.
"""

from __future__ import annotations

from dataclasses import dataclass

from dcctl.abilities import Snapshots
from dcctl.errors import DcctlError
from dcctl.model import Field, Query
from dcctl.testing.judging import essence
from dcctl.testing.routes import route_to
from dcctl.testing.situations import situations
from dcctl.testing.verdict import Broken, Check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance, State
    from dcctl.nouns.snapshots import Snapshot
    from dcctl.testing.situations import Situation
    from dcctl.testing.world import World


@dataclass(frozen=True)
class Rehearsal:
    """One request: ``ask`` is the question of a dry run, ``do`` the call itself with the same arguments."""

    what: str
    """In words that an instance follows: rename."""
    ask: Callable[[], object]
    do: Callable[[], object]


def checks(
    driver: type[Driver],
    verb: str,
    states: Iterable[State],
    rehearsals: Callable[[World, Instance], Iterator[Rehearsal]],
) -> Iterator[Check]:
    """One for each situation; in each the requests are made in all ``states`` that actions lead to."""
    reachable = [state for state in states if route_to(driver.states, state) is not None]
    if not reachable:
        return
    for situation in situations(driver):
        yield Check(
            f"{verb}: a dry run foretells what happens to {situation.what}",
            21,
            _foretold(reachable, situation, rehearsals),
        )


def _foretold(
    states: list[State], situation: Situation, rehearsals: Callable[[World, Instance], Iterator[Rehearsal]]
) -> Callable[[World], None]:
    def run(world: World) -> None:
        with situation.made(world) as instance:
            for state in states:
                resting = world.drive(world.existing(instance.id), state)
                for rehearsal in rehearsals(world, resting):
                    must_agree(world, resting, rehearsal, f"{situation.what} that is {state}")

    return run


def must_agree(world: World, instance: Instance, rehearsal: Rehearsal, what: str) -> None:
    """Ask, then do; ``what``: the instance in words."""
    before = _seen(world, instance)
    foretold = _refusal(rehearsal.ask)
    if _seen(world, instance) != before:
        raise Broken(21, f"asked whether it would {rehearsal.what} {what}, the driver changed something")
    refused = _refusal(rehearsal.do)
    if type(foretold) is not type(refused):
        raise Broken(
            21,
            f"asked whether it would {rehearsal.what} {what}, the driver {_told(foretold)}; then, to do it, it {_told(refused)}",
        )


def _refusal(work: Callable[[], object]) -> DcctlError | None:
    try:
        work()
    except DcctlError as error:
        return error
    return None


def _told(refusal: DcctlError | None) -> str:
    return "agreed" if refusal is None else f"raised {type(refusal).__name__}: {refusal.message}"


def _seen(world: World, instance: Instance) -> object:
    """Whatever the requests may change, as others see it."""
    found = world.instances(Query.everything(*Field))
    return world.belongings(), [(essence(each), each.hardware) for each in found], _snapshots(world, instance)


def _snapshots(world: World, instance: Instance) -> list[Snapshot]:
    driver = world.driver
    return world.call(lambda: list(driver.snapshots(instance))) if isinstance(driver, Snapshots) else []
