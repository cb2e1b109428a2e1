"""``instance resize``: validated against the profile, never smaller disks, and what waits for the next start is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl

CATALOGUE = """
version: 1
hardware_profiles:
  flexible:
    cpu: {range: [1, 8], default: 2}
    memory: {range: [512 MiB, 8 GiB], default: 1 GiB}
    storage: {range: [10 GiB, 100 GiB], default: 10 GiB}
    architecture: x86_64
  large:
    cpu: 4
    memory: 8 GiB
    storage: {range: [20 GiB, 200 GiB], default: 20 GiB}
    architecture: {choices: [x86_64, aarch64]}
  tiny: {cpu: 1, memory: 512 MiB, storage: 5 GiB, architecture: x86_64}
  arm: {cpu: 2, memory: 1 GiB, storage: 50 GiB, architecture: aarch64}
realms:
  us: {name: United States, limits: {cpu: 15}, mock: {}}
"""


@pytest.fixture
def web(dcctl: Dcctl, tmp_path: Path) -> Dcctl:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(CATALOGUE)
    catalogue.chmod(0o600)
    dcctl.variables = {**dcctl.variables, "DCCTL_CATALOGUE": str(catalogue)}
    dcctl.ok("instance", "create", "--image", "img1", "--hwp", "flexible", "--name", "web", "--memory", "2GiB")
    return dcctl


def sizes(dcctl: Dcctl) -> tuple[Any, ...]:
    web = dcctl.ok("instance", "show", "web", "-o", "json").json
    hardware = web["hardware"]
    return web["hwp"], hardware["cpu"], hardware["memory_mib"], hardware["storage_gib"], web["overrides"]


def waiting(dcctl: Dcctl) -> list[str]:
    found: list[str] = dcctl.ok("instance", "show", "web", "-o", "json").json["at_next_start"]
    (listed,) = (each for each in dcctl.ok("instance", "list", "-o", "json").json if each["name"] == "web")
    assert listed["at_next_start"] == found
    return found


def test_single_values_are_changed_and_the_others_stay(web: Dcctl) -> None:
    result = web.ok("instance", "resize", "web", "--cpu", "4", "--storage", "30GiB")
    assert "cpu of web will change when it is stopped and started again" in result.stderr
    assert "storage" not in result.stderr
    assert sizes(web) == ("flexible", 4, 2048, 30, {"cpu": 4, "memory_mib": 2048, "storage_gib": 30})


def test_what_waits_for_the_next_start_is_shown_until_then(web: Dcctl) -> None:
    web.ok("instance", "resize", "web", "--cpu", "4", "--storage", "30GiB")
    assert "from its next start on" in web.ok("instance", "show", "web").stdout
    assert waiting(web) == ["cpu"]
    web.ok("instance", "reboot", "web")
    assert waiting(web) == ["cpu"]
    web.ok("instance", "stop", "web")
    assert waiting(web) == []
    web.ok("instance", "start", "web")
    assert waiting(web) == []
    assert "next start" not in web.ok("instance", "show", "web").stdout


def test_what_is_taken_back_before_the_next_start_does_not_wait(web: Dcctl) -> None:
    web.ok("instance", "resize", "web", "--cpu", "4")
    web.ok("instance", "resize", "web", "--memory", "4GiB")
    assert waiting(web) == ["cpu", "memory_mib"]
    web.ok("instance", "resize", "web", "--cpu", "2")
    assert waiting(web) == ["memory_mib"]


def test_of_a_stopped_instance_nothing_waits(web: Dcctl) -> None:
    web.ok("instance", "stop", "web")
    assert web.ok("instance", "resize", "web", "--cpu", "4").stderr == ""


def test_another_profile_brings_its_own_values_and_keeps_a_larger_disk(web: Dcctl) -> None:
    web.ok("instance", "resize", "web", "--hwp", "large")
    assert sizes(web) == ("large", 4, 8192, 20, {})
    web.ok("instance", "resize", "web", "--storage", "50GiB")
    web.ok("instance", "resize", "web", "--hwp", "flexible")
    assert sizes(web) == ("flexible", 2, 1024, 50, {"storage_gib": 50})


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["--cpu", "9"], 2, "allows 1 to 8"),
        (["--cpu", "0.5"], 2, "--cpu"),
        (["--storage", "9GiB"], 2, "allows 10 GiB"),
        (["--hwp", "tiny"], 2, "does not shrink"),
        (["--hwp", "arm"], 2, "architecture x86_64 for good"),
        (["--hwp", "huge"], 4, "huge"),
        ([], 2, "no size was given"),
        (["--hwp", "large", "--cpu", "2"], 2, "fixed at 4"),
    ],
)
def test_what_cannot_be_is_refused(web: Dcctl, words: list[str], status: int, complaint: str) -> None:
    before = sizes(web)
    refused = web("instance", "resize", "web", *words)
    assert (refused.exit_status, complaint in refused.stderr) == (status, True), refused.stderr
    assert sizes(web) == before


def test_a_disk_never_shrinks_to_what_the_profile_would_allow(web: Dcctl) -> None:
    web.ok("instance", "resize", "web", "--storage", "40GiB")
    refused = web("instance", "resize", "web", "--storage", "20GiB")
    assert (refused.exit_status, "does not shrink" in refused.stderr) == (2, True)


def test_the_limits_of_the_realm_hold(web: Dcctl) -> None:
    web.ok("instance", "create", "--image", "img1", "--hwp", "flexible", "--name", "db", "--cpu", "5", "--realm", "us")
    assert web("instance", "resize", "web", "--cpu", "8").exit_status == 10
    web.ok("instance", "resize", "web", "--cpu", "6")


def test_a_dry_run_shows_the_size_and_changes_nothing_and_the_same_size_is_nothing_to_do(web: Dcctl) -> None:
    before = sizes(web)
    (row,) = web.ok("instance", "resize", "web", "--cpu", "4", "-n", "-o", "json").json
    assert (row["hardware"]["cpu"], row["at_next_start"]) == (4, ["cpu"])
    words = ("resize", "web", "--cpu", "4", "--memory", "3GiB", "--dry-run")
    said = web.ok("instance", *words).stderr
    changes = "dcctl: web would have cpu 4 instead of 2, memory 3072 MiB instead of 2048 MiB"
    assert said == f"{changes}; cpu and memory from its next start on\n"
    assert "from its next start" not in web.ok("instance", "resize", "web", "--storage", "20GiB", "-n").stderr
    assert sizes(web) == before
    assert "has that size already" in web.ok("instance", "resize", "web", "--memory", "2GiB").stderr
