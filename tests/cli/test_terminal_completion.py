"""Completion as the shells do it: bash is asked directly, fish by its own command, zsh on a pseudo-terminal."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.helpers import PROGRAM
from requirement import program

if TYPE_CHECKING:
    from pathlib import Path

    from cli.helpers import Dcctl


@pytest.fixture
def environ(dcctl: Dcctl, tmp_path: Path) -> dict[str, str]:
    """Where ``dcctl`` is a program on the path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "dcctl"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    return {**dcctl.environ(), "PATH": f"{programs}:{os.environ['PATH']}"}


def shell(name: str) -> str:
    return program(name, f"apt install {name}")


def bash(dcctl: Dcctl, environ: dict[str, str], line: str) -> list[str]:
    """What bash offers at the end of the line; words are split as bash splits them."""
    script = dcctl.ok("completion", "bash").stdout
    words = [word for word in re.split(r"\s+|(=)", line) if word is not None and word != ""]
    words += [""] if line.endswith((" ",)) else []
    assignment = f"COMP_WORDS=({shlex.join(words)}) COMP_CWORD={len(words) - 1}"
    ask = f'{script}\n{assignment}\n_dcctl\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run([shell("bash"), "-c", ask], env=environ, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


NOUNS = "instance image snapshot volume network key hwp realm state collection driver catalogue config context doctor completion".split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dcctl ", NOUNS),
        ("dcctl in", ["instance"]),
        ("dcctl --col", ["--color"]),
        ("dcctl --color ", ["auto", "always", "never"]),
        ("dcctl --color=n", ["never"]),
        ("dcctl --driver mock sta", ["state"]),
        ("dcctl --driver=mock sta", ["state"]),
        ("dcctl -v instance st", ["start", "stop"]),
        ("dcctl instances st", ["start", "stop"]),
        ("dcctl hardware-profile ", ["list", "show"]),
        ("dcctl instance list -o j", ["json", "jsonl"]),
        ("dcctl instance list --output=j", ["json", "jsonl"]),
        ("dcctl instance list --no", ["--no-header"]),
        ("dcctl image list -c size", ["size_bytes"]),
        ("dcctl instance create --for ", ["state", "address", "ssh", "cloud-init"]),
        ("dcctl instance create --name ", []),
        ("dcctl instance create --image ", ["img1", "img2", "img3"]),
        ("dcctl instance create --hwp m1", ["m1-small", "m1-large", "m1-xlarge"]),
        ("dcctl --driver mock instance stop Mock", ["MockUserInstance"]),
        ("dcctl instance stop inst3 An", ["AnotherInstance"]),
        ("dcctl --driver ", ["mock", "libvirt", "exec"]),
        ("dcctl nonsense ", []),
    ],
)
def test_bash_offers_what_may_stand_there(dcctl: Dcctl, environ: dict[str, str], line: str, offered: list[str]) -> None:
    assert bash(dcctl, environ, line) == offered


def test_bash_offers_files_where_a_file_is_wanted(dcctl: Dcctl, environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "debian-12.qcow2").touch()
    line = f"dcctl image import {tmp_path}/deb"
    assert bash(dcctl, environ, line) == [f"{tmp_path}/debian-12.qcow2"]


def test_names_that_cannot_be_listed_are_silence(dcctl: Dcctl, environ: dict[str, str]) -> None:
    assert bash(dcctl, {**environ, "DCCTL_DRIVER": "nonsense"}, "dcctl instance stop ") == []


def test_every_option_of_every_command_is_offered(dcctl: Dcctl, environ: dict[str, str]) -> None:
    from dcctl.cli.app import whole_tree

    create = whole_tree().commands["instance"].commands["create"]  # type: ignore[attr-defined]
    spelled = {word for each in create.params for word in (*each.opts, *each.secondary_opts) if word.startswith("--")}
    assert set(bash(dcctl, environ, "dcctl instance create --")) == spelled | {"--help"}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dcctl ins", {"instance"}),
        ("dcctl instances st", {"start", "stop"}),
        ("dcctl instance list -o j", {"json", "jsonl"}),
        ("dcctl instance create --image img", {"img1", "img2", "img3"}),
        ("dcctl --driver mock instance stop Mock", {"MockUserInstance"}),
        ("dcctl --color n", {"never"}),
    ],
)
def test_fish_offers_the_same(
    dcctl: Dcctl, environ: dict[str, str], tmp_path: Path, line: str, offered: set[str]
) -> None:
    script = tmp_path / "dcctl.fish"
    script.write_text(dcctl.ok("completion", "fish").stdout)
    ask = f"source {script}; complete -C {shlex.quote(line)}"
    done = subprocess.run([shell("fish"), "-c", ask], env=environ, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert {offer.split("\t")[0] for offer in done.stdout.splitlines()} == offered


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("dcctl insta", "instance"),
        ("dcctl instance list --no-h", "--no-header"),
        ("dcctl instance stop Mock", "MockUser"),
    ],
)
def test_zsh_completes_on_a_tab(
    dcctl: Dcctl, environ: dict[str, str], tmp_path: Path, typed: str, completed: str
) -> None:
    script = tmp_path / "dcctl.zsh"
    script.write_text(dcctl.ok("completion", "zsh").stdout)
    (tmp_path / ".zshrc").write_text(
        f"PS1='ready> '\nunsetopt beep\nautoload -Uz compinit && compinit -u\nsource {script}\n"
    )
    zsh = shell("zsh")
    child = pexpect.spawn(
        zsh, ["-i"], env={**environ, "ZDOTDIR": str(tmp_path), "TERM": "dumb"}, encoding="utf-8", timeout=30
    )
    child.expect_exact("ready> ")
    child.send(f"{typed}\t")
    child.expect_exact(completed)
    child.close(force=True)
