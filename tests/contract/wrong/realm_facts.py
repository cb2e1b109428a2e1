"""A driver that tells how its realms are doing as it should, and some that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import DescribeRealms
from dcctl.model import Query, State
from dcctl.nouns.realm_facts import PoolFacts, RealmFacts

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Realm


class HasFacts(MemoryDriver, DescribeRealms):
    """Keeps every sentence."""

    def realm_facts(self, realm: Realm) -> RealmFacts:
        running = sum(each.state is State.RUNNING for each in self.instances(Query.everything()))
        pool = PoolFacts("disks", active=True, used=True, capacity_mib=100, free_mib=50)
        return RealmFacts(
            realm.id, memory_mib=1000, memory_free_mib=1000 - running, instances_running=running, pools=(pool,)
        )


class TellsOfAnother(HasFacts):
    """Tells of the first realm, whichever was asked about."""

    def realm_facts(self, realm: Realm) -> RealmFacts:
        return replace(super().realm_facts(realm), realm="another")


class PromisesMemory(HasFacts):
    """Has more free than there is."""

    def realm_facts(self, realm: Realm) -> RealmFacts:
        return replace(super().realm_facts(realm), memory_free_mib=2000)


class PromisesSpace(HasFacts):
    """Likewise of its pools."""

    def realm_facts(self, realm: Realm) -> RealmFacts:
        facts = super().realm_facts(realm)
        return replace(facts, pools=tuple(replace(pool, free_mib=200) for pool in facts.pools))


class CountsNothing(HasFacts):
    """Says that nothing runs."""

    def realm_facts(self, realm: Realm) -> RealmFacts:
        return replace(super().realm_facts(realm), instances_running=0)


WRONG: dict[type[Driver], int] = {
    TellsOfAnother: 13,
    PromisesMemory: 13,
    PromisesSpace: 13,
    CountsNothing: 13,
}
