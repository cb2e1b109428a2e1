"""A driver that says what is wrong with its realms as it should, and some that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver
from dcctl.abilities import Diagnose
from dcctl.nouns.findings import Finding, Verdict

if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Realm


class HasFindings(MemoryDriver, Diagnose):
    """Keeps every sentence."""

    def diagnose(self, realm: Realm) -> list[Finding]:
        return [
            Finding("memory", Verdict.GOOD, "there is some", realm=realm.id),
            Finding("dust", Verdict.WRONG, "dust", realm=realm.id, resource="dust", repair="sweep", destroys=True),
        ]

    def repair(self, realm: Realm, finding: Finding, job: Job) -> None:
        job.check()


class LooksAway(HasFindings):
    """Says nothing at all."""

    def diagnose(self, realm: Realm) -> list[Finding]:
        return []


class TellsOfNoRealm(HasFindings):
    """Does not say which realm it is about."""

    def diagnose(self, realm: Realm) -> list[Finding]:
        return [replace(finding, realm=None) for finding in super().diagnose(realm)]


class RemovesTheNameless(HasFindings):
    """Would remove something, and does not say what."""

    def diagnose(self, realm: Realm) -> list[Finding]:
        return [replace(finding, resource=None) for finding in super().diagnose(realm)]


class TidiesWhileLooking(HasFindings):
    """Takes looking for sweeping."""

    def diagnose(self, realm: Realm) -> list[Finding]:
        self.cloud.records.clear()
        return super().diagnose(realm)


class SweepsEverything(HasFindings):
    """Repairs what nobody complained about."""

    def repair(self, realm: Realm, finding: Finding, job: Job) -> None:
        job.check()
        self.cloud.records.clear()


WRONG: dict[type[Driver], int] = {
    LooksAway: 13,
    TellsOfNoRealm: 13,
    RemovesTheNameless: 13,
    TidiesWhileLooking: 17,
    SweepsEverything: 17,
}
