"""Domains that something else made are taken on: they go on, their disks stay, and are destroyed only when somebody says so twice."""

from __future__ import annotations

import shutil
import signal
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dcctl_drivers.libvirt.metadata import NAMESPACE, SCHEMA
from libvirt_driver.test_driver_faults import MOST_WRITES
from libvirt_host.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from libvirt_driver.test_driver_faults import When
    from libvirt_host.host import LibvirtHost
    from libvirt_host.proxy import LibvirtProxy

MAC = "52:54:00:12:34:56"
ROOMY = ["--hwp", "roomy"]


class Others:
    """What a person has made on the host with virsh; all of it is removed in the end."""

    def __init__(self, host: LibvirtHost) -> None:
        self.host = host
        self.made: set[str] = set()

    def volume(self, name: str, *, base: Path | None = None) -> str:
        """A volume of the pool: a copy of the guest's image, or an empty one. Its path."""
        if base is None:
            self.host.virsh("vol-create-as", "default", name, "64M", "--format", "qcow2")
        else:
            shutil.copyfile(base, self.host.pool_path / name)
            self.host.virsh("pool-refresh", "default")
        return str(self.host.pool_path / name)

    def domain(
        self,
        name: str,
        *disks: str,
        verb: str = "define",
        metadata: str = "",
        firmware: str = "",
        disk_format: str = "qcow2",
    ) -> None:
        devices = "".join(
            f"<disk type='file' device='disk'><driver name='qemu' type='{disk_format}'/><source file='{path}'/>"
            f"<target dev='vd{letter}' bus='virtio'/></disk>"
            for letter, path in zip("abc", disks, strict=False)
        )
        xml = self.host.directory / f"{name}.xml"
        xml.write_text(
            f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>192</memory><vcpu>2</vcpu>"
            f"<metadata>{metadata}</metadata><os{firmware}><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><cpu mode='maximum'/>"
            f"<devices>{devices}<interface type='network'><mac address='{MAC}'/><source network='default'/>"
            "<model type='virtio'/></interface></devices></domain>"
        )
        self.host.virsh(verb, str(xml))
        self.made.add(name)

    def volumes(self) -> set[str]:
        lines = self.host.virsh("vol-list", "default").splitlines()
        return {line.split()[0] for line in lines if line.strip() and not line.split()[0].startswith("dcctl-")}

    def domains(self) -> set[str]:
        return set(self.host.virsh("list", "--all", "--name").split())

    def remove(self) -> None:
        for name in self.made & self.domains():
            if "running" in self.host.virsh("domstate", name):
                self.host.virsh("destroy", name)
            self.host.virsh("undefine", name, "--managed-save", "--snapshots-metadata")
        for name in self.volumes():
            self.host.virsh("vol-delete", name, "default")


@pytest.fixture
def others(command: Command, libvirt_host: LibvirtHost) -> Iterator[Others]:
    made = Others(libvirt_host)
    yield made
    made.remove()


def test_a_guest_of_somebody_else_s_becomes_an_instance_goes_on_and_leaves_its_disk(
    command: Command, image: str, others: Others, guest_image: Path, libvirt_host: LibvirtHost
) -> None:
    others.domain("old", others.volume("old.qcow2", base=guest_image))
    libvirt_host.virsh("start", "old")
    refused = command.run("instance", "protect", "old")
    assert (refused.exit_status, "dcctl instance adopt" in refused.stderr) == (5, True)
    command("instance", "list")  # from here on this machine's index says that it is none of ours
    number = libvirt_host.virsh("domid", "old")

    (planned,) = command("instance", "adopt", "old", *ROOMY, "--image", image, "--dry-run", "-o", "json").json
    assert command("instance", "show", "old", "-o", "json").json["foreign"] is True
    (row,) = command("instance", "adopt", "old", *ROOMY, "--image", image, "-o", "json").json
    keys = ("name", "state", "hwp", "image", "overrides", "foreign", "adopted")
    expected = ["old", "running", "roomy", "tiny", {"cpu": 2}, False, {"disks": []}]
    assert [row[key] for key in keys] == [planned[key] for key in keys] == expected
    assert (row["realm"], row["user"], row["created"]) == ("lab", "root", None)
    assert libvirt_host.virsh("domid", "old") == number

    command("instance", "label", "old", "role=web")
    assert command("instance", "list", "-l", "role=web", "-q").stdout.split() == ["old"]
    (row,) = command("instance", "wait", "old", "--for", "address", "-o", "json").json
    assert row["private_addresses"][0]["value"].startswith("192.168.122.")

    destroy = ["instance", "destroy", "old", "--force", "--power-off"]
    (plan,) = command(*destroy, "--dry-run", "-o", "json").json
    assert plan["notes"] == ["old was adopted: its definition goes, and its disks stay"]
    never = command.run(*destroy, "--yes", "--with-disks")
    assert (never.exit_status, "dcctl instance adopt lab/old --with-disks" in never.stderr) == (5, True)
    assert command.instances() == {"old": "running"}
    assert "its disks stay" in command(*destroy, "--yes").stderr
    assert (others.domains(), others.volumes()) == (set(), {"old.qcow2"})


