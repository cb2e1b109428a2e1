"""Two hosts, each with a libvirtd of its own: one reached over tcp, the other over ssh, and a directory that both share."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from libvirt_host.command import Answer, Command
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
    ssh_configuration: Path
    ssh_port: int


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
            server.command.with_name("ssh_config"),
            ssh,
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
    for row in dcctl("volume", "list", "-o", "json").json:
        dcctl("volume", "destroy", f"{row['realm']}/{row['name']}", "--yes", "--ignore-missing")


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


@pytest.fixture
def neighbours(lab: Lab, tmp_path: Path, image_file: Path) -> Iterator[Command]:
    """The same, reached as if both were this machine: that is faster. With the image `tiny`."""
    sections = {name: {"uri": host.uri, "pool": "nas"} for name, host in (("east", lab.east), ("west", lab.west))}
    command = Command(tmp_path / "home", {name: {**section, "shared": True} for name, section in sections.items()})
    command("image", "import", str(image_file), "--user", "root", "--realm", "east")
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


def test_ssh_reaches_a_host_as_the_person_has_configured_it(lab: Lab, tmp_path: Path) -> None:
    """By a name, an account, a port, a key and another host in between that only the configuration of ssh knows.

    terraform-provider-libvirt#944, terraform-provider-libvirt#922, terraform-provider-libvirt#864, terraform-provider-libvirt#915,
    terraform-provider-libvirt#874, terraform-provider-libvirt#1107, terraform-provider-libvirt#1108, terraform-provider-libvirt#1116,
    terraform-provider-libvirt#1170, terraform-provider-libvirt#1004: an ssh client of its own ignores the person's ssh configuration,
    jump hosts and known hosts
    """
    config, program = tmp_path / "config", tmp_path / "ssh"
    config.write_text(
        f"Host gate\n  HostName 127.0.0.1\n  Port {lab.ssh_port}\n"
        f"Host rack7\n  HostName 127.0.0.1\n  Port {SshServer.PORT}\n  ProxyJump gate\n"
        f"Host *\n  User root\n{lab.ssh_configuration.read_text()}"
    )
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {config} "$@"\n')
    program.chmod(0o755)
    command = Command(tmp_path / "home", {"rack": {"uri": "qemu+ssh://rack7/system"}})
    command.environ["PATH"] = f"{tmp_path}:{command.environ['PATH']}"
    assert command("realm", "show", "rack", "-o", "json").json["facts"]["hostname"] == "west.test"
    config.write_text(config.read_text().replace("HostKeyAlias west.test", "HostKeyAlias somebody.else"))
    refused = command.run("instance", "list", "-o", "json")
    assert (refused.exit_status, refused.error["code"]) == (7, "auth"), refused.stderr


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


SEVERAL = ("instance", "create", "--image", "tiny", "--hwp", "tiny", "--realm", "auto", "--count", "4", "-o", "json")


@pytest.fixture
def limited(dcctl: Command) -> Command:
    """Two instances for each realm: both hosts have the memory of this machine, and which one seems to have more is chance."""
    catalogue = dcctl.home / "profiles.yaml"
    text = catalogue.read_text()
    for realm in ("east", "west"):
        text = text.replace(f"  {realm}: {{", f"  {realm}: {{limits: {{instances: 2}}, ")
    catalogue.write_text(text)
    return dcctl


def test_auto_with_a_count_shares_them_out_within_the_limits_of_both_hosts(lab: Lab, limited: Command) -> None:
    made = limited(*SEVERAL, "--name", "web-{}").json
    assert [row["name"] for row in made] == ["web-1", "web-2", "web-3", "web-4"]
    for host, realm in ((lab.east, "east"), (lab.west, "west")):
        names = sorted(row["name"] for row in made if row["realm"] == realm)
        assert len(names) == 2
        assert sorted(host.virsh("list", "--name").split()) == names
    answer = limited.run(*SEVERAL, "--name", "more-{}")
    assert (answer.exit_status, answer.error["code"]) == (10, "capacity")
    assert "room for 0 instances" in answer.error["message"]


def test_of_several_shared_out_exactly_those_of_a_host_that_dies_fail_by_name(lab: Lab, limited: Command) -> None:
    creating = limited.start(*SEVERAL, "--name", "web-{}")
    while not lab.west.virsh("list", "--all", "--name").split():
        assert creating.poll() is None, creating.communicate()
    lab.west.kill_daemon()
    try:
        output, errors = creating.communicate(timeout=60)
    finally:
        lab.west.start_daemon()
    assert creating.returncode == 9, errors
    made = [(row["name"], row["realm"], row["state"]) for row in json.loads(output)]
    said = [json.loads(line)["error"] for line in errors.splitlines() if "error" in json.loads(line)]
    failed = [error["resource"] for error in said if error["code"] != "partial"]
    assert sorted([*(name for name, _, _ in made), *failed]) == ["web-1", "web-2", "web-3", "web-4"]
    assert {(realm, state) for _, realm, state in made} >= {("east", "running")}
    assert sum(realm == "east" for _, realm, _ in made) == 2
    assert {error["realm"] for error in said if error["code"] != "partial"} == {"west"}


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
    waiting = dcctl.start(
        "--realm-timeout", "5", "instance", "wait", "east", "west", "--for", "state=stopped", "-o", "json"
    )
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


def test_a_network_of_a_host_with_several_realms_is_destroyed_there(lab: Lab, tmp_path: Path) -> None:
    """It belongs to none of them, and the other host may have one of the same name and id."""
    uris = {"east": lab.east.uri, "west": lab.west.uri}
    sections = {
        f"{host}-{pool}": {"uri": uri, "pool": pool} for host, uri in uris.items() for pool in ("default", "nas")
    }
    command = Command(tmp_path / "home", sections)
    for host in uris:
        command("network", "create", "lab", "--realm", f"{host}-nas")
    try:
        assert command.run("network", "destroy", "lab", "--yes", "-o", "json").error["code"] == "ambiguous"
        command("network", "destroy", "east-default/lab", "--yes")
        assert "lab" not in lab.east.virsh("net-list", "--all", "--name").split()
        assert "lab" in lab.west.virsh("net-list", "--all", "--name").split()
    finally:
        command("network", "destroy", "west-nas/lab", "--yes")


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


def holders(neighbours: Command) -> dict[str, tuple[str, str | None]]:
    """The state of each volume, and who has it, as each of the hosts sees it."""
    rows = neighbours("volume", "list", "-o", "json").json
    return {f"{row['realm']}/{row['name']}": (row["state"], row["instance"]) for row in rows}


def refused(answer: Answer) -> tuple[int, str]:
    return answer.exit_status, answer.error["code"]


def test_a_volume_of_a_shared_pool_is_one_volume_on_both_hosts(neighbours: Command) -> None:
    assert holders(neighbours) == {}  # both daemons have looked at the directory
    neighbours("volume", "create", "data", "--size", "1GiB", "--realm", "east")
    again = neighbours.run("volume", "create", "data", "--size", "2GiB", "--realm", "west", "-o", "json")
    assert refused(again) == (5, "conflict")
    assert holders(neighbours) == {"east/data": ("available", None), "west/data": ("available", None)}
    neighbours(*CREATE, "east", "--name", "web", "--volume", "data", "--disk", "1GiB")
    neighbours(*CREATE, "west", "--name", "db")
    taken = {"east/data": ("in-use", "web"), "west/data": ("in-use", "web@east.test")}
    assert holders(neighbours) == taken

    # What the one has, the other leaves alone, whatever it is asked for.
    for words in (
        ["destroy", "west/data", "--yes"],
        ["resize", "west/data", "--size", "2GiB"],
        ["detach", "west/data"],
    ):
        assert refused(neighbours.run("volume", *words, "-o", "json")) == (5, "not-allowed")
    told = neighbours.run("volume", "destroy", "west/data", "--yes", "-o", "json").error["hint"]
    assert told == "detach it first, by the realm that has its instance; see: dcctl volume list"
    second = neighbours.run(*CREATE, "west", "--name", "other", "--volume", "data", "-o", "json")
    assert refused(second) == (5, "not-allowed")
    assert "web@east.test" in second.error["message"]

    # Given back it is the other's, grown there, and free once that instance is gone.
    neighbours("instance", "stop", "web", "--power-off")
    neighbours("volume", "detach", "east/data")
    neighbours("volume", "attach", "west/data", "db")
    assert holders(neighbours) == {"east/data": ("in-use", "db@west.test"), "west/data": ("in-use", "db")}
    neighbours("volume", "resize", "west/data", "--size", "2GiB")
    neighbours("instance", "destroy", "db", "--force", "--power-off", "--yes")
    rows = neighbours("volume", "list", "-o", "json").json
    assert [(row["state"], row["size_gib"]) for row in rows] == [("available", 2), ("available", 2)]
    neighbours("volume", "destroy", "east/data", "--yes")
    assert holders(neighbours) == {}


def test_of_two_hosts_that_want_one_volume_at_most_one_has_it(neighbours: Command) -> None:
    neighbours("volume", "create", "data", "--size", "1GiB", "--realm", "east")
    words = ("--volume", "data", "--no-wait", "--name")
    creators = [neighbours.start(*CREATE, realm, *words, realm) for realm in ("east", "west")]
    for creator in creators:
        _, errors = creator.communicate(timeout=120)
        assert creator.returncode in (0, 5), errors
    made = [creator.args for creator in creators if creator.returncode == 0]
    assert len(states(neighbours)) == len(made) < 2
    owners = {owner for _, owner in holders(neighbours).values()}
    assert len({str(owner).partition("@")[0] for owner in owners}) == 1


def test_several_are_created_at_once_in_a_shared_pool(neighbours: Command) -> None:
    made = neighbours(*CREATE, "west", "--count", "4", "--name", "web-{}", "--no-wait", "-o", "json").json
    assert len(made) == 4


def test_a_volume_kept_for_an_instance_that_lost_it_is_given_free_by_the_doctor(lab: Lab, neighbours: Command) -> None:
    neighbours("volume", "create", "data", "--size", "1GiB", "--realm", "east")
    neighbours(*CREATE, "east", "--name", "web")
    neighbours("instance", "stop", "web", "--power-off")
    neighbours("volume", "attach", "east/data", "web")
    lab.east.virsh("detach-disk", "web", "vdc", "--config")  # behind our back
    assert holders(neighbours) == {"east/data": ("available", None), "west/data": ("in-use", "web@east.test")}
    found = neighbours.run("doctor", "--realm", "east", "-o", "json").json
    assert [row["check"] for row in found if row["verdict"] == "wrong"] == ["left claim"]
    neighbours("doctor", "--realm", "east", "--fix", "--yes")
    assert holders(neighbours) == {"east/data": ("available", None), "west/data": ("available", None)}
