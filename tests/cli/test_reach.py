"""``dcctl instance ssh``, ``cp`` and ``ssh-config`` up to the moment in which dcctl becomes ssh; real guests: tests/libvirt_driver."""

from __future__ import annotations

import os
import subprocess
from shlex import split
from typing import TYPE_CHECKING

import pytest

from cli.helpers import PROGRAM
from requirement import program

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl

ADDRESS = "img1.inst4.public.com"


@pytest.fixture
def web(dcctl: Dcctl) -> Dcctl:
    """dcctl, and an instance in which nobody can log in: the mock driver's."""
    dcctl.create("web", "--ssh-key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f")
    return dcctl


def printed(dcctl: Dcctl, verb: str, *arguments: str) -> list[str]:
    return split(dcctl.ok("instance", verb, "--print", *arguments).stdout)


def said(words: list[str]) -> dict[str, str]:
    """The options that follow each -o."""
    given = [words[place + 1] for place, word in enumerate(words) if word == "-o"]
    return dict(option.split("=", 1) for option in given)


def test_the_command_can_be_printed_instead_of_run(web: Dcctl) -> None:
    words = printed(web, "ssh", "web", "--", "ls", "-l", "a b")
    assert words[0] == "ssh"
    assert words[-5:] == ["--", ADDRESS, "ls", "-l", "a b"]
    assert said(words)["User"] == "mockuser"
    assert printed(web, "ssh", "web", "-t", "--user", "ann", "top")[:2] == ["ssh", "-t"]
    assert said(printed(web, "ssh", "web", "--user", "ann"))["User"] == "ann"


def test_without_a_known_key_the_first_is_believed_and_remembered_in_a_file_of_ours(web: Dcctl, tmp_path: Path) -> None:
    options = said(printed(web, "ssh", "web"))
    assert options["StrictHostKeyChecking"] == "accept-new"
    assert options["HostKeyAlias"] == "dcctl-mock-inst4"
    assert options["UserKnownHostsFile"] == str(tmp_path / "state" / "dcctl" / "known_hosts")


def test_options_for_ssh_come_before_ours_and_must_be_options(web: Dcctl, tmp_path: Path) -> None:
    key = tmp_path / "my key"
    key.touch()
    words = printed(web, "ssh", "web", "-i", str(key), "--ssh-option", "ForwardAgent=yes")
    assert words[1:5] == ["-o", f'IdentityFile="{key}"', "-o", "ForwardAgent=yes"]
    for wrong in ("ForwardAgent", "-oProxyCommand=x", "A\n=b"):
        assert web("instance", "ssh", "web", "--print", "--ssh-option", wrong).exit_status == 2
    assert web("instance", "ssh", "web", "--print", "-i", "nowhere").exit_status == 2


@pytest.mark.parametrize("user", ["-oProxyCommand=x", "a b", "a\nb", "", "a@b"])
def test_a_user_that_is_none_is_refused(web: Dcctl, user: str) -> None:
    result = web("instance", "ssh", "web", "--print", "--user", user)
    assert (result.exit_status, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("file", "web:/tmp/x y", ["--", "file", f"{ADDRESS}:/tmp/x y"]),
        ("./a:b", "web:", ["--", "./a:b", f"{ADDRESS}:"]),
        ("us/web:log", "./logs", ["--", f"{ADDRESS}:log", "./logs"]),
        ("-rf", "web:.", ["--", "-rf", f"{ADDRESS}:."]),
    ],
)
def test_scp_gets_one_path_here_and_one_there(web: Dcctl, source: str, target: str, expected: list[str]) -> None:
    words = printed(web, "cp", "--", source, target)
    assert words[0] == "scp"
    assert words[-3:] == expected
    assert said(words)["HostKeyAlias"] == "dcctl-mock-inst4"


def test_copying_needs_exactly_one_instance(web: Dcctl) -> None:
    for source, target in (("a", "b"), ("web:a", "web:b"), ("./web:a", "/b")):
        assert web("instance", "cp", source, target, "--print").exit_status == 2
    assert web("instance", "cp", "nobody:a", "b", "--print").exit_status == 4


def test_nobody_logs_in_where_nothing_is_real(web: Dcctl) -> None:
    result = web("instance", "ssh", "web")
    assert result.exit_status == 6
    assert "nothing real is made" in result.stderr


def test_an_instance_without_an_address_cannot_be_logged_in_to(dcctl: Dcctl) -> None:
    dcctl("instance", "create", "--image", "img1", "--hwp", "m1-large", "--name", "web", DCCTL_MOCK_END_IN_ERROR="w*")
    result = dcctl("instance", "ssh", "web", "--print")
    assert result.exit_status == 5
    assert "web has no address: it is error. Try: dcctl instance show us/web." in result.stderr


NOT_SSH = """#!/bin/sh
printf '%s\\n' "$@" >"$SAID"
cat
kill -PIPE $$
exit 3
"""


def test_dcctl_becomes_ssh_with_its_streams_signals_and_exit_status(web: Dcctl, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(NOT_SSH)
    (programs / "ssh").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environ = web.environ(PATH=path, SAID=str(tmp_path / "said"))
    words = [*PROGRAM, "instance", "ssh", "web", "--no-wait", "--", "echo", "$HOME"]
    done = subprocess.run(words, env=environ, input="through\n", capture_output=True, text=True, check=False)
    # SIGPIPE ends it, as it ends every program that Python has not told to ignore it.
    assert (done.stdout, done.returncode) == ("through\n", -13)
    assert (tmp_path / "said").read_text().splitlines()[-4:] == ["--", ADDRESS, "echo", "$HOME"]


def test_a_missing_ssh_is_named_with_the_package_that_has_it(web: Dcctl, tmp_path: Path) -> None:
    result = web("instance", "ssh", "web", "--no-wait", PATH=str(tmp_path))
    assert result.exit_status == 1
    assert "apt install openssh-client" in result.stderr


def test_ssh_itself_understands_what_it_is_told(web: Dcctl, tmp_path: Path) -> None:
    program("ssh", "apt install openssh-client")
    odd = tmp_path / "100% odd home"
    result = web.ok("instance", "ssh", "web", "--print", XDG_STATE_HOME=str(odd))
    ssh, *words = split(result.stdout)
    found = subprocess.run([ssh, "-G", "-F", "none", *words], capture_output=True, text=True, check=True).stdout
    settings = dict(line.split(" ", 1) for line in found.splitlines() if " " in line)
    assert settings["userknownhostsfile"].strip('"') == f"{odd}/dcctl/known_hosts"
    assert (settings["hostname"], settings["user"]) == (ADDRESS, "mockuser")
    assert settings["stricthostkeychecking"] == "accept-new"


def test_ssh_reads_the_configuration_that_is_printed(web: Dcctl, tmp_path: Path) -> None:
    program("ssh", "apt install openssh-client")
    config = tmp_path / "config"
    config.write_text(web.ok("instance", "ssh-config").stdout)
    found = subprocess.run(["ssh", "-G", "-F", config, "web"], capture_output=True, text=True, check=True).stdout
    assert {f"hostname {ADDRESS}", "user mockuser", "hostkeyalias dcctl-mock-inst4"} <= set(found.splitlines())


def test_the_configuration_of_named_instances_says_which_have_no_address(web: Dcctl) -> None:
    result = web("instance", "ssh-config", "web", "nobody")
    assert result.exit_status == 9
    assert result.stdout.startswith("Host web\n    HostName ")
    assert "nobody" in result.stderr
