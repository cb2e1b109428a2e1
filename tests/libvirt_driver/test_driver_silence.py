"""Hosts that do not answer: they are unreachable after ``--realm-timeout``, whatever they are silent at, and nobody else has to wait."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Literal

import pytest

from libvirt_host.command import Answer, Command, InsideCommand
from libvirt_host.host import LibvirtHost
from libvirt_host.proxy import LibvirtProxy

NEAR = {"uri": "test:///default", "pool": "default-pool"}
FOREVER = 60.0
"""Seconds; a command that takes this long would hang. What it should take is not asserted: the machine may be busy."""


def errors(answer: Answer) -> list[tuple[str, str | None]]:
    said = [json.loads(line)["error"] for line in answer.stderr.splitlines()]
    return [(error["code"], error["realm"]) for error in said]


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A realm whose socket takes connections and never says a word."""
    path = tmp_path / "mute"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        yield {"uri": f"qemu+unix:///system?socket={path}"}


def test_a_socket_that_never_answers_leaves_the_other_realms(tmp_path: Path, mute: dict[str, str]) -> None:
    command = Command(tmp_path / "home", {"mute": mute, "near": NEAR})
    answer = command.run("--realm-timeout", "1", "instance", "list", "-o", "json", timeout=FOREVER)
    assert answer.exit_status == 9
    assert [row["name"] for row in answer.json] == ["test"]
    assert errors(answer) == [("unreachable", "mute"), ("partial", None)]


def test_the_time_may_come_from_the_environment(tmp_path: Path, mute: dict[str, str]) -> None:
    command = Command(tmp_path / "home", {"mute": mute})
    command.environ["DCCTL_REALM_TIMEOUT"] = "500ms"
    answer = command.run("instance", "start", "web", "-o", "json", timeout=FOREVER)
    assert (answer.exit_status, answer.error["code"], answer.error["realm"]) == (7, "unreachable", "mute")
    assert "0.5 s" in answer.error["message"]


def test_a_host_that_swallows_every_packet(tmp_path: Path, libvirt_host: LibvirtHost) -> None:
    rule = ["INPUT", "--protocol", "tcp", "--dport", "16999", "--jump", "DROP"]
    libvirt_host.run(["iptables", "--insert", *rule], check=True)
    try:
        realms = {"hole": {"uri": "qemu+tcp://127.0.0.1:16999/system"}, "near": NEAR}
        command = InsideCommand(tmp_path / "home", realms, libvirt_host)
        answer = command.run("--realm-timeout", "1", "instance", "list", "-o", "json", timeout=FOREVER)
    finally:
        libvirt_host.run(["iptables", "--delete", *rule], check=True)
    assert answer.exit_status == 9
    assert [row["name"] for row in answer.json] == ["test"]
    assert errors(answer) == [("unreachable", "hole"), ("partial", None)]


def test_a_daemon_that_hangs(tmp_path: Path, libvirt_host: LibvirtHost) -> None:
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri}, "near": NEAR})
    with libvirt_host.frozen_daemon():
        answer = command.run("--realm-timeout", "1", "instance", "list", "-o", "json", timeout=FOREVER)
    assert answer.exit_status == 9
    assert [row["name"] for row in answer.json] == ["test"]
    assert errors(answer) == [("unreachable", "lab"), ("partial", None)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_daemon_that_falls_silent_in_the_middle_of_a_create(
    command: Command, libvirt_proxy: LibvirtProxy, image: str, tmp_path: Path, when: Literal["before", "after"]
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    libvirt_proxy.fall_silent_at(2, when=when)
    create = ("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "-o", "json")
    answer = fragile.run("--realm-timeout", "2", *create, timeout=FOREVER)
    assert libvirt_proxy.sprung is not None
    assert (answer.exit_status, answer.error["code"]) == (7, "unreachable"), answer.stderr
    # The fixture sees that destroying what is left leaves nothing.
    assert set(command.instances().values()) <= {"error"}


def test_a_slow_daemon_is_not_a_silent_one(
    command: Command, libvirt_proxy: LibvirtProxy, image: str, tmp_path: Path
) -> None:
    """docker.machine#1696, docker.machine#1711, docker.machine#4462, docker.machine#3907, docker.machine#3016: a host that is slow is called dead after
    a time that cannot be changed
    """
    distant = Command(tmp_path / "distant", {"lab": {"uri": libvirt_proxy.uri}})
    libvirt_proxy.delay(0.3)
    started = monotonic()
    distant("--realm-timeout", "5", "instance", "create", "--image", image, "--hwp", "tiny", "--name", "web")
    assert monotonic() - started > 5, "it took longer than a realm may be silent"
    assert command.instances() == {"web": "running"}
