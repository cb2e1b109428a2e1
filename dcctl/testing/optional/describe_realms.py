"""Checks of drivers that tell how a realm is doing: sentence 13."""

from __future__ import annotations

from dcctl.abilities import DescribeRealms
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.nouns.realm_facts import RealmFacts
    from dcctl.testing.world import World


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("realm facts: they are of the realm that was asked about", 13, _asked)
    yield Check("realm facts: no more is free than there is", 13, _free)
    yield Check("realm facts: an instance that runs is counted", 13, _counted)


def _facts(world: World) -> RealmFacts:
    driver = world.driver
    if not isinstance(driver, DescribeRealms):
        raise Gap("this endpoint does not tell how its realms are doing")
    return world.call(driver.realm_facts, world.harness.realm)


def _asked(world: World) -> None:
    facts = _facts(world)
    if facts.realm != world.harness.realm.id:
        raise Broken(13, f"asked about {world.harness.realm.id}, it told of {facts.realm}")


def _free(world: World) -> None:
    facts = _facts(world)
    pairs = [("memory", facts.memory_free_mib, facts.memory_mib)]
    pairs += [(f"the pool {pool.name}", pool.free_mib, pool.capacity_mib) for pool in facts.pools]
    for what, free, whole in pairs:
        if free is not None and (free < 0 or (whole is not None and free > whole)):
            raise Broken(13, f"of {what} {free} MiB are free, and there are {whole}")


def _counted(world: World) -> None:
    if _facts(world).instances_running is None:
        raise Gap("this endpoint does not count what runs")
    world.created()
    after = _facts(world).instances_running
    if not after:
        raise Broken(13, f"an instance runs, and {after} are counted")
