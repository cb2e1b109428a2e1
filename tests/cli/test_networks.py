"""``dcctl network``, and ``dcctl instance create --network``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl

PLAIN = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name")


def test_a_network_is_made_shown_used_and_removed(dcctl: Dcctl) -> None:
    (lab,) = dcctl.ok("network", "create", "lab", "--isolated", "--cidr", "10.9.0.1/24", "-o", "json").json
    assert (lab["reach"], lab["cidr"], lab["foreign"], lab["active"]) == ("isolated", "10.9.0.0/24", False, True)
    assert dcctl.ok("networks", "list", "-q").lines == ["default", "lab"]
    web = dcctl.ok(*PLAIN, "web", "--network", "lab", "--network", "default", "-o", "json").json
    assert web["networks"] == ["lab", "default"]
    refused = dcctl("network", "destroy", "lab", "--yes")
    assert refused.exit_status == 5
    assert "web" in refused.stderr
    dcctl.ok("instance", "destroy", "web", "--force", "--yes")
    dcctl.ok("network", "destroy", "lab", "--yes")
    assert dcctl("network", "show", "lab").exit_status == 4


def test_without_a_range_one_that_is_free_is_taken(dcctl: Dcctl) -> None:
    ranges = {dcctl.ok("network", "create", name, "-o", "json").json[0]["cidr"] for name in ("a", "b", "c")}
    assert len(ranges) == 3


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (("a/b",), 2, "'/'"),
        (("lab", "--cidr", "10.9.0.0"), 2, "/29"),
        (("lab", "--cidr", "10.9.0.0/30"), 2, "/29"),
        (("lab", "--cidr", "10.0.0.0/8"), 2, "/16"),
        (("lab", "--cidr", "8.8.8.0/24"), 2, "private range"),
        (("lab", "--cidr", "127.0.0.0/24"), 2, "no private range"),
        (("lab", "--cidr", "169.254.0.0/24"), 2, "no private range"),
        (("lab", "--cidr", ""), 2, "IPv4 addresses: ''"),
        (("lab", "--cidr", "there"), 2, "192.168.150.0/24"),
        (("lab", "--cidr", "fd00::/64"), 2, "192.168.150.0/24"),
        (("default",), 5, "taken"),
        (("lab", "--cidr", "10.66.0.128/25"), 5, "overlaps"),
        (("lab", "--realm", "mars"), 4, "mars"),
    ],
)
def test_a_network_that_cannot_be_is_refused_in_one_line(
    dcctl: Dcctl, arguments: tuple[str, ...], status: int, complaint: str
) -> None:
    result = dcctl("network", "create", *arguments)
    assert (result.exit_status, len(result.stderr.splitlines())) == (status, 1)
    assert complaint in result.stderr
    assert dcctl.ok("network", "list", "-q").lines == ["default"]


def test_a_dry_run_is_refused_what_the_real_one_would_be(dcctl: Dcctl) -> None:
    for words in (["create", "default"], ["destroy", "default"]):
        assert dcctl("network", *words, "--dry-run").exit_status == 5
    (would_be,) = dcctl.ok("network", "create", "lab", "--cidr", "10.9.0.1/24", "--dry-run", "-o", "json").json
    assert would_be["cidr"] == "10.9.0.0/24"
    dcctl.ok("network", "create", "lab", "--cidr", "10.9.0.0/24")
    for dry_run in (["--dry-run"], []):
        refused = dcctl("network", "create", "more", "--cidr", "10.9.0.0/16", *dry_run)
        assert (refused.exit_status, "overlaps" in refused.stderr) == (5, True)


def test_a_network_that_came_with_the_cloud_is_left_alone(dcctl: Dcctl) -> None:
    result = dcctl("network", "destroy", "default", "--yes")
    assert result.exit_status == 5
    assert "not made by dcctl" in result.stderr
    assert dcctl.ok("network", "list", "-q").lines == ["default"]


def test_what_the_list_shows_can_be_asked_for(dcctl: Dcctl) -> None:
    dcctl.ok("network", "create", "lab")
    for wanted, names in (
        ("ours=yes", ["lab"]),
        ("ours=no", ["default"]),
        ("active=no", []),
        ("ours!=yes", ["default"]),
    ):
        assert dcctl.ok("network", "list", "-q", "-f", wanted).lines == names, wanted
    assert dcctl.ok("network", "list", "-o", "csv", "-c", "name,ours").lines == [
        "name,ours",
        "default,false",
        "lab,true",
    ]


def test_dry_runs_change_nothing(dcctl: Dcctl) -> None:
    dcctl.ok("network", "create", "lab", "-n")
    assert dcctl.ok("network", "list", "-q").lines == ["default"]
    dcctl.ok("network", "create", "lab")
    dcctl.ok("network", "destroy", "lab", "-n")
    assert dcctl.ok("network", "list", "-q").lines == ["default", "lab"]


def test_an_unknown_network_is_told_with_everything_else(dcctl: Dcctl) -> None:
    dcctl.ok("network", "create", "lab")
    result = dcctl(*PLAIN, "a/b", "--network", "lap", "-o", "json")
    (error,) = result.errors
    assert [problem["code"] for problem in error["problems"]] == ["not-found", "usage"]
    assert "lab" in error["problems"][0]["hint"]


def test_more_networks_than_the_driver_takes_are_refused(dcctl: Dcctl) -> None:
    result = dcctl(*PLAIN, "web", *["--network", "default"] * 9)
    assert result.exit_status == 2
    assert "At most 8" in result.stderr
