"""What a script calls in a loop imports no more than it needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.helpers import Dcctl

PROBE = """
import os, sys
leave = os._exit
def report(status):
    sys.stderr.write(" ".join(sys.modules))
    sys.stderr.flush()
    leave(status)
os._exit = report
from dcctl.cli import main
main()
"""


def imported(dcctl: Dcctl, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], env=dcctl.environ(), capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "name"])
def test_a_list_on_a_pipe_imports_neither_rich_nor_yaml_nor_other_nouns(dcctl: Dcctl, form: str) -> None:
    dcctl.ok("instance", "list")  # the catalogue's cache is warm
    modules = imported(dcctl, "instance", "list", "-o", form)
    assert {name for name in modules if name.split(".")[0] in ("rich", "yaml", "csv", "json", "logging")} == set()
    nouns = {name for name in modules if name.startswith("dcctl.render.nouns.")}
    assert nouns == {"dcctl.render.nouns.instance"}
    assert {"dcctl.render.table", "dcctl.render.card"} & modules == set()
