"""``create --count`` where some of them cannot be made: those that can are, and exactly the others are named, each with its reason."""

from __future__ import annotations

import json
import signal
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from libvirt_driver.bare_lab import BOUND, kill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from libvirt_driver.bare_lab import BareLab

CREATE = ("instance", "create", "--name", "w-{}", "--image", "bare", "--hwp", "tiny", "--count")
ALL = {"w-1", "w-2", "w-3", "w-4"}


def errors(said: str) -> list[dict[str, Any]]:
    return [json.loads(line)["error"] for line in said.splitlines()]


def settled(lab: BareLab) -> dict[str, str]:
    """The instances and their states, once the daemon has ended what it had begun when the connection broke."""
    end = monotonic() + BOUND
    while True:
        answer = lab.here.run("instance", "list", "-o", "json")
        states = {row["name"]: row["state"] for row in answer.json} if answer.exit_status == 0 else {}
        if states and "pending" not in states.values():
            return states
        assert monotonic() < end


@pytest.fixture
def lab(bare_lab: BareLab) -> Iterator[BareLab]:
    """Afterwards, whatever was made of them is gone, and nothing is left."""
    clean, there = bare_lab.volumes(), bare_lab.here.instances()
    bare_lab.proxy.reset()
    yield bare_lab
    if made := sorted(set(settled(bare_lab)) - set(there)):
        bare_lab.here("instance", "destroy", *made, "--force", "--power-off", "--yes")
    assert bare_lab.volumes() == clean


def take_names(lab: BareLab) -> None:
    """Somebody defines domains of two of the names."""
    for name in ("w-2", "w-3"):
        path = lab.host.directory / f"{name}.xml"
        path.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>"
            "<os><type arch='x86_64'>hvm</type></os></domain>"
        )
        lab.host.virsh("define", str(path))


@pytest.mark.parametrize("for_scripts", [True, False], ids=["json", "text"])
def test_names_that_are_taken_just_before(lab: BareLab, for_scripts: bool) -> None:
    lab.proxy.do_at("domain_define_xml", lambda: take_names(lab))
    answer = lab.fragile.run(*CREATE, "4", *(("-o", "json") if for_scripts else ()), timeout=BOUND)
    try:
        assert answer.exit_status == 9
        if for_scripts:
            assert [(row["name"], row["state"]) for row in answer.json] == [("w-1", "running"), ("w-4", "running")]
            *each, last = errors(answer.stderr)
            assert [(error["code"], error["resource"]) for error in each] == [("conflict", "w-2"), ("conflict", "w-3")]
            assert (last["code"], last["exit_status"]) == ("partial", 9)
        else:
            assert [line.split()[0] for line in answer.stdout.splitlines()] == ["NAME", "w-1", "w-4"]
            taken, too, last_line = answer.stderr.splitlines()
            assert ("w-2" in taken, "w-3" in too) == (True, True)
            assert last_line.startswith("dcctl: 2 of 4 instances were not created")
        assert {name for name in lab.here.instances() if name.startswith("w-")} == {"w-1", "w-4"}
    finally:
        for name in ("w-2", "w-3"):
            lab.host.virsh("undefine", name)


def test_a_guest_that_dies_at_once(lab: BareLab) -> None:
    def kill_one() -> None:
        # All later calls wait for us, so it is the only one that starts, and nobody has seen it running.
        end = monotonic() + BOUND
        while not (started := ALL & set(lab.host.virsh("list", "--name", "--state-running").split())):
            assert monotonic() < end
        killed.extend(started)
        kill(lab, *started)

    killed: list[str] = []
    lab.proxy.do_at("domain_create", kill_one, when="during")
    answer = lab.fragile.run(*CREATE, "4", "-o", "json", timeout=BOUND)
    each, last = errors(answer.stderr)
    assert (answer.exit_status, last["code"]) == (9, "partial")
    assert ([each["resource"]], each["code"]) == (killed, "failed")
    assert {row["name"] for row in answer.json} == ALL - set(killed)


def test_a_daemon_that_starts_anew_half_way(lab: BareLab) -> None:
    lab.proxy.do_at(14, lab.host.restart_daemon)
    answer = lab.fragile.run(*CREATE, "4", "-o", "json", timeout=BOUND)
    if answer.exit_status == -signal.SIGSEGV:
        # libvirt's own client (9.0): in one of a hundred times that several threads lose a connection it crashes, in
        # virNetClientSendWithReply > g_main_loop_quit. What is left then is what a kill would have left.
        made: set[str] = set()
    else:
        made = {row["name"] for row in answer.json} if answer.stdout else set()
        *each, last = errors(answer.stderr)
        assert {error["resource"] for error in each} == ALL - made
        assert {error["code"] for error in each} == {"unreachable"}
        assert (answer.exit_status, last["code"]) == (9, "partial")
    left = {name: state for name, state in settled(lab).items() if name in ALL}
    assert {name: left[name] for name in made} == dict.fromkeys(made, "running")
    assert {state for name, state in left.items() if name not in made} <= {"error", "running"}
