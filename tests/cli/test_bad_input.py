"""Every mistake a person can make on the command line: one line, the right status, what would be right, and nothing changed."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl, Result

CREATE = ("instance", "create", "--image", "img1", "--hwp", "m1-large")


def refused(result: Result, status: int, *words: str) -> None:
    """One line that names what is wrong and says what would be right; nothing on standard output."""
    assert (result.exit_status, result.stdout) == (status, "")
    assert result.stderr.startswith("dcctl: ")
    assert result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize(
    ("arguments", "close"),
    [
        (("instance", "show", "AnotherInstanc"), "AnotherInstance"),
        (("instance", "stop", "inst33"), "inst3"),
        (("instance", "wait", "mockuserinstance"), "MockUserInstance"),
        (("image", "show", "JBos"), "JBoss"),
        (("image", "destroy", "JBos", "--yes"), "JBoss"),
        (("hwp", "show", "m1-smal"), "m1-small"),
        (("realm", "show", "uss"), "us"),
        (("instance", "list", "--realm", "uss"), "us"),
        (("image", "list", "--realm", "uss"), "us"),
        (("instance", "create", "--image", "JBos", "--hwp", "m1-small"), "JBoss"),
        (("instance", "create", "--image", "img1", "--hwp", "m1-larg"), "m1-large"),
        ((*CREATE, "--realm", "uss"), "us"),
        (("instance", "show", "uss/inst1"), "us"),
    ],
)
def test_what_is_unknown_ends_with_status_4_and_close_matches(
    dcctl: Dcctl, arguments: tuple[str, ...], close: str
) -> None:
    refused(dcctl(*arguments), 4, close)


def test_a_name_that_fits_several_things_touches_none_of_them(dcctl: Dcctl) -> None:
    refused(dcctl("image", "destroy", "Fedora 10", "--yes"), 2, "img1", "img2", "say which".capitalize())
    assert len(dcctl.ok("image", "list", "-o", "json").json) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--memory", "64GiB"), ("memory cannot be", "7680 MiB to 15360 MiB")),
        (("--cpu", "7"), ("cpu cannot be 7", "1 to 6")),
        (("--storage", "851GiB"), ("storage cannot be 851 GiB", "850 GiB or 1024 GiB")),
        (("--architecture", "i386"), ("architecture cannot be i386", "x86_64")),
        (("--memory", "8"), ("--memory needs a unit", "GiB")),
        (("--memory", "8GB"), ("--memory", "GiB")),
        (("--cpu", "two"), ("--cpu", "whole number")),
        (("--storage", "1.5GiB"), ("--storage", "whole number")),
        (("--timeout", "soon"), ("--timeout", "5s")),
    ],
)
def test_sizes_that_the_profile_does_not_allow_are_refused_naming_what_it_allows(
    dcctl: Dcctl, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    refused(dcctl(*CREATE, *options), 2, *words)
    assert len(dcctl.names()) == 4


@pytest.mark.parametrize("verb", ["start", "resume"])
def test_an_action_that_the_state_forbids_names_those_it_allows(dcctl: Dcctl, verb: str) -> None:
    refused(dcctl("instance", verb, "inst3"), 5, f"cannot {verb} inst3: it is running", "stop, reboot, suspend")


def test_force_is_offered_where_it_would_help(dcctl: Dcctl) -> None:
    assert "--force" in dcctl("instance", "destroy", "inst3", "--yes").stderr
    assert "--force" not in dcctl("instance", "start", "inst3").stderr


def test_a_protected_instance_says_why(dcctl: Dcctl) -> None:
    dcctl.ok("instance", "stop", "inst3")
    refused(dcctl("instance", "destroy", "inst3", "--yes", DCCTL_MOCK_PROTECTED="inst3"), 5, "it is protected")


def test_a_taken_name_is_a_conflict(dcctl: Dcctl) -> None:
    refused(dcctl(*CREATE, "--name", "inst3"), 5, "inst3 exists already", "--if-missing")


def test_of_several_processes_that_want_one_name_exactly_one_wins(dcctl: Dcctl) -> None:
    dcctl.ok("instance", "list")
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: dcctl.process(*CREATE, "--name", "web"), range(6)))
    assert sorted(result.exit_status for result in results) == [0, 5, 5, 5, 5, 5]
    assert dcctl.names().count("web") == 1


@pytest.mark.parametrize(
    "name",
    [
        "../web",
        "us/web",
        "a b",
        "it's",
        '"quoted"',
        "[red]web",
        "a[/b]c",
        "web\x1b[31m",
        "web\n",
        "web\x00",
        "-web",
        ".web",
        "$(reboot)",
        "ünïcode",
        "\u202eweb",
        "x" * 300,
        "",
    ],
)
def test_names_that_mean_trouble_elsewhere_are_refused_and_nothing_is_created(dcctl: Dcctl, name: str) -> None:
    for dry_run in ((), ("--dry-run",)):
        result = dcctl(*CREATE, f"--name={name}", *dry_run)
        refused(result, 2)
        assert result.stderr.rstrip("\n").isprintable()
    assert len(dcctl.names()) == 4


@pytest.mark.parametrize("name", ["../web", "web\x1b[31m", "[red]web", "x" * 300, "web\x00"])
def test_asking_for_such_a_name_is_harmless(dcctl: Dcctl, name: str) -> None:
    result = dcctl("instance", "show", "--", name)
    refused(result, 4)
    assert result.stderr.rstrip("\n").isprintable()


@pytest.mark.parametrize("option", ["--realm", "--hwp", "--name", "--image", "--memory", "--user-data", "--ssh-key"])
def test_an_empty_value_as_of_an_unset_variable_is_never_the_same_as_none(dcctl: Dcctl, option: str) -> None:
    refused = dcctl(*CREATE, option, "", DCCTL_REALM="us", DCCTL_HWP="small")
    assert refused.exit_status == 2
    assert "No such file" not in refused.stderr
    assert "img1.inst4" not in dcctl.ok("instance", "list").stdout


@pytest.mark.parametrize("words", [("instance", "show"), ("image", "show"), ("instance", "list", "--realm")])
def test_nothing_is_no_name(dcctl: Dcctl, words: tuple[str, ...]) -> None:
    result = dcctl(*words, "")
    assert (result.exit_status, result.stderr.split(".")[0]) == (2, "dcctl: a name is empty")


def test_every_problem_of_a_create_request_is_reported_at_once(dcctl: Dcctl) -> None:
    result = dcctl(
        "instance", "create", "--image", "img9", "--hwp", "m1-large", "--memory", "64GiB", "--cpu", "9", "--name", "a b",
        "--user-data", "-", stdin="x" * 70_000,
    )  # fmt: skip
    assert result.exit_status == 4
    assert [line.split(".")[0] for line in result.stderr.splitlines()] == [
        "dcctl: there is no image img9",
        "dcctl: cpu cannot be 9: the hardware profile m1-large allows 1 to 6",
        "dcctl: memory cannot be 65536 MiB: the hardware profile m1-large allows 7680 MiB to 15360 MiB",
        "dcctl: the user data has 70000 bytes",
        "dcctl: the name a b has ' ' where that is not allowed",
    ]


def test_as_json_they_are_one_object_with_all_problems(dcctl: Dcctl) -> None:
    result = dcctl(*CREATE, "--memory", "64GiB", "--cpu", "9", "-o", "json")
    (error,) = result.errors
    assert [problem["code"] for problem in error["problems"]] == ["usage", "usage"]
    assert error["exit_status"] == result.exit_status == 2


def test_every_wrong_size_is_reported_at_once(dcctl: Dcctl) -> None:
    result = dcctl(*CREATE, "--memory", "8", "--cpu", "no")
    assert (result.exit_status, result.stderr.count("\n")) == (2, 2)


def test_a_private_key_is_not_taken_for_a_public_one(dcctl: Dcctl, tmp_path: Path) -> None:
    private = tmp_path / "id"
    private.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n-----END OPENSSH PRIVATE KEY-----\n")
    result = dcctl(*CREATE, "--ssh-key", str(private))
    refused(result, 2, "private key", "id.pub")
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--ssh-key", "/nowhere/id.pub"),
        ("--ssh-key", "/dev/null"),
        ("--ssh-key", "ssh-ed25519"),
        ("--ssh-key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOneTwo me@home"),  # cut off when it was copied
        ("--ssh-key", "ssh-dss AAAAB3NzaC1kc3MAAAAB"),
        ("--user-data", "/nowhere"),
    ],
)
def test_files_that_are_not_what_is_needed_are_named(dcctl: Dcctl, options: tuple[str, str]) -> None:
    refused(dcctl(*CREATE, *options), 2)


def test_a_corrupt_database_is_not_overwritten_and_the_error_says_how_to_start_anew(
    dcctl: Dcctl, tmp_path: Path
) -> None:
    database = tmp_path / "state" / "dcctl" / "mock.sqlite3"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"SQLite format 3\x00" + b"garbage" * 1000)
    before = database.read_bytes()
    for arguments in (("instance", "list"), (*CREATE, "--name", "web"), ("instance", "stop", "inst3")):
        refused(dcctl(*arguments), 1, str(database), "mv ")
    assert database.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(dcctl: Dcctl, tmp_path: Path) -> None:
    database = tmp_path / "other.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE precious (thing)")
    connection.close()
    refused(dcctl("instance", "list", DCCTL_MOCK_PATH=str(database)), 1, "not a mock database")


@pytest.mark.parametrize(
    ("failure", "status"),
    [("failed", 1), ("unreachable", 7), ("auth", 7), ("capacity", 10), ("conflict", 5), ("not-supported", 6)],
)
def test_each_kind_of_failure_has_its_status(dcctl: Dcctl, failure: str, status: int) -> None:
    refused(dcctl(*CREATE, DCCTL_MOCK_FAIL=f"create:{failure}"), status)
    assert len(dcctl.names()) == 4


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"DCCTL_DRIVER": "nonesuch"}, 3),
        ({"DCCTL_DRIVER": "nonesuch:Driver"}, 3),
        ({"DCCTL_CONFIG": "/nowhere/config.yaml"}, 3),
        ({"DCCTL_CATALOGUE": "/nowhere/profiles.yaml"}, 3),
        ({"DCCTL_CONTEXT": "nonesuch"}, 3),
        ({"DCCTL_OUTPUT": "xml"}, 3),
        ({"DCCTL_COLOR": "mauve"}, 3),
        ({"DCCTL_TIMEOUT": "soon"}, 3),
        ({"DCCTL_MOCK_LATENCY": "soon"}, 3),
        ({"DCCTL_MOCK_NONESUCH": "1"}, 3),
    ],
)
def test_a_wrong_variable_is_a_wrong_configuration(dcctl: Dcctl, variables: dict[str, str], status: int) -> None:
    result = dcctl("instance", "list", **variables)
    assert (result.exit_status, result.stdout) == (status, "")
    assert result.stderr.count("\n") == 1


def test_what_nobody_foresaw_is_one_line_and_a_traceback_only_with_debug(dcctl: Dcctl, tmp_path: Path) -> None:
    module = tmp_path / "broken_driver.py"
    module.write_text("raise ZeroDivisionError('oops')\n")
    arguments = ("--driver", "broken_driver:Driver", "instance", "list")
    result = dcctl.process(*arguments, PYTHONPATH=f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}")
    refused(result, 3, "oops")
    debugged = dcctl.process("--debug", *arguments, PYTHONPATH=f"{dcctl.environ()['PYTHONPATH']}:{tmp_path}")
    assert "Traceback" in debugged.stderr
    assert debugged.exit_status == 3


def test_words_that_cannot_be_read_are_told_together_with_what_the_plan_finds(dcctl: Dcctl) -> None:
    result = dcctl(
        "instance", "create", "--image", "img9", "--hwp", "m1-larg", "--memory", "much", "--cpu", "few",
        "--user-data", "nowhere", "--ssh-key", "nowhere.pub", "--name", "a/b", "-o", "json",
    )  # fmt: skip
    (error,) = result.errors
    told = " ".join(problem["message"] for problem in error["problems"])
    for word in ("--memory", "--cpu", "nowhere", "nowhere.pub", "img9", "m1-larg", "a/b"):
        assert word in told
    assert (result.exit_status, result.stdout) == (2, "")


@pytest.mark.parametrize("option", [("-c", ""), ("--sort", ""), ("-c", "name,"), ("--sort", "name,,state")])
def test_a_column_without_a_name_is_a_mistake(dcctl: Dcctl, option: tuple[str, str]) -> None:
    result = dcctl("instance", "list", *option)
    assert (result.exit_status, result.stdout) == (2, "")
    assert "a column has no name" in result.stderr


@pytest.mark.parametrize("option", ["--driver", "--context", "--config", "--catalogue", "--color"])
def test_an_empty_global_option_is_a_mistake(dcctl: Dcctl, option: str) -> None:
    result = dcctl(option, "", "instance", "list")
    assert (result.exit_status, result.stdout) == (2, "")
    assert "empty" in result.stderr


@pytest.mark.parametrize("option", ["--config", "--catalogue"])
def test_a_named_pipe_is_refused_and_not_waited_for(dcctl: Dcctl, tmp_path: Path, option: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = dcctl(option, str(tmp_path / "pipe"), "hwp", "list")
    assert result.exit_status == 3
    assert "named pipe" in result.stderr


def test_the_pipe_of_a_shell_is_read(dcctl: Dcctl) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"version: 1\nhardware_profiles: {piped: {}}\n")
    os.close(writing)
    try:
        assert dcctl.ok("--catalogue", f"/dev/fd/{reading}", "hwp", "list", "-q").lines == ["piped"]
    finally:
        os.close(reading)


def test_check_names_the_driver_that_was_meant_and_checks_the_options_of_all(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(
        "version: 1\nrealms:\n  us: {mock: {}}\n  lab: {libvrt: {}}\n  far: {libvirt: {pol: x}}\n  own: {homegrown: {}}\n"
    )
    catalogue.chmod(0o600)
    result = dcctl("catalogue", "check", str(catalogue))
    assert result.exit_status == 3
    assert f"{catalogue}:4:9: realm lab: no driver is called libvrt; did you mean libvirt?" in result.stderr
    assert f"{catalogue}:5:19:" in result.stderr
    assert f"{catalogue}:6:9: realm own: no driver homegrown is installed here" in result.stderr


def test_settings_are_shown_as_people_write_them(dcctl: Dcctl) -> None:
    rows = {row["name"]: row["value"] for row in dcctl.ok("config", "show", "-o", "json").json}
    assert "()" not in rows.values()
    assert "0.0" not in rows.values()


def test_two_realms_that_contradict_each_other_hide_no_other_problem(dcctl: Dcctl) -> None:
    result = dcctl("instance", "create", "--image", "us/img9", "--realm", "eu", "--hwp", "nonesuch", "-o", "json")
    (error,) = result.errors
    told = [problem["message"] for problem in error["problems"]]
    assert told == [
        "there is no image img9 in the realm us",
        "there is no hardware profile nonesuch",
        "the image us/img9 is in the realm us, not in eu",
    ]


@pytest.mark.parametrize("verb", ["start", "stop", "reboot", "suspend", "resume", "destroy"])
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_dry_run_of_what_is_refused_prints_no_empty_list(dcctl: Dcctl, verb: str, form: str) -> None:
    result = dcctl("instance", verb, "nonesuch", "--dry-run", "-o", form)
    assert (result.exit_status, result.stdout) == (4, "")


@pytest.mark.parametrize("name", ["us/", "/inst3", "/"])
def test_half_a_name_is_a_mistake_that_shows_what_was_typed(dcctl: Dcctl, name: str) -> None:
    for words in (("instance", "show"), ("instance", "stop"), ("image", "show"), ("key", "show")):
        refused(dcctl(*words, name), 2, f"{name} lacks a name", "REALM/NAME")
    refused(dcctl("instance", "create", "--hwp", "m1-large", "--image", name), 2, f"{name} lacks a name")


def test_half_a_name_of_an_image_hides_no_other_problem(dcctl: Dcctl) -> None:
    result = dcctl("instance", "create", "--image", "us/", "--hwp", "nonesuch", "--realm", "nowhere", "-o", "json")
    (error,) = result.errors
    told = [problem["message"] for problem in error["problems"]]
    assert told == ["us/ lacks a name", "there is no hardware profile nonesuch", "there is no realm nowhere"]


@pytest.mark.parametrize(
    "pattern", ["(", "x{99999999999999}", "(" * 3000, "(?P<\x1b[31m>x)", "[z-a]", "(?i:a)b(?i)", "(?z)", "*" * 5000]
)
def test_a_pattern_that_python_cannot_take_is_refused_in_a_short_line(dcctl: Dcctl, pattern: str) -> None:
    result = dcctl("instance", "list", "-f", f"name~{pattern}")
    refused(result, 2, "not a pattern")
    assert len(result.stderr) < 300
    assert result.stderr.rstrip("\n").isprintable()


def test_a_pattern_that_a_later_python_will_read_otherwise_says_nothing_of_that(dcctl: Dcctl) -> None:
    result = dcctl.process("instance", "list", "-f", "name~[[a]")
    assert (result.exit_status, result.stderr) == (0, "")


def test_the_whole_error_obeys_nobody_either(dcctl: Dcctl) -> None:
    result = dcctl("--debug", "instance", "list", "--\x1b[31m\udcff")
    assert "Traceback" in result.stderr
    assert result.stderr.replace("\n", "").isprintable()


def test_check_asks_the_drivers_also_about_a_catalogue_that_has_other_faults(dcctl: Dcctl, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text("version: 1\nversion: 2\nrealms:\n  us: {mock: {bogus: 1}}\n  far: {libvrt: {}}\nimagez: {}\n")
    catalogue.chmod(0o600)
    result = dcctl("catalogue", "check", str(catalogue))
    places = [line.removeprefix(f"{catalogue}:").partition(": ")[0] for line in result.stderr.splitlines()]
    assert places == ["2:1", "6:1", "4:15", "5:9"]
    assert result.exit_status == 3


def test_a_control_character_is_escaped_once(dcctl: Dcctl) -> None:
    assert r"has '\u001b' where" in dcctl(*CREATE, "--name", "a\x1b").stderr
    assert r"not a filter: 'a\u001b'." in dcctl("instance", "list", "-f", "a\x1b").stderr


@pytest.mark.parametrize("noun", ["key", "volume", "network", "image", "instance"])
def test_who_names_what_is_not_there_is_told_where_to_look(dcctl: Dcctl, noun: str) -> None:
    """Also where there are none, or too many to tell."""
    missing = dcctl(noun, "show", "zzzzzzzzzzzzzz")
    assert missing.exit_status == 4
    assert f"see: dcctl {noun} list" in missing.stderr.lower() or "known: " in missing.stderr.lower()


def test_an_image_of_another_realm_is_said_to_be_there(dcctl: Dcctl, tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.write_bytes(bytes(1 << 20))
    dcctl.ok("image", "import", str(disk), "--name", "ours", "--realm", "eu")
    refused = dcctl("instance", "create", "--image", "ours", "--hwp", "m1-large", "--realm", "us")
    assert refused.exit_status == 4
    assert refused.stderr == "dcctl: there is no image ours in the realm us. It is in: eu.\n"


def test_commands_that_hints_propose_can_be_typed_also_with_strange_names(dcctl: Dcctl) -> None:
    name = "Mock Instance With Profile Change"
    if dcctl.state(name) != "running":
        dcctl.ok("instance", "start", name)
    refused = dcctl("image", "create", "gold", "--from", name)
    assert refused.exit_status == 5
    assert f"dcctl instance stop 'us/{name}'" in refused.stderr
    missing = dcctl("snapshot", "destroy", name, "nothing", "--yes")
    assert f"dcctl snapshot list 'us/{name}'" in missing.stderr
