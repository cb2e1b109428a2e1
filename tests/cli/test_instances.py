"""The main job on the mock driver, in process: what is written where, and what becomes of the instances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

FIXTURES = ["Mock Instance With Profile Change", "MockUserInstance", "AnotherInstance", "inst3"]

ONE_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTEx"
ANOTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIy"


def test_the_two_commands_of_the_readme_work_as_written(dcctl: Dcctl) -> None:
    assert dcctl.ok("instances", "list").lines[0].split() == [
        "NAME",
        "STATE",
        "REALM",
        "HWP",
        "IMAGE",
        "ADDRESSES",
        "AGE",
    ]
    created = dcctl.ok("instance", "create", "--image", "img1", "--hwp", "m1-large")
    assert created.lines[1].split()[1:5] == ["running", "us", "m1-large", "img1"]
    assert created.stderr == ""


@pytest.mark.parametrize("word", ["instance", "instances"])
def test_singular_and_plural_are_the_same_command(dcctl: Dcctl, word: str) -> None:
    assert [i["name"] for i in dcctl.ok(word, "list", "-o", "json").json] == FIXTURES


def test_a_list_can_be_narrowed_sorted_and_cut_to_columns(dcctl: Dcctl) -> None:
    listed = dcctl.ok(
        "instance", "list", "--realm", "us", "-f", "hwp=m1-large", "--sort", "-name", "-c", "name,realm", "--no-header"
    )
    assert [line.rsplit(maxsplit=1)[0] for line in listed.lines] == [FIXTURES[0], "AnotherInstance"]
    assert {line.split()[-1] for line in listed.lines} == {"us"}


def test_create_returns_an_object_for_scripts_and_a_row_for_people(dcctl: Dcctl) -> None:
    web = dcctl.create("web", "--memory", "12GiB", "-o", "json").json
    assert (web["name"], web["state"], web["hardware"]["memory_mib"]) == ("web", "running", 12288)
    assert web["overrides"] == {"memory_mib": 12288}
    assert dcctl.create("db", "-q").stdout == "db\n"
    assert dcctl.create("cache", "-o", "name").stdout == "cache\n"


def test_a_name_is_made_up_when_none_is_given(dcctl: Dcctl) -> None:
    names = {dcctl.ok("instance", "create", "--image", "img1", "--hwp", "m1-large", "-q").stdout for _ in range(3)}
    assert len(names) == 3
    assert all(name.strip().replace("-", "").isalnum() for name in names)


def test_an_instance_goes_through_its_whole_life(dcctl: Dcctl) -> None:
    dcctl.create("web")
    for verb, state in (
        ("stop", "stopped"),
        ("start", "running"),
        ("reboot", "running"),
        ("suspend", "suspended"),
        ("resume", "running"),
    ):
        (row,) = dcctl.ok("instance", verb, "web", "-o", "json").json
        assert row["state"] == state
    dcctl.ok("instance", "stop", "web", "--power-off")
    (gone,) = dcctl.ok("instance", "destroy", "web", "--yes", "-o", "json").json
    assert gone["state"] == "finish"
    assert dcctl("instance", "show", "web").exit_status == 4


def test_the_image_user_data_and_keys_reach_the_instance(dcctl: Dcctl, tmp_path: Path) -> None:
    key = tmp_path / "id.pub"
    key.write_text(f"# mine\n{ONE_KEY} me@home\n")
    web = dcctl.ok(
        "instance", "create", "--image", "eu/img1", "--hwp", "m1-large", "--user-data", "-", "--ssh-key", str(key),
        "--ssh-key", f"{ANOTHER_KEY} you", "--for", "address", "-o", "json",
        stdin="#cloud-config\n",
    ).json  # fmt: skip
    assert web["realm"] == "eu"
    assert web["key"] == "me@home, you"
    assert web["public_addresses"]


def test_show_is_a_card_and_keeps_passwords_back(dcctl: Dcctl) -> None:
    card = dcctl.ok("instance", "show", "MockUserInstance").stdout
    assert "mock-password" not in card
    assert "stop, reboot, suspend" in card
    assert "it is running" in card  # why the others are not allowed
    assert "mock-password" in dcctl.ok("instance", "show", "MockUserInstance", "--show-secrets").stdout
    assert dcctl.ok("instance", "show", "inst1", "-o", "json").json["password"] is None
    assert dcctl.ok("instance", "show", "inst1", "-o", "json", "--show-secrets").json["password"] == "mock-password"


def test_several_names_are_all_done_and_each_is_reported(dcctl: Dcctl) -> None:
    dcctl.create("web")
    dcctl.create("db")
    rows = dcctl.ok("instance", "stop", "web", "db", "-o", "json").json
    assert [(row["name"], row["state"]) for row in rows] == [("web", "stopped"), ("db", "stopped")]


def test_names_come_from_standard_input_and_each_counts_once(dcctl: Dcctl) -> None:
    dcctl.create("web")
    dcctl.create("db")
    identifier = dcctl.ok("instance", "show", "db", "-o", "json").json["id"]
    stopped = dcctl.ok("instance", "stop", "-", "web", identifier, "-q", stdin=" web\n\tdb web \n")
    assert stopped.lines == ["web", "db"]


def test_what_one_command_prints_with_q_another_takes(dcctl: Dcctl) -> None:
    everything = dcctl.ok("instance", "list", "-q").stdout
    stopped = dcctl.ok("instance", "stop", "-", "-o", "json", stdin=everything).json
    assert [row["name"] for row in stopped] == FIXTURES


def test_no_names_on_standard_input_means_nothing_not_everything(dcctl: Dcctl) -> None:
    for words in (("stop", "-"), ("destroy", "--yes", "-"), ("wait", "-")):
        done = dcctl.ok("instance", *words, "-o", "json", stdin="\n")
        assert "nothing to do" in done.stderr
        assert done.stdout == "[]\n"
    assert {i["state"] for i in dcctl.ok("instance", "list", "-o", "json").json} == {"running"}
    assert dcctl("image", "destroy", "--yes", "-").exit_status == 0
    assert len(dcctl.ok("image", "list", "-q").lines) == 3


def test_a_list_of_names_that_was_cut_off_is_not_acted_on(dcctl: Dcctl) -> None:
    assert dcctl("instance", "stop", "-", stdin="MockUserInstance " * 70_000).exit_status == 2
    assert dcctl.state("MockUserInstance") == "running"


def test_when_some_fail_the_rest_is_done_each_is_named_and_the_status_is_9(dcctl: Dcctl) -> None:
    dcctl.create("web")
    result = dcctl("instance", "stop", "web", "nobody", "inst3", "-o", "json")
    assert result.exit_status == 9
    assert [row["name"] for row in result.json] == ["web", "inst3"]
    assert [error["code"] for error in result.errors] == ["not-found", "partial"]
    assert result.errors[0]["resource"] == "nobody"


def test_when_the_only_one_fails_the_status_is_its_own(dcctl: Dcctl) -> None:
    result = dcctl("instance", "start", "inst3")
    assert (result.exit_status, result.stdout) == (5, "")
    assert result.stderr == "dcctl: cannot start inst3: it is running. Allowed: stop, reboot, suspend.\n"


@pytest.mark.parametrize(
    ("verb", "before"), [("stop", "stopped"), ("start", "running"), ("resume", "running"), ("resume", "stopped")]
)
def test_force_does_not_walk_in_a_circle(dcctl: Dcctl, verb: str, before: str) -> None:
    if before == "stopped":
        dcctl.ok("instance", "stop", "inst3")
    result = dcctl("instance", verb, "inst3", "--force")
    assert result.exit_status == 5
    assert f"it is {before}" in result.stderr
    assert dcctl.state("inst3") == before
    assert "--force" not in dcctl("instance", verb, "inst3").stderr


def test_force_walks_the_machine(dcctl: Dcctl) -> None:
    assert dcctl("instance", "destroy", "inst3", "--yes").exit_status == 5
    dcctl.ok("instance", "destroy", "inst3", "--yes", "--force")
    assert "inst3" not in dcctl.names()


@pytest.mark.parametrize("output", ["table", "wide", "json", "jsonl", "yaml", "csv", "name"])
def test_a_dry_run_shows_the_plan_in_every_format_and_changes_nothing(dcctl: Dcctl, output: str) -> None:
    before = dcctl.ok("instance", "list", "-o", "json").stdout
    create = dcctl.ok(
        "instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", "--dry-run", "-o", output
    )
    destroy = dcctl.ok("instance", "destroy", "inst3", "inst2", "--force", "-n", "-o", output)
    assert "web" in create.stdout
    assert "inst3" in destroy.stdout
    assert dcctl.ok("instance", "list", "-o", "json").stdout == before


def test_a_dry_run_says_every_step(dcctl: Dcctl) -> None:
    (plan,) = dcctl.ok("instance", "destroy", "inst3", "--force", "--dry-run", "-o", "json").json
    assert [step["action"] for step in plan["steps"]] == ["stop", "destroy"]


def test_a_dry_run_refuses_what_the_real_one_would(dcctl: Dcctl) -> None:
    assert dcctl("instance", "destroy", "inst3", "--dry-run").exit_status == 5


def test_if_missing_leaves_an_existing_instance_as_it_is(dcctl: Dcctl) -> None:
    dcctl.create("web")
    dcctl.ok("instance", "stop", "web")
    again = dcctl.create("web", "--if-missing", "-o", "json")
    assert again.json["state"] == "stopped"
    assert "exists already" in again.stderr
    assert dcctl.create("db", "--if-missing", "-o", "json").json["state"] == "running"


def test_ignore_missing_makes_destroy_repeatable(dcctl: Dcctl) -> None:
    gone = dcctl.ok("instance", "destroy", "nobody", "--yes", "--ignore-missing", "-o", "json")
    assert (gone.json, gone.stderr) == ([], "")


def test_without_waiting_the_state_is_the_one_on_the_way(dcctl: Dcctl) -> None:
    patient = {"DCCTL_MOCK_PENDING": "1h", "DCCTL_MOCK_STOPPING": "1h"}
    created = dcctl.ok(
        "instance", "create", "--image", "img1", "--hwp", "m1-large", "--no-wait", "-o", "json", **patient
    )
    assert created.json["state"] == "pending"
    assert dcctl.ok("instance", "stop", "inst3", "--no-wait", "-o", "json", **patient).json[0]["state"] == "stopping"


def test_a_timeout_ends_only_the_waiting_and_says_how_to_go_on(dcctl: Dcctl) -> None:
    """doctl#432: nobody finds out how to wait"""
    result = dcctl("instance", "stop", "inst3", "--timeout", "0.1s", DCCTL_MOCK_STOPPING="1h")
    assert result.exit_status == 8
    assert "dcctl instance wait eu/inst3 --for state=stopped" in result.stderr
    assert "dcctl instance stop eu/inst3 --power-off" in result.stderr
    assert dcctl.state("inst3") == "stopping"


