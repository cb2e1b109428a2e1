"""Somebody without any rights: what their own libvirt, ``qemu:///session``, gives them, and what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from libvirt_host.command import InsideCommand
from libvirt_host.ordinary_user import IDENTITY, OrdinaryUser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from libvirt_host.host import LibvirtHost

CREATE = ["instance", "create", "--image", "tiny", "--hwp", "tiny"]
NOBODY = "nobody reaches them"


@pytest.fixture(scope="module")
def user(libvirt_host: LibvirtHost) -> Iterator[OrdinaryUser]:
    with OrdinaryUser(libvirt_host) as user:
        yield user


@pytest.fixture(scope="module")
def dcctl(user: OrdinaryUser) -> InsideCommand:
    """dcctl as that user finds it."""
    return InsideCommand(user.home, {"local": {}}, user)


@pytest.fixture(scope="module")
def wanting_more(user: OrdinaryUser) -> InsideCommand:
    """The same with realms that need rights: the system's libvirt, and a network in the user's own."""
    realms: dict[str, dict[str, object]] = {
        "far": {"uri": "qemu:///system"},
        "wide": {"uri": "qemu:///session", "network": "default"},
    }
    command = InsideCommand(user.home / "more", realms, user)
    command.environ["HOME"] = str(user.home)
    return command


@pytest.fixture(scope="module")
def ready(dcctl: InsideCommand, user: OrdinaryUser, image_file: Path) -> None:
    """The realm ``local`` made ready, the image ``tiny`` in it."""
    (step,) = dcctl("realm", "init", "local", "-o", "json").json
    assert step["sentence"] == f"make the storage pool default at {user.home}/.local/share/libvirt/images"
    assert dcctl("realm", "init", "local", "-o", "json").json == []
    dcctl("image", "import", str(user.give(image_file, "tiny.qcow2")), "--user", "root", "--realm", "local")


@pytest.fixture(scope="module")
def web(dcctl: InsideCommand, ready: None) -> str:
    dcctl(*CREATE, "--realm", "local", "--name", "web", "--console-log", "--for", "cloud-init")
    return "web"


def test_without_rights_there_is_the_user_s_own_libvirt(dcctl: InsideCommand, wanting_more: InsideCommand) -> None:
    endpoints = {row["id"]: row["endpoint"] for row in dcctl("realm", "list", "-o", "json").json}
    assert endpoints == {"local": "qemu:///session"}
    refused = wanting_more.run("instance", "list", "--realm", "far", "-o", "json")
    assert (refused.exit_status, refused.error["code"]) == (7, "auth")
    assert refused.error["hint"].endswith("or use the uri qemu:///session")


def test_the_plan_says_that_nobody_will_reach_the_guest(dcctl: InsideCommand, ready: None) -> None:
    plan = dcctl(*CREATE, "--realm", "local", "--name", "web", "--dry-run")
    assert NOBODY in plan.stderr
    assert "instance exec" in plan.stderr
    assert any(NOBODY in missing for missing in dcctl("realm", "show", "local", "-o", "json").json["facts"]["missing"])


@pytest.mark.parametrize("goal", ["address", "ssh"])
def test_whoever_would_wait_for_an_address_makes_nothing(dcctl: InsideCommand, ready: None, goal: str) -> None:
    refused = dcctl.run(*CREATE, "--realm", "local", "--name", "other", "--for", goal, "-o", "json")
    assert (refused.exit_status, refused.error["code"]) == (6, "not-supported")
    assert NOBODY in refused.error["message"]
    assert "other" not in dcctl.instances()


def test_a_guest_lives_and_only_its_address_is_missing(dcctl: InsideCommand, web: str) -> None:
    assert dcctl.instances() == {"web": "running"}
    for words in (["ssh", web, "--", "true"], ["wait", web, "--for", "address", "-o", "json"]):
        refused = dcctl.run("instance", *words, timeout=30)
        assert NOBODY in refused.stderr
        assert refused.exit_status == 6
    # Creating has waited for the first boot, by the guest's agent.
    inside = dcctl("instance", "exec", web, "--", "cat", "/etc/hostname", "/run/cloud-init/result.json")
    assert inside.stdout.startswith("web\n{")
    assert "started" in dcctl("instance", "logs", web).stdout
    dcctl("instance", "label", web, "role=front")
    assert [row["name"] for row in dcctl("instance", "list", "-l", "role=front", "-o", "json").json] == [web]
    dcctl("instance", "stop", web, "--power-off")
    off = dcctl.run("instance", "wait", web, "--for", "cloud-init", "-o", "json")
    assert (off.exit_status, off.error["message"]) == (5, "web is silent while it is stopped")
    dcctl("instance", "start", web)
    assert dcctl.instances() == {"web": "running"}


def test_nobody_else_may_read_what_is_made(dcctl: InsideCommand, user: OrdinaryUser, web: str) -> None:
    pool = user.home / ".local" / "share" / "libvirt" / "images"
    seen = list(pool.iterdir())
    assert any(path.name.endswith("-seed.iso") for path in seen)
    for path in [*seen, *(user.home / ".cache" / "dcctl").iterdir()]:
        assert path.stat().st_mode & 0o077 == 0, path
        assert path.stat().st_uid == IDENTITY, path


def doctor(dcctl: InsideCommand, realm: str) -> dict[str, Any]:
    answer = dcctl.run("doctor", "check", "--realm", realm, "-o", "json")
    return {row["check"]: row for row in answer.json if row["realm"] == realm}


def test_doctor_finds_nothing_wrong_and_says_what_the_network_is(dcctl: InsideCommand, web: str) -> None:
    found = doctor(dcctl, "local")
    assert [row for row in found.values() if row["verdict"] == "wrong"] == []
    assert (found["network"]["verdict"], NOBODY in found["network"]["message"]) == ("note", True)


def test_a_network_of_libvirt_s_cannot_be_made_and_what_would_be_right_is_said(
    wanting_more: InsideCommand, user: OrdinaryUser, ready: None
) -> None:
    assert "leave out network" in doctor(wanting_more, "wide")["network"]["hint"]
    for words in (["realm", "init", "wide"], ["network", "create", "private", "--realm", "wide"]):
        refused = wanting_more.run(*words, "-o", "json")
        assert (refused.exit_status, refused.error["code"]) == (6, "not-supported")
        assert "qemu:///system" in refused.error["hint"]
    assert user.virsh("net-list", "--all", "--name").split() == []


def test_nothing_is_left_in_the_end(dcctl: InsideCommand, user: OrdinaryUser, web: str) -> None:
    dcctl("instance", "destroy", web, "--force", "--power-off", "--yes")
    dcctl("image", "destroy", "local/tiny", "--yes")
    assert list((user.home / ".local" / "share" / "libvirt" / "images").iterdir()) == []
    assert user.virsh("list", "--all", "--name").split() == []