def test_disks_that_were_adopted_go_only_when_that_is_said_and_nothing_else_needs_them(
    command: Command, others: Others, libvirt_host: LibvirtHost
) -> None:
    disk, data = others.volume("old.qcow2"), others.volume("data.qcow2")
    others.domain("old", disk, data)
    (planned,) = command("instance", "adopt", "old", "--with-disks", "--dry-run", "-o", "json").json
    assert (planned["adopted"], planned["disk_mode"]) == ({"disks": [disk, data]}, None)
    command("instance", "adopt", "old", "--with-disks")
    (row,) = command("instance", "adopt", "old", *ROOMY, "-o", "json").json  # what it leaves open stays
    assert (row["adopted"], row["hwp"], row["disk_mode"]) == ({"disks": [disk, data]}, "roomy", None)
    destroy = ["instance", "destroy", "old", "--yes", "--with-disks"]

    # Another domain with one of them, and an overlay that is based on one.
    others.domain("second", data)
    refused = command.run(*destroy)
    assert (refused.exit_status, "is also used by second" in refused.stderr) == (5, True)
    libvirt_host.virsh("undefine", "second")
    overlay = ["--backing-vol", "old.qcow2", "--backing-vol-format", "qcow2"]
    libvirt_host.virsh("vol-create-as", "default", "child.qcow2", "64M", "--format", "qcow2", *overlay)
    refused = command.run(*destroy)
    assert (refused.exit_status, "child.qcow2" in refused.stderr) == (5, True)
    assert (others.domains(), others.volumes()) == ({"old"}, {"old.qcow2", "data.qcow2", "child.qcow2"})
    libvirt_host.virsh("vol-delete", "child.qcow2", "default")

    (plan,) = command(*destroy, "--dry-run", "-o", "json").json
    assert plan["notes"] == [f"old was adopted with 2 disks, destroyed with it: {disk}, {data}"]
    command(*destroy)
    assert (others.domains(), others.volumes()) == (set(), set())


def test_without_the_word_adopted_disks_stay(command: Command, others: Others) -> None:
    others.domain("old", others.volume("old.qcow2"))
    command("instance", "adopt", "old", "--with-disks")
    command("instance", "destroy", "old", "--yes")
    assert (others.domains(), others.volumes()) == (set(), {"old.qcow2"})


@pytest.mark.parametrize("when", ["before", "after"])
def test_destroying_with_disks_killed_at_any_writing_call_can_be_repeated(
    command: Command, libvirt_proxy: LibvirtProxy, others: Others, tmp_path: Path, when: When
) -> None:
    fragile = Command(tmp_path / "fragile", {"lab": {"uri": libvirt_proxy.uri}})
    destroy = ["instance", "destroy", "old", "--yes", "--with-disks"]
    for position in range(1, MOST_WRITES):
        others.domain("old", others.volume("old.qcow2"))
        command("instance", "adopt", "old", "--with-disks")
        libvirt_proxy.kill_client_at(position, when=when)
        answer = fragile.run(*destroy)
        if libvirt_proxy.sprung is None:
            break
        assert answer.exit_status == -signal.SIGKILL, answer.stderr
        command(*destroy, "--ignore-missing")
        assert (others.domains(), others.volumes()) == (set(), set())
    assert position > 3  # the mark, the disk, the definition


def test_the_settings_of_the_firmware_stay_with_disks_that_stay_and_go_with_those_that_go(
    command: Command, others: Others, libvirt_host: LibvirtHost
) -> None:
    def settings() -> list[str]:
        return libvirt_host.run(["ls", "/var/lib/libvirt/qemu/nvram"], check=True).stdout.split()

    for words, left in (([], ["old_VARS.fd"]), (["--with-disks"], [])):
        name = others.volume(f"old{len(left)}.qcow2")
        others.domain("old", name, firmware=" firmware='efi'")
        command("instance", "adopt", "old", "--with-disks")
        # libvirt calls the file by the name, and would leave it to the next domain that has it.
        refused = command.run("instance", "rename", "old", "new")
        assert (refused.exit_status, "UEFI" in refused.stderr) == (5, True), refused.stderr
        command("instance", "start", "old")
        command("instance", "destroy", "old", "--force", "--power-off", "--yes", *words)
        assert settings() == left
        assert others.domains() == set()