def test_the_plug_can_be_pulled_while_a_guest_does_not_react_to_stop(dcctl: Dcctl) -> None:
    dcctl.ok("instance", "stop", "inst3", "inst0", "--no-wait", DCCTL_MOCK_STOPPING="1h")
    refused = dcctl("instance", "destroy", "inst3", "--yes")
    assert refused.exit_status == 5
    assert "Allowed: stop --power-off." in refused.stderr
    (row,) = dcctl.ok("instance", "stop", "inst3", "--power-off", "-o", "json").json
    assert row["state"] == "stopped"
    assert dcctl.ok("instance", "destroy", "inst0", "--force", "--power-off", "--yes", "-o", "json").json


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_pulling_the_plug_before_destroying_is_said_together_with_force(dcctl: Dcctl, state: str) -> None:
    if state == "stopped":
        dcctl.ok("instance", "stop", "inst3")
    refused = dcctl("instance", "destroy", "inst3", "--power-off", "--yes")
    assert (refused.exit_status, "Add --force" in refused.stderr, dcctl.state("inst3")) == (2, True, state)


def test_the_plug_is_pulled_when_a_graceful_stop_takes_too_long(dcctl: Dcctl) -> None:
    (row,) = dcctl.ok(
        "instance", "stop", "inst3", "--power-off-after", "0.1s", "-o", "json", DCCTL_MOCK_STOPPING="1h"
    ).json
    assert row["state"] == "stopped"


