"""``dcctl volume``: made, attached, grown, detached, removed; and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl


@pytest.fixture
def data(dcctl: Dcctl) -> Dcctl:
    dcctl.ok("volume", "create", "data", "--size", "10GiB")
    return dcctl


def volume(dcctl: Dcctl) -> dict[str, object]:
    found: dict[str, object] = dcctl.ok("volume", "show", "data", "-o", "json").json
    return found


def test_a_volume_goes_through_its_whole_life(data: Dcctl) -> None:
    assert (volume(data)["state"], volume(data)["size_gib"]) == ("available", 10)
    (attached,) = data.ok("volume", "attach", "data", "inst3", "-o", "json").json
    assert (attached["state"], attached["instance"], attached["device"]) == ("in-use", "inst3", "vdb")
    data.ok("volume", "resize", "data", "--size", "1TiB")
    assert volume(data)["size_gib"] == 1024
    data.ok("volume", "detach", "data")
    assert (volume(data)["state"], volume(data)["device"]) == ("available", None)
    data.ok("volumes", "destroy", "data", "--yes")
    assert data.ok("volume", "list", "-q").lines == []


def test_a_volume_outlives_its_instance(data: Dcctl) -> None:
    data.ok("volume", "attach", "data", "inst3")
    refused = data("volume", "destroy", "data", "--yes")
    assert refused.exit_status == 5
    assert "inst3" in refused.stderr
    data.ok("instance", "destroy", "inst3", "--force", "--yes")
    assert volume(data)["state"] == "available"


def test_a_dry_run_is_refused_what_the_real_one_would_be(data: Dcctl) -> None:
    assert data("volume", "create", "data", "--size", "1GiB", "--dry-run").exit_status == 5
    data.ok("volume", "attach", "data", "inst3")
    assert data("volume", "destroy", "data", "--dry-run").exit_status == 5


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("create", "data", "--size", "1GiB"), 5, "taken"),
        (("create", "a/b", "--size", "1GiB"), 2, "'/'"),
        (("create", "b", "--size", "much"), 2, "--size"),
        (("create", "b", "--size", "0GiB"), 2, "more than nothing"),
        (("create", "b", "--size", "1025TiB"), 2, "1048576"),
        (("create", "b"), 2, "--size"),
        (("resize", "data", "--size", "9GiB"), 2, "only grow"),
        (("detach", "data"), 5, "not attached"),
        (("attach", "data", "inst33"), 4, "inst3"),
        (("attach", "dato", "inst3"), 4, "data"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    data: Dcctl, words: tuple[str, ...], status: int, complaint: str
) -> None:
    before = data.ok("volume", "list", "-o", "json").stdout
    result = data("volume", *words)
    assert (result.exit_status, len(result.stderr.splitlines()), result.stdout) == (status, 1, "")
    assert complaint in result.stderr
    assert data.ok("volume", "list", "-o", "json").stdout == before


def test_it_is_attached_once_and_only_where_the_guest_can_answer(data: Dcctl) -> None:
    data.ok("instance", "suspend", "inst3")
    suspended = data("volume", "attach", "data", "inst3")
    assert suspended.exit_status == 5
    assert "suspended" in suspended.stderr
    data.ok("instance", "resume", "inst3")
    data.ok("volume", "attach", "data", "inst3")
    again = data("volume", "attach", "data", "AnotherInstance")
    assert again.exit_status == 5
    assert "volume detach us/data" in again.stderr


def test_dry_runs_change_nothing(data: Dcctl) -> None:
    before = data.ok("volume", "list", "-o", "json").stdout
    (would_be,) = data.ok("volume", "attach", "data", "inst3", "-n", "-o", "json").json
    assert (would_be["state"], would_be["instance"]) == ("in-use", "inst3")
    for words in (("create", "b", "--size", "1GiB"), ("resize", "data", "--size", "20GiB"), ("destroy", "data")):
        data.ok("volume", *words, "-n")
    assert data.ok("volume", "list", "-o", "json").stdout == before
