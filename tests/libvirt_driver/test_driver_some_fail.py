"""``create --count`` where some of them cannot be made: those that can are, and exactly the others are named, each with its reason."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from libvirt_driver.bare_lab import BOUND

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
    while "pending" in (states := lab.here.instances()).values():
        assert monotonic() < end
    return states


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


def test_a_connection_that_is_lost_half_way(lab: BareLab) -> None:
    lab.proxy.drop_at(14, when="before")
    answer = lab.fragile.run(*CREATE, "4", "-o", "json", timeout=BOUND)
    assert lab.proxy.sprung is not None
    made = {row["name"] for row in answer.json} if answer.stdout else set()
    *each, last = errors(answer.stderr)
    assert {error["resource"] for error in each} == ALL - made
    assert {error["code"] for error in each} == {"unreachable"}
    assert (answer.exit_status, last["code"]) == (9, "partial")
    left = {name: state for name, state in settled(lab).items() if name in ALL}
    assert {name: left[name] for name in made} == dict.fromkeys(made, "running")
    assert {state for name, state in left.items() if name not in made} <= {"error", "running"}


def test_all_of_them_fail(lab: BareLab) -> None:
    lab.proxy.drop_at("domain_define_xml", when="before")
    answer = lab.fragile.run(*CREATE, "2", "-o", "json", timeout=BOUND)
    *each, last = errors(answer.stderr)
    assert (answer.exit_status, last["code"], answer.stdout) == (9, "partial", "")
    assert {error["resource"] for error in each} == {"w-1", "w-2"}