@pytest.mark.parametrize("goal", ["state=running", "running", "address"])
def test_waiting_for_what_is_already_so_ends_at_once(dcctl: Dcctl, goal: str) -> None:
    assert dcctl.ok("instance", "wait", "inst3", "inst2", "--for", goal, "-q").lines == ["inst3", "AnotherInstance"]


def test_waiting_gives_up_in_time_and_refuses_a_goal_that_is_none(dcctl: Dcctl) -> None:
    """doctl#1071: waiting in vain ends with status 0"""
    assert dcctl("instance", "wait", "inst3", "--for", "stopped", "--timeout", "0.1").exit_status == 8
    wrong = dcctl("instance", "wait", "inst3", "--for", "runing")
    assert wrong.exit_status == 2
    assert "Did you mean running" in wrong.stderr


def test_an_instance_that_ends_in_error_is_a_failure_and_is_named(dcctl: Dcctl) -> None:
    failed = dcctl(
        "instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", DCCTL_MOCK_END_IN_ERROR="web"
    )
    assert (failed.exit_status, failed.stdout) == (1, "")
    assert "web ended in error" in failed.stderr


def test_only_a_driver_that_nobody_chose_says_that_nothing_real_is_made(dcctl: Dcctl) -> None:
    note = "nothing real is made"
    unchosen = dcctl.ok("instance", "stop", "inst3", "-o", "json", DCCTL_DRIVER="")
    assert note in json.loads(unchosen.stderr)["note"]
    assert note in dcctl.ok("image", "destroy", "img2", "--yes", DCCTL_DRIVER="").stderr
    # Whoever misses something of theirs most often is in the wrong place.
    missing = dcctl("instance", "show", "web", "-o", "json", DCCTL_DRIVER="")
    first, last = missing.stderr.splitlines()
    assert (note in json.loads(first)["note"], json.loads(last)["error"]["code"]) == (True, "not-found")
    assert dcctl("instance", "destroy", "web", "inst0", "--force", "--yes", DCCTL_DRIVER="").stderr.count(note) == 1
    assert dcctl.ok("instance", "list", DCCTL_DRIVER="").stderr == ""
    assert dcctl.ok("--driver", "mock", "instance", "start", "inst3", DCCTL_DRIVER="").stderr == ""


