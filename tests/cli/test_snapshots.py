"""``dcctl snapshot``: taken, listed, reverted to, destroyed; and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl


@pytest.fixture
def web(dcctl: Dcctl) -> Dcctl:
    dcctl.create("web", "--label", "role=web")
    return dcctl


def names(dcctl: Dcctl) -> list[str]:
    return dcctl.ok("snapshot", "list", "web", "-q").lines


def test_an_instance_goes_back_to_what_it_was(web: Dcctl) -> None:
    (first,) = web.ok("snapshot", "create", "web", "first", "--description", "It runs", "-o", "json").json
    assert (first["state"], first["current"], first["description"], first["instance"]) == (
        "running",
        True,
        "It runs",
        "web",
    )
    web.ok("instance", "stop", "web")
    web.ok("snapshot", "create", "web", "second")
    assert names(web) == ["first", "second"]
    web.ok("instance", "label", "web", "role=shop")
    (row,) = web.ok("snapshot", "revert", "web", "first", "--yes", "-o", "json").json
    assert (row["state"], row["labels"]) == ("running", {"role": "shop"})
    assert web.ok("snapshot", "show", "web", "first", "-o", "json").json["current"]
    web.ok("snapshot", "destroy", "web", "first", "--yes")
    assert names(web) == ["second"]


def test_snapshots_go_with_their_instance(web: Dcctl) -> None:
    web.ok("snapshot", "create", "web", "first")
    web.ok("instance", "destroy", "web", "--force", "--yes")
    web.create("web")
    assert names(web) == []


def test_dry_runs_change_nothing(web: Dcctl) -> None:
    web.ok("snapshot", "create", "web", "first", "-n")
    assert names(web) == []
    web.ok("snapshot", "create", "web", "first")
    web.ok("instance", "stop", "web")
    web.ok("snapshot", "revert", "web", "first", "-n")
    web.ok("snapshot", "destroy", "web", "first", "-n")
    assert (web.state("web"), names(web)) == ("stopped", ["first"])


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["create", "web", "first"], 5, "already"),
        (["create", "web", "a/b"], 2, "'/'"),
        (["create", "web", "new", "--description", "a\nb"], 2, "one line"),
        (["create", "nobody", "new"], 4, "nobody"),
        (["revert", "web", "firts", "--yes"], 4, "first"),
        (["revert", "web", "first"], 2, "--yes"),
        (["destroy", "web", "first"], 2, "--yes"),
        (["destroy", "web", "other", "--yes"], 4, "other"),
    ],
)
def test_what_cannot_be_is_refused(web: Dcctl, words: list[str], status: int, complaint: str) -> None:
    web.ok("snapshot", "create", "web", "first")
    refused = web("snapshot", *words)
    assert (refused.exit_status, complaint in refused.stderr) == (status, True)
    assert (web.state("web"), names(web)) == ("running", ["first"])


def test_of_several_that_are_destroyed_the_missing_ones_are_told_or_ignored(web: Dcctl) -> None:
    for name in ("one", "two", "three"):
        web.ok("snapshot", "create", "web", name)
    result = web("snapshot", "destroy", "web", "one", "other", "--yes")
    assert (result.exit_status, "other" in result.stderr) == (9, True)
    web.ok("snapshot", "destroy", "web", "-", "--yes", "--ignore-missing", stdin="one two\n")
    assert names(web) == ["three"]


def test_an_instance_that_has_not_settled_is_taken_no_snapshot_of(dcctl: Dcctl) -> None:
    dcctl.ok(
        *("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "slow", "--no-wait"),
        DCCTL_MOCK_PENDING="60s",
    )
    refused = dcctl("snapshot", "create", "slow", "first")
    assert (refused.exit_status, "pending" in refused.stderr) == (5, True)
