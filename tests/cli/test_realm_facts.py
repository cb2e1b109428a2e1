"""``dcctl realm show`` tells how a realm is doing; ``list`` asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.helpers import Dcctl


def test_what_an_instance_takes_is_not_free(dcctl: Dcctl) -> None:
    before = dcctl.ok("realm", "show", "us", "-o", "json").json["facts"]
    dcctl.ok("instance", "create", "--image", "img1", "--hwp", "m1-large", "--realm", "us", "--name", "web")
    after = dcctl.ok("realm", "show", "us", "-o", "json").json["facts"]
    assert after["instances_running"] == before["instances_running"] + 1
    assert after["memory_free_mib"] < before["memory_free_mib"] <= before["memory_mib"]
    assert after["pools"][0]["free_mib"] < before["pools"][0]["free_mib"]


def test_the_card_says_what_is_free_and_what_is_missing(dcctl: Dcctl) -> None:
    text = dcctl.ok("realm", "show", "us").stdout
    assert "of 256.0 GiB free" in text
    assert "disks (used)" in text
    assert text.splitlines()[-1].split() == ["missing", "nothing"]


def test_the_list_asks_nobody(dcctl: Dcctl) -> None:
    failing = {"DCCTL_MOCK_FAIL": "realm-facts"}
    assert [row["facts"] for row in dcctl.ok("realm", "list", "-o", "json", **failing).json] == [None, None]
    assert dcctl("realm", "show", "us", **failing).exit_status == 1


def test_auto_goes_where_more_is_free_and_says_why(dcctl: Dcctl) -> None:
    free = {
        realm: dcctl.ok("realm", "show", realm, "-o", "json").json["facts"]["memory_free_mib"] for realm in ("us", "eu")
    }
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--realm", "auto")
    plan = dcctl.ok(*create, "--dry-run", "-o", "json").json
    assert plan["realm"] == max(free, key=lambda realm: free[realm])
    assert f"placed in {plan['realm']} ({free[plan['realm']]} MiB of memory" in plan["notes"][0]
    made = dcctl.ok(*create, "--name", "web", "-o", "json").json
    assert made["realm"] == plan["realm"]


def test_auto_without_an_image_or_with_a_realm_in_it(dcctl: Dcctl) -> None:
    create = ("instance", "create", "--hwp", "m1-large", "--realm", "auto", "--dry-run", "-o", "json", "--image")
    assert dcctl(*create, "nothing").exit_status == 4
    assert dcctl.ok(*create, "us/img1").json["realm"] == "us"
