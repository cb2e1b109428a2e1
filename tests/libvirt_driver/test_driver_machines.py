"""Firmware, TPMs and types of machines: what the host offers is made and leaves nothing, what it does not offer is refused at once."""

from __future__ import annotations

import time
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from libvirt_host.command import Command
from libvirt_host.host import LibvirtHost

ARCHITECTURES = {"tiny": "x86_64", "other": "riscv64", "board": "armv7l"}
CREATE = ["instance", "create", "--hwp", "tiny"]


def kept(host: LibvirtHost) -> list[str]:
    """Every file that is there of firmware and TPMs."""
    folders = ["/var/lib/libvirt/qemu/nvram", "/var/lib/libvirt/swtpm", str(host.pool_path)]
    paths = host.run(["find", *folders, "-mindepth", "1"], check=False).stdout.split()
    return [path for path in paths if path.endswith("nvram.fd") or not path.startswith(folders[2])]


def test_secure_boot_and_tpm_are_made_and_leave_nothing_under_any_name(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    """Its settings stay its own when it is renamed, and go with it.

    virt-manager#851, one#6408, cloudstack#4184, cloudstack#11740, UTM#3698, quickemu#1261: snapshots that fail half-way since the firmware keeps settings in flash
    vagrant-libvirt#1371, terraform-provider-libvirt#1203, terraform-provider-libvirt#1270, community.libvirt#159, tp-libvirt#4280,
    coreos-assembler#413: cannot undefine domain with nvram
    """
    words = ["--image", image, "--firmware", "secure-boot", "--tpm", "--name", "web", "-o", "json"]
    made = command(*CREATE, *words).json
    assert made["machine"] == {"firmware": "secure-boot", "tpm": True, "type": None}
    system = fromstring(libvirt_host.virsh("dumpxml", "web"))
    loader = system.find("os/loader")
    assert loader is not None
    assert loader.get("secure") == "yes"
    # The settings with the usual keys enrolled, so that unsigned systems really do not start.
    assert "ms" in system.find("os/nvram").get("template", "")  # type: ignore[union-attr]
    settings = [path for path in kept(libvirt_host) if path.endswith("nvram.fd")]
    assert [made["id"] in path for path in settings] == [True]
    assert any(made["id"] in path for path in kept(libvirt_host) if "swtpm" in path)

    command("instance", "stop", "web", "--power-off")
    command("instance", "rename", "web", "shop")
    command(*CREATE, "--image", image, "--firmware", "uefi", "--name", "web", "--no-wait")
    command("instance", "start", "shop")
    assert len([path for path in kept(libvirt_host) if path.endswith("nvram.fd")]) == 2
    command("instance", "destroy", "web", "--force", "--power-off", "--yes")
    assert [path for path in kept(libvirt_host) if path.endswith("nvram.fd")] == settings

    # Internal snapshots are refused with pflash firmware: here, before anything is tried.
    refused = command.run("snapshot", "create", "shop", "one", "-o", "json")
    assert (refused.exit_status, "UEFI" in refused.error["message"]) == (6, True)

    command("instance", "stop", "shop", "--power-off")
    (copied,) = command("instance", "clone", "shop", "copy", "-o", "json").json
    assert copied["machine"] == made["machine"]
    command("instance", "start", "copy")
    assert any(copied["id"] in path for path in kept(libvirt_host) if path.endswith("nvram.fd"))
    # Memory on disk, settings, keys and what a backup program noted, all at once: none of it keeps libvirt from forgetting the domain.
    libvirt_host.virsh("checkpoint-create-as", "copy", "first", "--diskspec", "vda")
    command("instance", "suspend", "copy", "--to-disk")
    command("instance", "destroy", "shop", "copy", "--force", "--power-off", "--yes")
    assert kept(libvirt_host) == []
    folders = [f"/var/lib/libvirt/qemu/{name}" for name in ("save", "checkpoint", "snapshot")]
    assert libvirt_host.run(["find", *folders, "-mindepth", "1"], check=True).stdout == ""
    command("doctor")


def test_a_machine_type_is_one_that_the_host_knows(command: Command, image: str, libvirt_host: LibvirtHost) -> None:
    made = command(*CREATE, "--image", image, "--machine", "pc", "--name", "old", "-o", "json").json
    assert made["machine"] == {"firmware": None, "tpm": False, "type": "pc"}
    kind = fromstring(libvirt_host.virsh("dumpxml", "old")).find("os/type")
    assert kind is not None
    assert kind.get("machine", "").startswith("pc-i440fx")


@pytest.mark.parametrize(
    ("words", "exit_status", "says", "hints"),
    [
        (["--image", "tiny", "--machine", "q53"], 2, "no machine type q53", "q35"),
        (["--image", "tiny", "--machine", "pc", "--firmware", "secure-boot"], 6, "secure boot", "--firmware uefi"),
        (["--image", "other", "--tpm"], 6, "cannot run machines of riscv64", "qemu-system-misc"),
        (["--image", "other"], 6, "cannot run machines of riscv64", "qemu-system-misc"),
        (["--image", "board"], 6, "no UEFI firmware for armv7l", "qemu-efi-arm"),
        (["--image", "board", "--firmware", "bios"], 6, "machines of armv7l start by UEFI", "leave out"),
    ],
    ids=["type", "secure boot of another type", "architecture", "architecture alone", "no firmware", "no BIOS"],
)
def test_what_the_host_does_not_offer_is_refused_in_the_plan(
    command: Command, image_file: Path, words: list[str], exit_status: int, says: str, hints: str
) -> None:
    """virt-manager#757, virt-manager#692: UEFI cannot be wanted, or not be switched off"""
    command("image", "import", str(image_file), "--name", words[1], "--architecture", ARCHITECTURES[words[1]])
    for dry_run in (["--dry-run"], []):
        refused = command.run(*CREATE, *words, *dry_run, "-o", "json")
        assert refused.exit_status == exit_status, refused.stderr
        assert says in refused.error["message"]
        assert hints in refused.error["hint"]
    assert command.instances() == {}


def test_the_domain_can_be_read_before_it_is_made_and_is_made_as_it_was_read(
    command: Command, image: str, libvirt_host: LibvirtHost
) -> None:
    words = [*CREATE, "--image", image, "--name", "web", "--firmware", "uefi", "--console-log", "--disk", "1GiB"]
    text = command(*words, "--dry-run", "--native").stdout
    assert command.instances() == {}
    command(*words, "--no-wait")
    # libvirt keeps what it was given and adds to it; what is the instance's own follows from its id.
    shown = fromstring(text)
    made = fromstring(libvirt_host.virsh("dumpxml", "--inactive", "web"))
    for path in ("name", "memory", "vcpu", "os/type", "os/firmware/feature", "features/acpi", "sysinfo/system/entry"):
        told, found = shown.find(path), made.find(path)
        assert told is not None
        assert found is not None
        assert told.attrib.items() <= found.attrib.items() or path in ("memory", "os/type", "vcpu")
        assert (told.text or "").strip() in ((found.text or "").strip(), str(192))
    for path in (
        "devices/disk/target",
        "devices/disk/driver",
        "devices/interface/source",
        "devices/serial",
        "devices/rng",
    ):
        assert len(shown.findall(path)) == len(made.findall(path)), path
        for told, found in zip(shown.findall(path), made.findall(path), strict=True):
            assert told.attrib.items() <= found.attrib.items()


@pytest.mark.parametrize(("architecture", "inputs"), [("x86_64", ["tablet"]), ("aarch64", ["tablet", "keyboard"])])
def test_a_screen_comes_with_a_good_card_a_pointer_and_a_keyboard(
    command: Command, image_file: Path, architecture: str, inputs: list[str]
) -> None:
    """libvirt's own choice is the card of 1995, a pointer that is elsewhere than the viewer's, and, but for PCs, no keyboard."""
    command("image", "import", str(image_file), "--architecture", architecture)
    told = fromstring(command(*CREATE, "--image", "tiny", "--vnc", "--dry-run", "--native").stdout)
    assert [model.get("type") for model in told.iterfind("devices/video/model")] == ["virtio"]
    assert [(each.get("type"), each.get("bus")) for each in told.iterfind("devices/input")] == [
        (kind, "usb") for kind in inputs
    ]


def test_what_cannot_be_made_cannot_be_read_either(command: Command, image: str) -> None:
    words = [*CREATE, "--image", image]
    assert command.run(*words, "--native").exit_status == 2
    assert command.run(*words, "--native", "--dry-run", "--count", "2").exit_status == 2
    assert command.run(*words, "--native", "--dry-run", "-o", "json").exit_status == 2
    refused = command.run(*words, "--native", "--dry-run", "--machine", "q53")
    assert (refused.exit_status, refused.stdout) == (2, "")


def test_a_machine_without_what_the_devices_need_is_refused_and_leaves_nothing(command: Command, image: str) -> None:
    refused = command.run(*CREATE, "--image", image, "--machine", "isapc", "-o", "json")
    assert (refused.exit_status, "--machine q35" in refused.error["hint"]) == (6, True), refused.stderr
    assert command.instances() == {}


def test_a_machine_that_no_firmware_is_for_is_refused(command: Command, image_file: Path) -> None:
    """Also where nobody asked for UEFI: it is the architecture that needs it."""
    command("image", "import", str(image_file), "--name", "arm", "--architecture", "aarch64")
    refused = command.run(*CREATE, "--image", "arm", "--machine", "raspi3b", "-o", "json")
    assert (refused.exit_status, "qemu-efi-aarch64" in refused.error["hint"]) == (6, True), refused.stderr
    assert command.instances() == {}


def test_a_machine_of_another_architecture_is_emulated_and_starts_by_uefi(
    command: Command, image_file: Path, libvirt_host: LibvirtHost
) -> None:
    """Nobody has to know what it takes: UEFI, a processor that can be emulated, a machine type, and a seed on a bus that is there.

    vagrant-libvirt#966, libvirt#107, terraform-provider-libvirt#262: ACPI requires UEFI on this architecture
    kvm-install-vm#108: emulating another architecture needs an explicit processor, firmware and no SMM
    """
    command("image", "import", str(image_file), "--name", "arm", "--architecture", "aarch64")
    made = command(*CREATE, "--image", "arm", "--name", "arm", "--console-log", "--vnc", "-o", "json").json
    assert (made["state"], made["hardware"]["architecture"]) == ("running", "aarch64")
    assert [made["id"] in path for path in kept(libvirt_host)] == [True]
    deadline = time.monotonic() + 60
    while "UEFI" not in (said := command("instance", "logs", "arm").stdout):
        assert time.monotonic() < deadline, said
    command("instance", "destroy", "arm", "--force", "--power-off", "--yes")
    assert kept(libvirt_host) == []