def test_verbose_says_each_step_on_standard_error(dcctl: Dcctl) -> None:
    result = dcctl.ok("-v", "instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", "-q")
    assert (result.stdout, result.stderr) == ("web\n", "dcctl: web: record\n")


def test_an_action_that_was_done_is_no_failure_when_it_cannot_be_read_again(dcctl: Dcctl) -> None:
    # latency makes nothing fail here; the row is read again with one query for all names
    rows = dcctl.ok("instance", "stop", "inst2", "inst3", "-o", "json", DCCTL_MOCK_LATENCY="10ms").json
    assert [row["hardware"]["cpu"] for row in rows] == [1, 1]


def test_what_was_destroyed_is_listed_by_nobody(dcctl: Dcctl) -> None:
    dcctl.ok("instance", "destroy", "inst3", "--force", "--yes")
    assert dcctl.ok("instance", "list", "--all", "-q").lines == ["inst0", "MockUserInstance", "AnotherInstance"]


def test_the_timeout_and_the_format_come_from_the_environment_too(dcctl: Dcctl) -> None:
    assert dcctl("instance", "wait", "inst3", "--for", "stopped", DCCTL_TIMEOUT="0.1").exit_status == 8
    assert isinstance(dcctl.ok("instance", "list", DCCTL_OUTPUT="json").json, list)
    assert dcctl.ok("instance", "list", "-q", DCCTL_OUTPUT="json").lines[-1] == "inst3"


def test_an_instance_in_a_realm_that_the_catalogue_does_not_have_is_shown_and_managed(
    dcctl: Dcctl, tmp_path: Path
) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text("version: 1\nrealms: {us: {mock: {}}}\n")
    catalogue.chmod(0o600)
    dcctl.variables = {**dcctl.variables, "DCCTL_CATALOGUE": str(catalogue)}
    elsewhere = dcctl.ok("instance", "list", "-o", "json").json[-1]
    assert (elsewhere["name"], elsewhere["realm"], "stop" in elsewhere["actions"]) == ("inst3", "eu", True)
    assert dcctl.ok("instance", "stop", "inst3", "-o", "json").json[0]["state"] == "stopped"
    assert dcctl.ok("instance", "show", "inst3", "-o", "json").json["actions"] == ["start", "destroy"]
