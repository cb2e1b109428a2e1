"""Wrong drivers that are killed at a bad moment. Their cloud is mock's file, since it must outlive the process: sentence 16."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from contract.mock_harness import MockHarness
from dcctl.errors import Conflict
from dcctl.model import Action, State
from dcctl_drivers.mock import PATH, MockDriver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec, Query


class BesideTheFile(MockDriver):
    """Keeps files of its own beside mock's."""

    def beside(self, name: str) -> Path:
        return Path(self.endpoint.settings[PATH] or "").parent / name

    def change(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.endpoint.settings[PATH] or "")) as connection, connection:
            connection.execute(statement, values)


class GuardsTheUnfinished(BesideTheFile):
    """Lets nobody touch an instance before it has its label."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        guard = self.beside(f"guard-{instance.id}")
        guard.touch()
        job.stage("label")
        guard.unlink()
        return instance

    def instances(self, query: Query) -> Iterator[Instance]:
        return (
            replace(i, refused={Action.DESTROY: "not finished"}) if self.beside(f"guard-{i.id}").exists() else i
            for i in super().instances(query)
        )


class HidesTheUnfinished(BesideTheFile):
    """Lists an instance only when all is done; until then it has the name, and nobody can say of what."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        job.stage("label")
        self.beside(f"done-{instance.id}").touch()
        return instance

    def instances(self, query: Query) -> Iterator[Instance]:
        return (i for i in super().instances(query) if self.beside(f"done-{i.id}").exists())


class ReservesNames(BesideTheFile):
    """Marks a name as taken before there is anything that has it."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        reservation = self.beside(f"name-{spec.name}")
        try:
            reservation.touch(exist_ok=False)
        except FileExistsError as error:
            raise Conflict(f"{spec.name} is taken") from error
        try:
            job.stage("reserved")
            return super().create(spec, job)
        except BaseException:
            reservation.unlink()
            raise

    def destroy(self, instance: Instance, job: Job) -> Instance:
        last = super().destroy(instance, job)
        self.beside(f"name-{instance.name}").unlink(missing_ok=True)
        return last


class LooksComplete(BesideTheFile):
    """Has the instance run, and writes down afterwards how it was to be."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(replace(spec, overrides={}), job)
        self.change("UPDATE instances SET overridden = ? WHERE name = ?", ",".join(spec.overrides), spec.name)
        return replace(instance, overrides=spec.overrides)


class ForgetsItsLease(BesideTheFile):
    """Says with the last step only what destroy must remove."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        lease = self.beside(f"lease-{spec.token}")
        lease.touch()
        try:
            instance = super().create(spec, job)
            job.stage("lease")
        except BaseException:
            lease.unlink()
            raise
        lease.rename(self.beside(f"lease-{instance.id}"))
        return instance

    def destroy(self, instance: Instance, job: Job) -> Instance:
        last = super().destroy(instance, job)
        self.beside(f"lease-{instance.id}").unlink(missing_ok=True)
        return last


class PassesThroughAnotherState(BesideTheFile):
    """Suspends what it has just made, for no time at all."""

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        instance = super().create(spec, job)
        for state in (State.SUSPENDED, State.RUNNING):
            self.change("UPDATE instances SET state = ?, settles = NULL WHERE name = ?", state, spec.name)
        return instance


class FolderHarness(MockHarness):
    """What belongs to the cloud: mock's records, and the leases beside them."""

    def __init__(self, folder: Path, driver: type[MockDriver]) -> None:
        super().__init__(folder, driver)
        self.timeout = 1.0

    def belongings(self) -> frozenset[str]:
        leases = (path.name for path in self.path.parent.glob("lease-*"))
        return frozenset((*leases, *super().belongings()))


WRONG: dict[type[Driver], int] = {
    GuardsTheUnfinished: 16,
    HidesTheUnfinished: 16,
    ReservesNames: 16,
    LooksComplete: 16,
    ForgetsItsLease: 16,
    PassesThroughAnotherState: 16,
}
