"""Two hosts, each with a libvirtd of its own: one reached over tcp, the other over ssh, and a directory that both share."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from libvirt_host.command import Command
from libvirt_host.host import HostUnavailable, LibvirtHost
from libvirt_host.relay import Relay, SshServer
from libvirt_host.requirement import require

CREATE = ("instance", "create", "--image", "tiny", "--hwp", "tiny", "--realm")


@dataclass(frozen=True)
class Lab:
    """The two hosts, and how they are reached."""

    east: LibvirtHost
    west: LibvirtHost
    east_uri: str
    west_uri: str


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """East over tcp, west over ssh. Pool `nas` is the same directory on both."""
    if reason := SshServer.unavailable():
        require(reason)
    with ExitStack() as stack:
        try:
            east = stack.enter_context(LibvirtHost(name="east.test"))
            west = stack.enter_context(LibvirtHost(name="west.test"))
        except HostUnavailable as problem:
            require(str(problem))
        nas = east.directory / "nas"
        nas.mkdir(mode=0o711)
        for host in (east, west):
            host.virsh("pool-define-as", "nas", "dir", "--target", str(nas))
            host.virsh("pool-start", "nas")
        server = stack.enter_context(SshServer(west))
        tcp = stack.enter_context(Relay(east)).port
        ssh = stack.enter_context(Relay(west, SshServer.PORT)).port
        yield Lab(
            east,
            west,
            f"qemu+tcp://127.0.0.1:{tcp}/system",
            f"qemu+ssh://root@127.0.0.1:{ssh}/system?command={server.command}",
        )


def clean(dcctl: Command) -> None:
    """Destroy all that there is, and see that nothing is left of it."""
    found = dcctl("instance", "list", "-o", "json").json
    if found:
        names = [f"{row['realm']}/{row['name']}" for row in found]
        dcctl("instance", "destroy", *names, "--force", "--power-off", "--yes")
    images = dcctl("image", "list", "-o", "json").json
    for row in images:
        dcctl("image", "destroy", f"{row['realm']}/{row['name']}", "--yes", "--ignore-missing")


@pytest.fixture
def dcctl(lab: Lab, tmp_path: Path, image_file: Path) -> Iterator[Command]:
    """Both realms, each with the image `tiny` in its own pool."""
    command = Command(tmp_path / "home", {"east": {"uri": lab.east_uri}, "west": {"uri": lab.west_uri}})
    for realm in ("east", "west"):
        command("image", "import", str(image_file), "--user", "root", "--realm", realm)
    yield command
    clean(command)
    for host in (lab.east, lab.west):
        assert host.virsh("vol-list", "default").split() == []


@pytest.fixture
def sharing(lab: Lab, tmp_path: Path) -> Iterator[Command]:
    """Both realms on the directory that they share."""
    sections = {name: {"uri": uri, "pool": "nas"} for name, uri in (("east", lab.east_uri), ("west", lab.west_uri))}
    command = Command(tmp_path / "home", {name: {**section, "shared": True} for name, section in sections.items()})
    yield command
    clean(command)
    assert list((lab.east.directory / "nas").iterdir()) == []


def states(dcctl: Command) -> dict[str, str]:
    return {f"{row['realm']}/{row['name']}": row["state"] for row in dcctl("instance", "list", "-o", "json").json}


def test_each_host_has_its_own_instances_also_under_one_name(lab: Lab, dcctl: Command) -> None:
    for realm in ("east", "west"):
        dcctl(*CREATE, realm, "--name", "web")
    assert states(dcctl) == {"east/web": "running", "west/web": "running"}
    assert lab.east.virsh("list", "--name").split() == lab.west.virsh("list", "--name").split() == ["web"]
    answer = dcctl.run("instance", "stop", "web", "--power-off", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (2, "ambiguous")
    assert "east/web" in answer.error["hint"]
    assert "west/web" in answer.error["hint"]
    dcctl("instance", "stop", "west/web", "--power-off")
    assert states(dcctl) == {"east/web": "running", "west/web": "stopped"}


def test_auto_compares_the_hosts_that_have_the_image(lab: Lab, dcctl: Command) -> None:
    create = ("instance", "create", "--image", "tiny", "--hwp", "tiny", "--realm", "auto", "--dry-run", "-o", "json")
    notes = " ".join(dcctl(*create).json["notes"])
    assert "placed in " in notes
    assert "east (" in notes
    assert "west (" in notes
    lab.west.stop_daemon()
    try:
        plan = dcctl(*create).json
    finally:
        lab.west.start_daemon()
    assert plan["realm"] == "east"
    assert any(note.startswith("west was not considered: ") for note in plan["notes"])


def test_a_host_that_is_gone_leaves_the_other_one(lab: Lab, dcctl: Command) -> None:
    for realm in ("east", "west"):
        dcctl(*CREATE, realm, "--name", realm)
    lab.west.kill_daemon()
    try:
        answer = dcctl.run("instance", "list", "-o", "json")
        assert answer.exit_status == 9
        assert [row["name"] for row in answer.json] == ["east"]
        said = [json.loads(line)["error"] for line in answer.stderr.splitlines()]
        assert [(error["code"], error["realm"]) for error in said] == [("unreachable", "west"), ("partial", None)]
        dcctl("instance", "stop", "east/east", "--power-off")
        dcctl(*CREATE, "east", "--name", "another")
    finally:
        lab.west.start_daemon()
    assert states(dcctl) == {"east/east": "stopped", "east/another": "running", "west/west": "running"}


def test_a_host_that_goes_away_in_the_middle_of_a_command(lab: Lab, dcctl: Command) -> None:
    for realm in ("east", "west"):
        dcctl(*CREATE, realm, "--name", realm)
    waiting = dcctl.start("instance", "wait", "east", "west", "--for", "state=stopped", "-o", "json")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=2)
    lab.west.kill_daemon()
    try:
        dcctl("instance", "stop", "east/east", "--power-off")
        output, errors = waiting.communicate(timeout=60)
    finally:
        lab.west.start_daemon()
    assert waiting.returncode == 9, errors
    assert [(row["name"], row["state"]) for row in json.loads(output)] == [("east", "stopped")]
    assert "unreachable" in errors
    assert states(dcctl) == {"east/east": "stopped", "west/west": "running"}


def test_an_image_in_a_shared_pool_is_found_by_the_other_host(lab: Lab, sharing: Command, image_file: Path) -> None:
    sharing("image", "list", "-o", "json")  # both daemons have looked at the empty directory
    sharing("image", "import", str(image_file), "--user", "root", "--realm", "east")
    sharing(*CREATE, "west", "--name", "web")
    listed = sharing("image", "list", "-o", "json").json
    assert [(row["realm"], row["name"], row["state"]) for row in listed] == [
        ("east", "tiny", "available"),
        ("west", "tiny", "available"),
    ]
    assert lab.west.virsh("list", "--name").split() == ["web"]


def test_a_shared_image_is_not_destroyed_under_the_other_hosts_instance(sharing: Command, image_file: Path) -> None:
    sharing("image", "import", str(image_file), "--user", "root", "--realm", "east")
    sharing(*CREATE, "west", "--name", "web")
    answer = sharing.run("image", "destroy", "east/tiny", "--yes", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (5, "not-allowed")
    sharing("instance", "stop", "web", "--power-off")
    sharing("instance", "start", "web")


def test_what_the_other_host_destroyed_is_no_image_any_more(sharing: Command, image_file: Path) -> None:
    sharing("image", "import", str(image_file), "--user", "root", "--realm", "east")
    assert len(sharing("image", "list", "-o", "json").json) == 2
    sharing("image", "destroy", "east/tiny", "--yes")
    answer = sharing.run(*CREATE, "west", "--name", "web", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (4, "not-found"), answer.stderr
    assert sharing("image", "list", "-o", "json").json == []


def test_an_image_that_the_other_host_has_imported_is_a_conflict(sharing: Command, image_file: Path) -> None:
    sharing("image", "list", "-o", "json")
    sharing("image", "import", str(image_file), "--user", "root", "--realm", "east")
    answer = sharing.run("image", "import", str(image_file), "--user", "root", "--realm", "west", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (5, "conflict")
