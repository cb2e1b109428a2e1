"""The line that a person sees while an image comes: how much of it, how fast, how long still."""

from __future__ import annotations

import hashlib
import os
import threading

import pexpect
import pytest

from cli.helpers import PROGRAM, Dcctl
from cli.image_server import Served, serving
from dcctl.cli.progress import bar

MIB = 1 << 20


@pytest.mark.parametrize(
    ("done", "total", "rate", "expected"),
    [
        (0, 100 * MIB, 0.0, "[------------------------]   0% of 100 MiB"),
        (50 * MIB, 100 * MIB, 10.0 * MIB, "[############------------]  50% of 100 MiB, 10.0 MiB/s, 5 s left"),
        (0, 1000 * MIB, 5.0 * MIB, "[------------------------]   0% of 1000 MiB, 5.0 MiB/s, 3 min 20 s left"),
        (0, 100_000 * MIB, 10.0 * MIB, "[------------------------]   0% of 100000 MiB, 10.0 MiB/s, 2 h 46 min left"),
        (7 * MIB, 0, 2.5 * MIB, "7 MiB, 2.5 MiB/s"),
        (2 * MIB, MIB, 1.0 * MIB, "[########################] 100% of 1 MiB, 1.0 MiB/s, 0 s left"),
    ],
)
def test_the_bar_says_how_much_how_fast_and_how_long(done: int, total: int, rate: float, expected: str) -> None:
    assert bar(done, total, rate) == expected


def test_a_download_shows_it_on_a_terminal_and_takes_it_away(dcctl: Dcctl) -> None:
    content = os.urandom(4 * MIB)
    with serving() as server:
        served = server.files["/disk.qcow2"] = Served(content, stalls_after=MIB)
        words = ["image", "import", server.url("/disk.qcow2"), "--digest", hashlib.sha256(content).hexdigest()]
        child = pexpect.spawn(
            PROGRAM[0], [*PROGRAM[1:], *words], env=dcctl.environ(COLUMNS="100"), dimensions=(24, 100), timeout=30
        )
        child.expect(r"import disk: download \[######-+\] +25% of 4 MiB, [0-9.]+ MiB/s, \d+ s left")
        threading.Thread(target=served.go.set).start()
        child.expect("available")
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus == 0
