"""A driver that makes what its realms lack as it should, and one that is never done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.memory import CLOUD, MemoryDriver
from dcctl.abilities import PrepareRealms
from dcctl.nouns.realm_steps import RealmStep

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec, Realm

READY: set[str] = set()
"""The clouds that are ready."""


class Prepares(MemoryDriver, PrepareRealms):
    """Keeps every sentence. Whoever makes an instance makes its realm ready, too."""

    def realm_steps(self, realm: Realm) -> list[RealmStep]:
        return [] if self.endpoint.settings[CLOUD] in READY else [RealmStep(realm.id, "folder", "make a folder")]

    def take_realm_step(self, realm: Realm, step: RealmStep, job: Job) -> None:
        job.stage("folder")
        READY.add(self.endpoint.settings[CLOUD])

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        READY.add(self.endpoint.settings[CLOUD])
        return super().create(spec, job)


class AsksForMore(Prepares):
    """Finds something to do where instances are made already."""

    def realm_steps(self, realm: Realm) -> list[RealmStep]:
        return [RealmStep(realm.id, "folder", "make a folder")] if self.cloud.records else []


class IsNeverDone(Prepares):
    """Wants the same step again and again."""

    def realm_steps(self, realm: Realm) -> list[RealmStep]:
        return [RealmStep(realm.id, "folder", "make a folder")]


WRONG: dict[type[Driver], int] = {
    AsksForMore: 13,
    IsNeverDone: 8,
}
