"""What people complain about in kcli, virt-install, vagrant, terraform and cockpit, where no other test answers it: docs/peers.md."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from cli.image_server import Served, serving
from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost


def definition(host: LibvirtHost, name: str) -> Element:
    return fromstring(host.virsh("dumpxml", "--inactive", name))


def one(root: Element, path: str) -> Element:
    found = root.find(path)
    assert found is not None, path
    return found


def test_disks_are_files_of_a_stated_format_and_nothing_is_an_ide_cd(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    """What virt-aa-helper and every machine type understand.

    terraform-provider-libvirt#126, terraform-provider-libvirt#97, terraform-provider-libvirt#546,
    terraform-provider-libvirt#920, terraform-provider-libvirt#978, terraform-provider-libvirt#1024,
    terraform-provider-libvirt#1163: Could not open the disk: AppArmor's helper does not understand disks of type volume
    terraform-provider-libvirt#667, terraform-provider-libvirt#1137, terraform-provider-libvirt#895, terraform-provider-libvirt#976: the seed is a CD on IDE,
    which q35 and aarch64 do not have
    virt-manager#359: Ubuntu ignores a seed without ds=nocloud
    CVE-2026-24708: a guest that writes another format into its raw disk reads files of the host
    """
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--no-wait")
    root = definition(libvirt_host, "web")
    disks = root.findall("devices/disk")
    assert [(disk.get("type"), disk.get("device"), one(disk, "target").get("bus")) for disk in disks] == [
        ("file", "disk", "virtio"),
        ("file", "disk", "virtio"),
    ]
    assert [one(disk, "driver").get("type") for disk in disks] == ["qcow2", "raw"]
    assert [one(disk, "source").get("file", "").startswith("/") for disk in disks] == [True, True]
    # The size of a qcow2 volume and the format of its base stand in its header, which libvirt wrote when it was made.
    overlay = fromstring(libvirt_host.virsh("vol-dumpxml", one(disks[0], "source").get("file", "")))
    assert one(overlay, "backingStore/format").get("type") == "qcow2"
    assert one(root, "sysinfo/system/entry").text == "ds=nocloud"


def test_the_seed_is_there_as_long_as_the_instance(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    """virt-manager#178: a guest cannot start again because its transient seed is gone."""
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--no-wait")
    seed = Path(one(definition(libvirt_host, "web"), "devices/disk[2]/source").get("file", ""))
    for _ in range(2):
        command("instance", "stop", "web", "--power-off")
        assert seed.exists()
        command("instance", "start", "web")
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert not seed.exists()


def test_no_pool_is_made_unasked_and_the_error_says_how_to_ask(
    libvirt_host: LibvirtHost, image_file: Path, tmp_path: Path
) -> None:
    """cockpit-machines#923: pools appear by themselves.

    servo/ci-runners#52: virt-manager hangs since each runner left a pool behind.
    virt-lightning#18, vagrant-libvirt#1026: "default pool not found", and what now?
    """
    before = libvirt_host.virsh("pool-list", "--all")
    command = Command(tmp_path / "home", {"lab": {"uri": libvirt_host.uri, "pool": "nowhere"}})
    command("instance", "list")
    refused = command.run("image", "import", str(image_file), "-o", "json")
    assert refused.exit_status in (3, 4), refused.stderr
    assert "dcctl realm init" in refused.error["hint"]
    assert libvirt_host.virsh("pool-list", "--all") == before


def test_whoever_has_lost_the_home_directory_has_lost_nothing(
    command: Command, image: str, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    """What dcctl knows of an instance is kept beside the instance.

    vagrant-libvirt#658, vagrant-libvirt#1073, vagrant#11389, vagrant-libvirt#293: the name is taken by a guest that the tool has forgotten
    lima#3112: a list does not say what an instance was made from
    """
    command(
        "instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--label", "role=web", "--no-wait"
    )
    elsewhere = Command(tmp_path / "another", {"lab": {"uri": libvirt_host.uri}})
    found = elsewhere("instance", "show", "web", "-o", "json").json
    assert (found["image"], found["hwp"], found["labels"], found["foreign"]) == (image, "tiny", {"role": "web"}, False)
    elsewhere("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert command.instances() == {}


def test_a_daemon_that_was_started_anew_during_a_long_download_does_not_spoil_it(
    command: Command, image_file: Path, libvirt_host: LibvirtHost
) -> None:
    """virt-lightning#218: the connection to libvirt dies while an image is fetched, and with it the import."""
    content = image_file.read_bytes()
    served = Served(content, stalls_after=len(content) // 2)
    with serving() as server:
        server.files["/slow.qcow2"] = served
        digest = hashlib.sha256(content).hexdigest()
        process = command.start("image", "import", server.url("/slow.qcow2"), "--digest", f"sha256:{digest}", "-q")
        while not server.requests:
            assert process.poll() is None
            time.sleep(0.02)
        libvirt_host.kill_daemon()
        libvirt_host.start_daemon()
        served.go.set()
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "slow\n"), errors


def test_a_bridge_that_somebody_else_has_made_is_not_in_the_way(command: Command, libvirt_host: LibvirtHost) -> None:
    """virt-lightning#370: the name of a bridge is in use already."""
    for number in range(5):
        libvirt_host.run(["ip", "link", "add", f"virbr{number + 1}", "type", "bridge"], check=False)
    try:
        assert command("network", "create", "lab-net", "-q").stdout == "lab-net\n"
        command("network", "destroy", "lab-net", "--yes")
    finally:
        for number in range(5):
            libvirt_host.run(["ip", "link", "delete", f"virbr{number + 1}"], check=False)


def test_networks_without_addresses_do_not_spoil_a_list(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    """kcli#338, kcli#753: what a host cannot tell of its interfaces breaks commands that need not know it
    kcli#742: a network without addresses breaks the list
    """
    text = "<network><name>bare</name><bridge name='bare0'/></network>"
    libvirt_host.run(["sh", "-c", 'printf %s "$0" >/run/bare.xml', text], check=True)
    libvirt_host.virsh("net-create", "/run/bare.xml")
    try:
        command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--network", "bare")
        rows = command("instance", "list", "-o", "json").json
        assert [(row["name"], row["state"], row["private_addresses"]) for row in rows] == [("web", "running", [])]
        assert "bare" in {row["name"] for row in command("network", "list", "-o", "json").json}
    finally:
        libvirt_host.virsh("net-destroy", "bare")
