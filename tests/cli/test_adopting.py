"""``instance adopt``, on mock, where a setting says which instances something else has made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl

FOREIGN = {"DCCTL_MOCK_FOREIGN": "old-*"}


@pytest.fixture
def strangers(dcctl: Dcctl) -> Dcctl:
    """A cloud with old-web and old-db, which something else has made, and mine, both stopped."""
    for name in ("old-web", "old-db", "mine"):
        dcctl.create(name)
    dcctl.ok("instance", "stop", "old-web", "old-db", "mine")
    return dcctl


def test_what_was_foreign_is_an_instance_as_all_others_but_for_its_disks(strangers: Dcctl) -> None:
    refused = strangers("instance", "destroy", "old-web", "--yes", **FOREIGN)
    assert (refused.exit_status, "dcctl instance adopt" in refused.stderr) == (5, True)
    words = ("instance", "adopt", "old-web", "--hwp", "m1-large", "--image", "img1")
    (planned,) = strangers.ok(*words, "--dry-run", "-o", "json", **FOREIGN).json
    assert strangers.ok("instance", "show", "old-web", "-o", "json", **FOREIGN).json["foreign"] is True
    (row,) = strangers.ok(*words, "-o", "json", **FOREIGN).json
    for each in (planned, row):
        assert (each["foreign"], each["adopted"], each["hwp"], each["image"]) == (
            False,
            {"disks": []},
            "m1-large",
            "img1",
        )
    assert "its disks stay when it is destroyed" in strangers.ok("instance", "show", "old-web", **FOREIGN).stdout
    strangers.ok(*words, **FOREIGN)  # again
    destroyed = strangers.ok("instance", "destroy", "old-web", "--yes", **FOREIGN)
    assert "old-web was adopted: its definition goes, and its disks stay" in destroyed.stderr


def test_disks_are_destroyed_only_if_it_was_said_at_both_ends(strangers: Dcctl) -> None:
    destroy = ("instance", "destroy", "old-db", "--with-disks", "--yes")
    strangers.ok("instance", "adopt", "old-db", **FOREIGN)
    refused = strangers(*destroy, **FOREIGN)
    assert (refused.exit_status, "dcctl instance adopt us/old-db --with-disks" in refused.stderr) == (5, True)
    words = ("instance", "adopt", "old-db", "--with-disks", "-o", "json")
    (planned,) = strangers.ok(*words, "--dry-run", **FOREIGN).json
    (row,) = strangers.ok(*words, **FOREIGN).json
    assert planned["adopted"] == row["adopted"]
    (disk,) = row["adopted"]["disks"]
    (plan,) = strangers.ok(*destroy, "--dry-run", "-o", "json", **FOREIGN).json
    assert [step["with_disks"] for step in plan["steps"]] == [True]
    assert plan["notes"] == [f"old-db was adopted with 1 disk, destroyed with it: {disk}"]
    (plan,) = strangers.ok("instance", "destroy", "old-db", "--dry-run", "-o", "json", **FOREIGN).json
    assert plan["notes"] == [
        f"old-db was adopted: its definition goes, and its disks stay; --with-disks destroys {disk}"
    ]
    strangers.ok(*destroy, **FOREIGN)
    # Of those that were never foreign it changes nothing: their disks go in any case.
    (plan,) = strangers.ok("instance", "destroy", "mine", "--with-disks", "--dry-run", "-o", "json", **FOREIGN).json
    assert ([step["with_disks"] for step in plan["steps"]], plan["notes"]) == ([False], [])


def test_several_are_adopted_at_once_and_what_was_made_here_is_named(strangers: Dcctl) -> None:
    listed = strangers.ok("instance", "list", "-f", "foreign=true", "-q", **FOREIGN)
    several = strangers("instance", "adopt", "-", "mine", "-o", "json", stdin=listed.stdout, **FOREIGN)
    assert (several.exit_status, [row["name"] for row in several.json]) == (9, ["old-web", "old-db"])
    assert "mine is dcctl's already" in several.stderr
    assert strangers.ok("instance", "list", "-f", "foreign=true", "-q", **FOREIGN).lines == []


def test_a_profile_that_does_not_fit_and_an_image_that_nobody_knows_are_refused(strangers: Dcctl) -> None:
    small = strangers("instance", "adopt", "old-web", "--hwp", "m1-small", **FOREIGN)
    assert (small.exit_status, "does not fit the hardware profile m1-small" in small.stderr) == (2, True)
    assert strangers("instance", "adopt", "old-web", "--hwp", "none", **FOREIGN).exit_status == 4
    assert strangers("instance", "adopt", "old-web", "--image", "none", **FOREIGN).exit_status == 4
    assert strangers("instance", "adopt", "old-web", "--image", "", **FOREIGN).exit_status == 2
