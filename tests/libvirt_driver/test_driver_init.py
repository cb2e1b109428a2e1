"""``dcctl realm init``: a host without pool and network gets what its realm names, once, and only when asked."""

from __future__ import annotations

from pathlib import Path

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost


def test_a_bare_host_is_made_ready(libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path) -> None:
    """virt-lightning#18, vagrant-libvirt#1026, virtlet#48: default pool not found, and what now?"""
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "pool": "fresh", "network": "fresh"}})
    plan = command("realm", "init", "lab", "--dry-run", "-o", "json").json
    assert [step["step"] for step in plan] == ["make-pool", "make-network"]
    assert "at /var/lib/libvirt/images/fresh" in plan[0]["sentence"]
    assert "fresh" not in libvirt_host.virsh("pool-list", "--all")
    assert command.run("doctor", "-o", "json").exit_status == 1
    try:
        assert command("realm", "init", "lab", "-o", "json").json == plan
        assert command("realm", "init", "lab", "-o", "json").json == []
        command("doctor")
        command("image", "import", str(image_file), "--user", "root")
        command("instance", "create", "--image", "tiny", "--hwp", "tiny", "--name", "web")
        command("instance", "destroy", "web", "--force", "--power-off", "--yes")
        command("image", "destroy", "tiny", "--yes")
        libvirt_host.virsh("pool-destroy", "fresh")
        libvirt_host.virsh("net-destroy", "fresh")
        off = command("realm", "init", "lab", "-o", "json").json
        assert [step["step"] for step in off] == ["start-pool", "start-network"]
        assert command("realm", "init", "lab", "-o", "json").json == []
    finally:
        for noun in ("pool", "net"):
            libvirt_host.virsh(f"{noun}-destroy", "fresh")
            libvirt_host.virsh(f"{noun}-undefine", "fresh")


def test_a_pool_is_not_made_somewhere_else_by_its_name(libvirt_host: LibvirtHost, tmp_path: Path) -> None:
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "pool": "../../etc"}})
    answer = command.run("realm", "init", "lab", "-o", "json")
    assert (answer.exit_status, answer.error["code"]) == (2, "usage")
