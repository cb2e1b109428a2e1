"""``dcctl instance create --network NAME,address=...,mac=...``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

PLAIN = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name")
MAC = "52:54:00:12:34:ab"


@pytest.fixture(autouse=True)
def lab(dcctl: Dcctl) -> None:
    dcctl.ok("network", "create", "lab", "--cidr", "10.9.0.0/24")


def test_chosen_addresses_are_planned_kept_shown_and_free_again(dcctl: Dcctl) -> None:
    wanted = ("--network", "default", "--network", "lab,address=10.9.0.20/24,mac=52-54-00-12-34-AB")
    expected = [
        {"network": "default", "mac": None, "address": None},
        {"network": "lab", "mac": MAC, "address": "10.9.0.20"},
    ]
    assert dcctl.ok(*PLAIN, "web", *wanted, "-n", "-o", "json").json["create"]["interfaces"] == expected
    assert f"lab: 10.9.0.20, {MAC}" in dcctl.ok(*PLAIN, "web", *wanted, "-n").stdout
    web = dcctl.ok(*PLAIN, "web", *wanted, "--for", "address", "-o", "json").json
    assert (web["networks"], web["interfaces"]) == (["default", "lab"], expected)
    assert "10.9.0.20" in [address["value"] for address in web["private_addresses"]]
    assert "10.9.0.20" in dcctl.ok("instance", "list", "-c", "addresses").stdout
    assert MAC in dcctl.ok("instance", "show", "web").stdout
    kept = {"address": "10.9.0.20", "mac": MAC, "instance": "web"}
    assert dcctl.ok("network", "show", "lab", "-o", "json").json["kept"] == [kept]
    assert f"kept addresses  10.9.0.20  {MAC}  web" in dcctl.ok("network", "show", "lab").stdout
    for taken in ("address=10.9.0.20", f"mac={MAC}"):
        refused = dcctl(*PLAIN, "other", "--network", f"lab,{taken}", "-o", "json")
        (error,) = refused.errors
        assert (refused.exit_status, error["code"], "web" in error["message"]) == (5, "conflict", True)
    dcctl.ok("instance", "destroy", "web", "--force", "--yes")
    assert dcctl.ok("network", "show", "lab", "-o", "json").json["kept"] == []
    dcctl.ok(*PLAIN, "other", *wanted)


def test_whoever_chooses_nothing_has_none(dcctl: Dcctl) -> None:
    web = dcctl.ok(*PLAIN, "web", "--network", "lab", "-o", "json").json
    assert (web["networks"], web["interfaces"]) == (["lab"], [])


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["lab,address=10.9.1.20"], 2, "not in 10.9.0.0/24"),
        (["lab,address=10.9.0.20/16"], 2, "has the size /24, not /16"),
        (["lab,address=10.9.0.0"], 2, "it stands for all"),
        (["lab,address=10.9.0.255"], 2, "it stands for all"),
        (["lab,address=10.9.0.1"], 5, "is the router"),
        (["lab,address=fd00::5"], 2, "an IPv6 address cannot be kept"),
        (["lab,address=10.9.0.20/255.255.255.0"], 2, "not an IPv4 address"),
        (["lab,address=there"], 2, "not an IPv4 address: there"),
        (["lab,address="], 2, "address= is empty"),
        (["lab,mac=53:54:00:12:34:56"], 2, "cannot be the MAC address of one interface"),
        (["lab,mac=00:00:00:00:00:00"], 2, "cannot be the MAC address of one interface"),
        (["lab,mac=52:54:00:12:34"], 2, "six pairs"),
        (["lab,mac=52:54:00:12:34:5\u0666"], 2, "six pairs"),
        (["lab,mac=52:54:00:12:34:56,mac=52:54:00:12:34:57"], 2, "mac= is given twice"),
        (["lab,macc=52:54:00:12:34:56"], 2, "did you mean mac?"),
        (["lab,gateway=10.9.0.1"], 2, "--network-config"),
        ([",mac=52:54:00:12:34:56"], 2, "a name is empty"),
        (["lap,mac=52:54:00:12:34:56"], 4, "did you mean lab?"),
        (["lab,address=10.9.0.20", "lab,address=10.9.0.20/24"], 2, "10.9.0.20 is given twice"),
        ([f"lab,mac={MAC}", "default,mac=52-54-00-12-34-AB"], 2, "is given twice"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(dcctl: Dcctl, words: list[str], status: int, says: str) -> None:
    options = [option for word in words for option in ("--network", word)]
    for dry_run in (["--dry-run"], []):
        result = dcctl(*PLAIN, "web", *options, *dry_run)
        assert (result.exit_status, len(result.stderr.splitlines())) == (status, 1), result.stderr
        assert says.lower() in result.stderr.lower()
    assert "web" not in dcctl.ok("instance", "list", "-q").lines


def test_everything_wrong_with_the_interfaces_comes_at_once(dcctl: Dcctl) -> None:
    words = (
        "--network",
        "lab,mac=here,colour=blue",
        "--network",
        "lab,mac=here,address=there",
        "--network",
        "default,address=10.9.0.5",
    )
    (error,) = dcctl(*PLAIN, "web", *words, "-o", "json").errors
    said = [problem["message"] for problem in error["problems"]]
    assert len(said) == 3
    assert "colour" in said[0]
    assert "MAC" in said[1]
    assert "10.66.0.0/24" in said[2]


def test_a_network_may_have_commas_in_its_name(dcctl: Dcctl) -> None:
    for words, name in (("a,b", "a,b"), (f"a,b,mac={MAC}", "a,b"), ("a,B=c", "a,B=c")):
        (error,) = dcctl(*PLAIN, "web", "--network", words, "-o", "json").errors
        assert (error["code"], error["resource"].rpartition("/")[2]) == ("not-found", name)


def test_several_instances_cannot_have_the_same_addresses(dcctl: Dcctl) -> None:
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--count", "2", "--name", "web-{}")
    result = dcctl(*create, "--network", f"lab,mac={MAC}")
    assert (result.exit_status, "--count" in result.stderr) == (2, True)
    dcctl.ok(*create, "--network", "lab")


def test_a_clone_has_addresses_of_its_own(dcctl: Dcctl) -> None:
    dcctl.ok(*PLAIN, "web", "--network", f"lab,mac={MAC},address=10.9.0.20")
    dcctl.ok("instance", "stop", "web")
    (copy,) = dcctl.ok("instance", "clone", "web", "copy", "-o", "json").json
    assert (copy["networks"], copy["interfaces"]) == (["lab"], [])


def test_a_network_configuration_that_may_pass_over_the_address_is_noted(dcctl: Dcctl, tmp_path: Path) -> None:
    (tmp_path / "network").write_text("version: 2\nethernets: {}\n")
    words = ("--network-config", str(tmp_path / "network"), "--dry-run", "-o", "json")
    (note,) = dcctl.ok(*PLAIN, "web", "--network", "lab,address=10.9.0.20", *words).json["notes"]
    assert "10.9.0.20" in note
    assert "DHCP" in note
    assert dcctl.ok(*PLAIN, "web", "--network", f"lab,mac={MAC}", *words).json["notes"] == []


def test_a_driver_that_chooses_addresses_by_itself_says_so(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text("version: 1\nhardware_profiles: {opaque: {}}\nrealms: {here: {memory: {}}}\n")
    driver = ("--driver", "contract.wrong.networks:HasNetworks", "--catalogue", str(catalogue))
    create = (*driver, "instance", "create", "--image", "tiny", "--hwp", "opaque")
    dcctl.ok(*create, "--network", "given")
    result = dcctl(*create, "--network", f"given,mac={MAC}")
    assert (result.exit_status, "does not take MAC and IP addresses" in result.stderr) == (6, True)
