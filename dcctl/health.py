"""What is wrong with realms, and mending it: what the library does. ``Cloud`` hands it out."""

from __future__ import annotations

from dcctl.abilities import Diagnose
from dcctl.endpoints import border
from dcctl.errors import DcctlError, NotSupported, Unreachable
from dcctl.nouns.findings import Finding, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from dcctl.driver import Driver
    from dcctl.endpoints import Endpoints
    from dcctl.job import Job
    from dcctl.model import Realm


class Health:
    """``Cloud.health``."""

    def __init__(self, endpoints: Endpoints, working: Callable[[Job | None, Callable[[Job], Any]], Any]) -> None:
        """``working`` does a piece of work where ``Cloud.cancel()`` reaches it."""
        self._endpoints = endpoints
        self._working = working

    def findings(self, realm: str | None = None) -> list[Finding]:
        """What there is to say about the realm, or about all. That one does not answer is a finding, too; nothing is changed."""
        asked = self._endpoints.realms.values() if realm is None else (self._endpoints.realm(realm),)
        wanted = {each.id for each in asked}
        drivers = self._endpoints.all() if realm is None else (self._endpoints.of(realm),)

        def diagnose(driver: Driver) -> list[Finding]:
            if not isinstance(driver, Diagnose):
                return [Finding("realm", Verdict.NOTE, f"the driver {driver.name} says nothing about its realms")]
            return _once(
                finding for each in driver.endpoint.realms if each.id in wanted for finding in _findings(driver, each)
            )

        answers, failures = self._endpoints.ask_each(drivers, diagnose)
        found = [finding for _, findings in answers for finding in findings]
        for driver, error in failures:
            realms = (each.id for each in driver.endpoint.realms if each.id in wanted)
            found += [Finding("connection", Verdict.WRONG, error.message, error.hint, each) for each in realms]
        return found

    def repair(self, finding: Finding, job: Job | None = None) -> None:
        """Do what ``finding.repair`` says; that it is not so any more is as good."""
        realm = self._endpoints.realm(finding.realm or "")
        driver = self._endpoints.of(realm.id)
        if not isinstance(driver, Diagnose) or finding.repair is None:
            raise NotSupported(f"nothing can be done about it here: {finding.message}", hint=finding.hint)

        def work(job: Job) -> None:
            with border(driver, finding.resource):
                driver.repair(realm, finding, job)

        self._working(job, work)


def _findings(driver: Driver, realm: Realm) -> list[Finding]:
    """Those of one realm. That it cannot be looked at is one, unless that holds for the whole endpoint."""
    try:
        with border(driver):
            return list(driver.diagnose(realm)) if isinstance(driver, Diagnose) else []
    except Unreachable:
        raise
    except DcctlError as error:
        return [Finding("realm", Verdict.WRONG, error.message, error.hint, realm.id)]


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """Those of one endpoint, whose realms may have a network or a pool in common: what is to be mended is said by the first of them."""
    found: dict[object, Finding] = {}
    for each in findings:
        same = each if each.repair is None else (each.check, each.message, each.resource, each.repair)
        found.setdefault(same, each)
    return list(found.values())
