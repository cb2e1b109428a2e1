"""Checks of drivers that say what is wrong with a realm: sentences 13 and 17."""

from __future__ import annotations

from dcctl.abilities import Diagnose
from dcctl.nouns.findings import Finding, Verdict
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("diagnosis: it is of the realm that was asked about", 13, _asked)
    yield Check("diagnosis: what would be removed is wrong or worth a note, and named", 13, _named)
    yield Check("diagnosis: looking changes nothing", 17, _looking)
    yield Check("diagnosis: repairs leave instances alone", 17, _repairs)


def _findings(world: World) -> list[Finding]:
    driver = world.driver
    if not isinstance(driver, Diagnose):
        raise Gap("this endpoint says nothing about its realms")
    return list(world.call(driver.diagnose, world.harness.realm))


def _asked(world: World) -> None:
    found = _findings(world)
    if not found:
        raise Broken(13, "it looked at nothing; what is good is a finding, too")
    for finding in found:
        if finding.realm != world.harness.realm.id:
            raise Broken(13, f"asked about {world.harness.realm.id}, it told of {finding.realm}")


def _named(world: World) -> None:
    for finding in _findings(world):
        if finding.repair is not None and (finding.verdict is Verdict.GOOD or not finding.resource):
            raise Broken(13, f"the repair '{finding.repair}' is of nothing that is wrong and named")


def _looking(world: World) -> None:
    world.created()
    before = world.picture()
    _findings(world)
    if world.picture() != before:
        raise Broken(17, "looking for what is wrong changed instances")


def _repairs(world: World) -> None:
    world.created()
    driver, before = world.driver, world.picture()
    for finding in _findings(world):
        if finding.repair is not None and isinstance(driver, Diagnose):
            world.call(driver.repair, world.harness.realm, finding, WatchedJob())
    if world.picture() != before:
        raise Broken(17, "repairs changed instances that nothing is wrong with")
