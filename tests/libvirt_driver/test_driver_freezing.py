"""Captures of a guest that runs, killed while the guest's agent holds its file systems still: it is found, and they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from libvirt_host.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from libvirt_host.host import LibvirtHost
    from libvirt_host.proxy import LibvirtProxy, When

WRITE = ["instance", "exec", "web", "--timeout", "10s", "--", "touch", "/data/written"]


@pytest.fixture(scope="module")
def dcctl(libvirt_host: LibvirtHost, image_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """dcctl with the instance ``web``, whose agent answers."""
    command = Command(tmp_path_factory.mktemp("home"), {"lab": {"uri": libvirt_host.uri}})
    command("image", "import", str(image_file), "--user", "root")
    command("instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web", "--for", "address")
    for _ in range(60):
        answer = command.run(*WRITE)
        if answer.exit_status == 0:
            break
    assert answer.exit_status == 0, answer.stderr
    yield command
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    command("image", "destroy", "golden", "tiny", "--yes")
    assert libvirt_host.virsh("vol-list", "default").split() == []


def killed_while_frozen(proxy: LibvirtProxy, tmp_path: Path, when: When) -> None:
    """A capture that is killed at the call that ends the copying, just ``before`` or ``after`` it."""
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": proxy.uri}})
    proxy.reset()
    process = fragile.start("image", "create", "golden", "--from", "web", "--live")
    proxy.do_at("domain_block_job_abort", process.kill, when=when)
    process.communicate(timeout=60)
    assert proxy.sprung is not None


def frozen(command: Command, *words: str) -> list[Any]:
    """What doctor says of file systems."""
    return [row for row in command.run("doctor", "-o", "json", *words).json if row["check"] == "frozen"]


def test_what_was_killed_while_file_systems_were_held_still_is_found_and_mended(
    dcctl: Command, libvirt_proxy: LibvirtProxy, tmp_path: Path
) -> None:
    assert frozen(dcctl) == []
    killed_while_frozen(libvirt_proxy, tmp_path, "after")
    refused = dcctl.run(*WRITE, "-o", "json")
    assert refused.exit_status == 5, refused.stderr
    assert "are held still" in refused.stderr
    assert "dcctl doctor --fix" in refused.stderr
    (found,) = frozen(dcctl)
    assert (found["verdict"], found["resource"]) == ("wrong", "web")
    assert "the file systems of web are held still" in found["message"]
    dcctl("doctor", "--fix", "--yes")
    assert frozen(dcctl) == []
    dcctl(*WRITE)


def test_the_next_capture_lets_go_of_what_was_killed(
    dcctl: Command, libvirt_proxy: LibvirtProxy, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    killed_while_frozen(libvirt_proxy, tmp_path, "before")
    assert dcctl.run(*WRITE).exit_status == 5
    dcctl("image", "destroy", "golden", "--yes")
    golden = dcctl("image", "create", "golden", "--from", "web", "--live", "-o", "json").json
    assert "held still by the guest's agent" in golden[0]["description"]
    dcctl(*WRITE)
    assert "urn:dcctl:frozen" not in libvirt_host.virsh("dumpxml", "web")


def test_a_dead_agent_delays_doctor_only_where_a_capture_was_killed(
    dcctl: Command, libvirt_host: LibvirtHost, libvirt_proxy: LibvirtProxy
) -> None:
    watched = Command(dcctl.home / "watched", {"lab": {"uri": libvirt_proxy.uri}})
    libvirt_proxy.reset()
    watched.run("doctor")
    assert "domain_agent_command" not in libvirt_proxy.names
    assert "domain_get_metadata" in libvirt_proxy.names
    mark = "<frozen token='t' machine='gone' process='1:1' host='h' since='1.0' deadline='2.0'/>"
    set_mark = ["metadata", "web", "--uri", "urn:dcctl:frozen", "--key", "dcctl-frozen", "--live"]
    libvirt_host.virsh(*set_mark, "--set", mark)
    stopped = dcctl.run("instance", "exec", "web", "--", "killall", "-STOP", "qemu-ga")
    assert stopped.exit_status == 7  # it does not live to say so
    try:
        (found,) = frozen(dcctl)
        assert "may be held still, and its agent does not answer" in found["message"]
    finally:
        libvirt_host.virsh(*set_mark, "--remove")
