"""``instance rename``, ``protect``, ``unprotect`` and ``autostart``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl


def show(dcctl: Dcctl, name: str) -> dict[str, Any]:
    shown: dict[str, Any] = dcctl.ok("instance", "show", name, "-o", "json").json
    return shown


def test_a_protected_instance_is_not_destroyed_whoever_asks_and_not_even_stopped_for_it(dcctl: Dcctl) -> None:
    """lxd#781, lxd#1600, lima#1595, lima#581, lima#330: destroyed by accident: no question, no protection"""
    dcctl.create("web")
    (row,) = dcctl.ok("instance", "protect", "web", "-o", "json").json
    assert (row["protected"], row["refused"]) == (True, {"destroy": "it is protected; first: dcctl instance unprotect"})
    for words in (["--force"], ["--force", "--power-off"]):
        refused = dcctl("instance", "destroy", "web", "--yes", *words)
        assert (refused.exit_status, "dcctl instance unprotect" in refused.stderr) == (5, True)
    assert dcctl.state("web") == "running"
    assert "protected" in dcctl.ok("instance", "show", "web").stdout
    dcctl.ok("instance", "unprotect", "web")
    dcctl.ok("instance", "destroy", "web", "--force", "--yes")


def test_several_are_protected_at_once_and_found_by_it(dcctl: Dcctl) -> None:
    for name in ("one", "two", "three"):
        dcctl.create(name)
    dcctl.ok("instance", "protect", "one", "three")
    assert dcctl.ok("instance", "list", "-f", "protected=true", "-q").lines == ["one", "three"]


def test_an_instance_has_its_new_name_and_the_old_one_is_free(dcctl: Dcctl) -> None:
    dcctl.create("web")
    before = show(dcctl, "web")
    (row,) = dcctl.ok("instance", "rename", "web", "shop", "-o", "json").json
    assert row == {**before, "name": "shop"}
    assert dcctl("instance", "show", "web").exit_status == 4
    dcctl.create("web")


@pytest.mark.parametrize(
    ("name", "status", "complaint"),
    [("db", 5, "exists already"), ("a/b", 2, "'/'"), ("x" * 51, 2, "51 characters"), ("", 2, "empty")],
)
def test_a_name_that_cannot_be_is_refused(dcctl: Dcctl, name: str, status: int, complaint: str) -> None:
    dcctl.create("web")
    dcctl.create("db")
    refused = dcctl("instance", "rename", "web", name)
    assert (refused.exit_status, complaint in refused.stderr) == (status, True)
    assert {"web", "db"} <= set(dcctl.names())


def test_its_own_name_is_no_conflict_with_itself(dcctl: Dcctl) -> None:
    dcctl.create("web")
    before = show(dcctl, "web")
    assert dcctl.ok("instance", "rename", "web", "web", "-q").lines == ["web"]
    assert show(dcctl, "web") == before


def test_autostart_is_switched_on_and_off_and_may_be_asked_for_at_create(dcctl: Dcctl) -> None:
    dcctl.create("web", "--autostart")
    dcctl.create("db")
    assert (show(dcctl, "web")["autostart"], show(dcctl, "db")["autostart"]) == (True, False)
    dcctl.ok("instance", "autostart", "db")
    dcctl.ok("instance", "autostart", "web", "--off")
    assert (show(dcctl, "web")["autostart"], show(dcctl, "db")["autostart"]) == (False, True)


@pytest.mark.parametrize("words", [["protect", "web"], ["rename", "web", "shop"], ["autostart", "web"]])
def test_dry_runs_show_what_would_be_and_change_nothing(dcctl: Dcctl, words: list[str]) -> None:
    dcctl.create("web")
    before = show(dcctl, "web")
    (after,) = dcctl.ok("instance", *words, "-n", "-o", "json").json
    assert after != before
    assert show(dcctl, "web") == before


def test_a_stopped_instance_is_cloned_without_what_is_written_on_it(dcctl: Dcctl) -> None:
    dcctl.create("web", "--label", "role=web", "--memory", "8GiB")
    running = dcctl("instance", "clone", "web", "web-2")
    assert (running.exit_status, "stopped" in running.stderr) == (5, True)
    dcctl.ok("instance", "stop", "web")
    (would_be,) = dcctl.ok("instance", "clone", "web", "web-2", "-n", "-o", "json").json
    assert (would_be["name"], would_be["created"], would_be["host_keys"]) == ("web-2", None, [])
    assert "web-2" not in dcctl.names()
    (copy,) = dcctl.ok("instance", "clone", "web", "web-2", "-o", "json").json
    web = show(dcctl, "web")
    assert copy["id"] != web["id"]
    same = ("state", "image", "hwp", "hardware", "overrides", "realm")
    assert {key: copy[key] for key in same} == {key: web[key] for key in same}
    assert (copy["labels"], web["labels"]) == ({}, {"role": "web"})
    assert dcctl("instance", "clone", "web", "web-2").exit_status == 5
    dcctl.ok("instance", "destroy", "web", "--yes")
    dcctl.ok("instance", "start", "web-2")
