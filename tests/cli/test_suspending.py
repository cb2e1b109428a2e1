"""``instance suspend --to-disk``, on mock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.memory import MemoryDriver
from dcctl.driver import Endpoint
from dcctl.errors import NotSupported
from dcctl.model import Action, Instance, State
from dcctl.plan import plan_action
from dcctl.settings import parse_values

if TYPE_CHECKING:
    from cli.helpers import Dcctl


def test_suspended_to_disk_it_says_so_and_goes_on(dcctl: Dcctl) -> None:
    dcctl.create("web")
    (row,) = dcctl.ok("instance", "suspend", "web", "--to-disk", "-o", "json").json
    assert (row["state"], row["saved"], row["provider_state"]) == ("suspended", True, "SUSPENDED (SAVED)")
    assert "yes: its memory is on disk" in dcctl.ok("instance", "show", "web").stdout
    assert dcctl.ok("instance", "list", "-f", "saved=true", "-q").lines == ["web"]
    dcctl.ok("instance", "resume", "web")
    assert dcctl.ok("instance", "list", "-f", "saved=true", "-q").lines == []


@pytest.mark.parametrize(
    "words",
    [
        ["instance", "resize", "web", "--cpu", "3"],
        ["snapshot", "create", "web", "first"],
        ["instance", "rename", "web", "shop"],
        ["instance", "clone", "web", "copy"],
        ["volume", "attach", "data", "web"],
    ],
)
def test_what_the_saved_memory_would_not_know_of_is_refused_also_in_a_dry_run(dcctl: Dcctl, words: list[str]) -> None:
    dcctl.create("web", "--realm", "us")
    dcctl.ok("volume", "create", "data", "--size", "1GiB", "--realm", "us")
    dcctl.ok("instance", "suspend", "web", "--to-disk")
    for dry_run in ([], ["--dry-run"]):
        refused = dcctl(*words, *dry_run)
        assert (refused.exit_status, "suspended to disk" in refused.stderr) == (5, True), refused.stderr
        assert "dcctl instance resume us/web" in refused.stderr


@pytest.mark.parametrize("to_disk", [[], ["--to-disk"]])
def test_whoever_waits_for_its_address_is_told_to_resume_it(dcctl: Dcctl, to_disk: list[str]) -> None:
    dcctl.create("web")
    dcctl.ok("instance", "suspend", "web", *to_disk)
    refused = dcctl("instance", "wait", "web", "--for", "address")
    assert (refused.exit_status, "resume it: dcctl instance resume us/web" in refused.stderr.lower()) == (5, True)


def test_a_dry_run_says_where_the_memory_would_go(dcctl: Dcctl) -> None:
    dcctl.create("web")
    (plan,) = dcctl.ok("instance", "suspend", "web", "--to-disk", "--dry-run", "-o", "json").json
    assert plan["steps"] == [
        {
            "action": "suspend",
            "power_off": False,
            "to_disk": True,
            "with_disks": False,
            "before": "running",
            "during": "suspended",
            "after": "suspended",
        }
    ]
    assert dcctl.state("web") == "running"


def test_a_driver_that_cannot_is_asked_for_nothing() -> None:
    driver = MemoryDriver(Endpoint("memory", (), parse_values(MemoryDriver.settings, {})[0]))
    with pytest.raises(NotSupported, match="cannot suspend to disk"):
        plan_action(driver, Instance("i-1", "web", State.RUNNING), Action.SUSPEND, to_disk=True)


def test_there_is_no_console_of_what_is_suspended_to_disk(dcctl: Dcctl) -> None:
    dcctl.create("web", "--vnc")
    dcctl.ok("instance", "suspend", "web", "--to-disk")
    for words, why in (
        (("console", "web", "--read-only"), "the console of web is silent"),
        (("vnc", "web"), "the screen of web is dark"),
    ):
        refused = dcctl("instance", *words)
        assert refused.exit_status == 5
        assert f"{why}: it is suspended to disk. Resume it: dcctl instance resume us/web." in refused.stderr
