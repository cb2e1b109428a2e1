"""``dcctl realm show`` tells how a realm is doing; ``list`` asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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


def test_auto_says_which_realms_could_not_be_chosen_since_they_lack_the_image(dcctl: Dcctl, tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.write_bytes(bytes(1 << 20))
    dcctl.ok("image", "import", str(disk), "--name", "ours", "--realm", "eu")
    create = ("instance", "create", "--image", "ours", "--hwp", "m1-large", "--realm", "auto", "--dry-run")
    plan = dcctl.ok(*create, "-o", "json").json
    assert (plan["realm"], plan["notes"][1:]) == ("eu", ["without the image: us"])


def test_auto_without_an_image_or_with_a_realm_in_it(dcctl: Dcctl) -> None:
    create = ("instance", "create", "--hwp", "m1-large", "--realm", "auto", "--dry-run", "-o", "json", "--image")
    assert dcctl(*create, "nothing").exit_status == 4
    assert dcctl.ok(*create, "us/img1").json["realm"] == "us"


def test_several_are_shared_out_by_what_is_left_and_the_plans_say_how(dcctl: Dcctl) -> None:
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--realm", "auto", "--name", "web-{}")
    plans = dcctl.ok(*create, "--count", "20", "--dry-run", "-o", "json").json
    assert [plan["instance"] for plan in plans] == [f"web-{number}" for number in range(1, 21)]
    per_realm = {realm: sum(plan["realm"] == realm for plan in plans) for realm in ("us", "eu")}
    for plan in plans:
        assert plan["notes"][0].startswith(f"placed in {plan['realm']} (")
        assert plan["notes"][0].endswith(f": {per_realm[plan['realm']]} of 20")
    made = dcctl.ok(*create, "--count", "20", "-o", "json").json
    assert [(row["name"], row["realm"]) for row in made] == [(plan["instance"], plan["realm"]) for plan in plans]
    free = [dcctl.ok("realm", "show", realm, "-o", "json").json["facts"]["memory_free_mib"] for realm in ("us", "eu")]
    assert abs(free[0] - free[1]) <= 10240  # as even as one instance more or less can make it
    result = dcctl(*create, "--count", "100", "-o", "json")
    assert result.exit_status == 10
    assert "not for 100" in result.errors[0]["message"]


def test_several_of_which_some_exist_anywhere(dcctl: Dcctl) -> None:
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--count", "3", "--name", "web-{}")
    dcctl.ok(*create[:-4], "--name", "web-2", "--realm", "us")
    for _ in range(2):
        made = dcctl.ok(*create, "--realm", "auto", "--if-missing", "-o", "json").json
        assert sorted(row["name"] for row in made) == ["web-1", "web-2", "web-3"]


def test_a_realm_at_its_limits_gets_none_whatever_is_free_there(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(
        "version: 1\nhardware_profiles: {m1-large: {cpu: 2, memory: 1 GiB}}\n"
        "realms: {us: {mock: {}}, eu: {limits: {instances: 3}, mock: {}}}\n"
    )
    catalogue.chmod(0o600)
    plain = ("--catalogue", str(catalogue), "instance", "create", "--image", "img1", "--hwp", "m1-large")
    create = (*plain, "--realm", "auto", "--count", "6")
    realms = [row["realm"] for row in dcctl.ok(*create, "-o", "json").json]
    # One of the four instances of a new mock cloud is in eu.
    assert realms == ["eu", "eu", "us", "us", "us", "us"]
    assert {row["realm"] for row in dcctl.ok(*create, "-o", "json").json} == {"us"}
