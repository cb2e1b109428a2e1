"""What ``doctor`` says of hosts with several realms, one of which cannot be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.lab_driver import LabDriver
from dcctl.abilities import Diagnose
from dcctl.errors import NotSupported, Unreachable
from dcctl.nouns.findings import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from dcctl.cloud import Cloud
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Realm


class OneHost(LabDriver, Diagnose):
    """Both realms are of one endpoint, and the first is not what it should be."""

    problem: Exception = NotSupported("its disks are clay tablets", hint="use files")

    @classmethod
    def endpoint_of(cls, realm: Realm) -> str:
        return "near"

    def diagnose(self, realm: Realm) -> list[Finding]:
        if realm.id == "near":
            raise self.problem
        return [Finding("pool", Verdict.GOOD, "it is there", realm=realm.id)]

    def repair(self, realm: Realm, finding: Finding, job: Job) -> None:
        """There is nothing to mend."""


class AwayHost(OneHost):
    problem = Unreachable("nobody is there")


class BrokenHost(OneHost):
    problem = RuntimeError("a mistake of the driver's")


@pytest.mark.parametrize(("driver", "said"), [(OneHost, "clay tablets"), (BrokenHost, "a mistake of the driver's")])
def test_a_realm_that_cannot_be_looked_at_leaves_the_others_of_its_host(
    open_cloud: Callable[[type[Driver]], Cloud], driver: type[Driver], said: str
) -> None:
    wrong, good = open_cloud(driver).health.findings()
    assert (wrong.check, wrong.verdict, wrong.realm, said in wrong.message) == ("realm", Verdict.WRONG, "near", True)
    assert (good.check, good.realm) == ("pool", "far")


def test_a_host_that_is_away_is_away_for_all_of_its_realms(open_cloud: Callable[[type[Driver]], Cloud]) -> None:
    found = open_cloud(AwayHost).health.findings()
    assert [(each.check, each.realm) for each in found] == [("connection", "near"), ("connection", "far")]