def test_a_copy_that_virt_clone_made_of_an_instance_is_taken_on_and_the_original_stays(
    command: Command, image: str, others: Others, libvirt_host: LibvirtHost
) -> None:
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--no-wait")
    record = libvirt_host.virsh("metadata", "web", NAMESPACE)
    record = record.replace("<instance", f"<d:instance xmlns:d='{NAMESPACE}'").replace("</instance", "</d:instance")
    for tag in ("facts", "volume"):
        record = record.replace(f"<{tag} ", f"<d:{tag} ")
    others.domain("copy", others.volume("copy.qcow2"), metadata=record)
    assert command("instance", "show", "copy", "-o", "json").json["foreign"] is True
    (row,) = command("instance", "adopt", "copy", "--with-disks", "-o", "json").json
    assert (row["foreign"], row["image"], len(row["adopted"]["disks"])) == (False, None, 1)
    command("instance", "destroy", "copy", "--yes", "--with-disks")
    assert command.instances() == {"web": "running"}
    assert others.volumes() == set()


def test_images_are_made_of_adopted_instances_off_and_running_which_stay_as_they_are(
    command: Command, others: Others, guest_image: Path, libvirt_host: LibvirtHost
) -> None:
    disk = others.volume("old.qcow2", base=guest_image)
    others.domain("old", disk)
    command("instance", "adopt", "old")
    digest = sha256(Path(disk).read_bytes()).hexdigest()
    (image,) = command("image", "create", "of-old", "--from", "old", "-o", "json").json
    assert (image["state"], image["description"]) == ("available", "made of old")
    assert sha256(Path(disk).read_bytes()).hexdigest() == digest
    libvirt_host.run(["qemu-img", "compare", disk, str(libvirt_host.pool_path / "dcctl-image-of-old.img")], check=True)
    command("instance", "start", "old")
    (live,) = command("image", "create", "of-old-live", "--from", "old", "--live", "-o", "json").json
    assert live["state"] == "available"
    assert command.instances() == {"old": "running"}
    command("image", "destroy", "of-old", "of-old-live", "--yes")
    command("instance", "destroy", "old", "--force", "--power-off", "--yes")
    assert others.volumes() == {"old.qcow2"}


@pytest.mark.parametrize(
    ("prepare", "complaint"),
    [
        (["qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/hostname", "-F", "raw"], "begins like another format"),
        ([], "no storage pool of the host has"),
    ],
    ids=["a guest wrote another head into its raw disk", "libvirt does not know the file"],
)
def test_no_image_is_made_of_an_adopted_disk_that_nobody_can_vouch_for(
    command: Command, others: Others, libvirt_host: LibvirtHost, prepare: list[str], complaint: str
) -> None:
    disk = libvirt_host.pool_path / "raw.img"
    if prepare:
        libvirt_host.run([*prepare, str(disk)], check=True)
        libvirt_host.virsh("pool-refresh", "default")
    others.domain("old", str(disk), disk_format="raw")
    command("instance", "adopt", "old")
    refused = command.run("image", "create", "stolen", "--from", "old")
    assert (refused.exit_status, complaint in refused.stderr) == (5, True), refused.stderr
    assert "stolen" not in libvirt_host.virsh("vol-list", "default")
    command("instance", "destroy", "old", "--yes")


def test_what_cannot_be_taken_on_is_refused_with_the_reason_and_left_alone(
    command: Command, image: str, others: Others, libvirt_host: LibvirtHost, tmp_path: Path
) -> None:
    elsewhere = libvirt_host.directory / "elsewhere.qcow2"
    libvirt_host.run(["qemu-img", "create", "-q", "-f", "qcow2", str(elsewhere), "64M"], check=True)
    newer = f"<d:instance xmlns:d='{NAMESPACE}' schema='{SCHEMA + 1}' uuid='x' phase='ready'/>"
    others.domain("future", metadata=newer)
    others.domain("away", str(elsewhere))
    others.domain("passing", verb="create")
    command("instance", "create", "--image", image, "--hwp", "tiny", "--name", "web", "--no-wait")
    for words, said in (
        (["future"], "of a newer one"),
        (["away", "--with-disks"], "no storage pool of the host has"),
        (["passing"], "no lasting definition"),
        (["web"], "dcctl's already"),
        (["away", "--hwp", "tiny"], "does not fit the hardware profile tiny"),
    ):
        for dry_run in ([], ["--dry-run"]):
            refused = command.run("instance", "adopt", *words, *dry_run)
            assert (refused.exit_status in (2, 5), said in refused.stderr) == (True, True), refused.stderr
    libvirt_host.virsh("destroy", "passing")
    several = command.run("instance", "adopt", "away", "future", "nobody", "-o", "json")
    assert (several.exit_status, [row["name"] for row in several.json]) == (9, ["away"])
    for words, instead in (
        (["clone", "away", "copy"], "dcctl image create NAME --from away"),
        (["resize", "away", "--hwp", "roomy", "--storage", "2GiB"], "virsh blockresize"),
    ):
        refused = command.run("instance", *words)
        assert (refused.exit_status, "its disks are its own" in refused.stderr) == (5, True), refused.stderr
        assert instead in refused.stderr
    command("instance", "resize", "away", "--hwp", "roomy", "--storage", "1GiB", "--cpu", "1")
    command("instance", "destroy", "away", "--yes")
    assert elsewhere.exists()
