"""As a process: where the bytes go, and what happens when they cannot go there."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from cli.helpers import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

LIST = ("instance", "list")


def in_shell(dcctl: Dcctl, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which ``$dcctl`` is the program."""
    return subprocess.run(
        ["bash", "-c", script],
        env=dcctl.environ(dcctl=" ".join(PROGRAM), **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_reader_that_has_seen_enough_is_no_error(dcctl: Dcctl) -> None:
    for output in ("table", "json"):
        done = in_shell(dcctl, f"$dcctl instance list -o {output} | head -1; echo ${{PIPESTATUS[0]}}")
        assert (done.stdout.splitlines()[-1], done.stderr) in (("141", ""), ("0", ""))


def test_a_pipe_that_nobody_reads_ends_it_with_141_in_silence(dcctl: Dcctl) -> None:
    done = in_shell(dcctl, "exec 3> >(:); sleep 0.2; $dcctl instance list >&3; echo $?")
    assert (done.stdout, done.stderr) == ("141\n", "")


@pytest.mark.parametrize(
    "arguments", ["instance list", "instance list -o json", "--version", "--help", "hwp list -o yaml"]
)
def test_a_full_disk_is_one_line_and_status_1(dcctl: Dcctl, arguments: str) -> None:
    for variables in ({}, {"PYTHONUNBUFFERED": "1"}):
        done = in_shell(dcctl, f"$dcctl {arguments} >/dev/full; echo $?", **variables)
        assert "cannot write output: No space left on device" in done.stderr
        assert done.stderr.startswith('{"error"' if "json" in arguments else "dcctl: ")
        assert (done.stderr.count("\n"), done.stdout) == (1, "1\n")


def test_a_full_disk_is_told_once_also_when_the_output_is_large(dcctl: Dcctl, tmp_path: Path) -> None:
    profiles = "\n".join(f"  p{number}: {{cpu: 1, memory: 1 GiB}}" for number in range(1000))
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(f"version: 1\nhardware_profiles:\n{profiles}\n")
    done = in_shell(dcctl, "$dcctl hwp list -o json >/dev/full; echo $?", DCCTL_CATALOGUE=str(catalogue))
    assert "No space left on device" in done.stderr
    assert (done.stderr.count("\n"), done.stdout) == (1, "1\n")


def test_a_closed_standard_output_is_an_error_and_hurts_nothing_else(dcctl: Dcctl) -> None:
    done = in_shell(dcctl, "$dcctl instance list >&-; echo $?")
    assert done.stdout == "1\n"
    assert done.stderr == "dcctl: cannot write output: Bad file descriptor\n"
    assert len(dcctl.names()) == 4


def test_closed_standard_error_and_input_do_no_harm(dcctl: Dcctl) -> None:
    done = in_shell(dcctl, "$dcctl instance list -q <&- 2>&-; $dcctl instance show nobody 2>&-; echo $?")
    assert done.stdout.splitlines()[-2:] == ["inst3", "4"]


def test_standard_error_that_nobody_reads_does_not_change_the_status(dcctl: Dcctl) -> None:
    done = in_shell(dcctl, "exec 3> >(:); sleep 0.2; $dcctl instance show nobody 2>&3; echo $?")
    assert done.stdout == "4\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_encoding_makes_it_fail(dcctl: Dcctl, encoding: str, tmp_path: Path) -> None:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text("version: 1\nrealms:\n  us: {name: Zürich – 東京, mock: {}}\n", encoding="utf-8")
    for output in ("table", "json"):
        result = dcctl.process(
            "--catalogue", str(catalogue), "realm", "list", "-o", output, PYTHONIOENCODING=encoding, PYTHONUTF8="0"
        )
        assert (result.exit_status, result.stderr) == (0, "")


def test_off_a_terminal_nothing_is_coloured_cut_or_drawn(dcctl: Dcctl) -> None:
    for variables in ({"COLUMNS": "20"}, {"GITHUB_ACTIONS": "true"}, {"TERM": "dumb"}):
        listed = dcctl.process(*LIST, **variables)
        assert "\x1b" not in listed.stdout + listed.stderr
        assert "Mock Instance With Profile Change" in listed.stdout
        assert "img1.inst0.public.com, img1.inst0.private.com" in listed.stdout
        helped = dcctl.process("instance", "create", "--help", **variables)
        assert "\x1b" not in helped.stdout
        assert "╭" not in helped.stdout


def test_colour_can_be_forced_and_forbidden(dcctl: Dcctl) -> None:
    """flyctl#687, fargate#88, openwhisk-cli#384: colour in pipes, NO_COLOR ignored, and no way to want it"""
    assert "\x1b[32m" in dcctl.ok("--color", "always", *LIST).stdout
    assert "\x1b[" not in dcctl.ok("--color", "never", *LIST, FORCE_COLOR="1").stdout


def test_errors_are_json_for_whoever_asked_for_json(dcctl: Dcctl) -> None:
    for arguments in (("instance", "show", "nobody"), ("instance", "sho"), ("instance", "list", "--nonesuch")):
        for option in (("-o", "json"), ("-ojson",), ("--output=json",), ("--output", "jsonl")):
            result = dcctl(*arguments, *option)
            (error,) = result.errors
            assert error["exit_status"] == result.exit_status
            assert result.stdout == ""
    assert dcctl("instance", "show", "nobody", DCCTL_OUTPUT="json").errors[0]["code"] == "not-found"


def test_the_json_of_an_error_has_these_keys_and_no_others(dcctl: Dcctl) -> None:
    """dobro#13, dobro#6: errors on standard output"""
    (line,) = dcctl("instance", "start", "inst3", "-o", "json").stderr.splitlines()
    (error,) = json.loads(line).values()
    assert set(error) == {"code", "message", "hint", "realm", "resource", "where", "console", "exit_status"}
    assert (error["code"], error["resource"], error["realm"]) == ("not-allowed", "inst3", "eu")


def test_destroying_without_a_terminal_needs_a_yes(dcctl: Dcctl) -> None:
    """doctl#1267, brev-cli#388: asks although nobody is there to answer"""
    for arguments in (("instance", "destroy", "inst3", "--force"), ("image", "destroy", "img2")):
        result = dcctl.process(*arguments)
        assert (result.exit_status, result.stdout) == (2, "")
        assert "--yes" in result.stderr
    assert "inst3" in dcctl.names()


def test_the_version_is_one_line(dcctl: Dcctl) -> None:
    from dcctl import __version__

    assert dcctl.process("--version").stdout == f"dcctl {__version__}\n"
    assert dcctl.ok("--color", "never", "--version").stdout == f"dcctl {__version__}\n"


def test_a_version_that_nobody_can_read_is_an_error(dcctl: Dcctl) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$@" >&-', "-", *PROGRAM, "--version"], env=dcctl.environ(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"dcctl: cannot write output: Bad file descriptor\n")


def test_the_words_of_another_program_do_not_make_errors_json(dcctl: Dcctl) -> None:
    result = dcctl("instance", "ssh", "nonesuch", "--", "ls", "-o", "json")
    assert (result.exit_status, result.stderr.partition(".")[0]) == (4, "dcctl: there is no instance nonesuch")
