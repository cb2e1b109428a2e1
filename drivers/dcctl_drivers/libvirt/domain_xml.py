"""The XML of a new domain and of its volumes, built as trees: no text from outside can become markup. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from dcctl_drivers.libvirt import metadata, names
from dcctl_drivers.libvirt.options import USER_NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dcctl_drivers.libvirt.guest_type import GuestType
    from dcctl_drivers.libvirt.machines import Fitted
    from dcctl_drivers.libvirt.metadata import Record

SPARE_PORTS = 8
"""virt-install takes 14; each costs a guest's firmware a moment."""

OTHER_DEVICES = 4
"""What needs a port beside disks and interfaces: USB, the serial channel, the balloon, randomness."""

PCS = ("x86_64", "i686")
"""Architectures whose guests libvirt gives a USB controller unasked, and with a screen a keyboard."""

_AGENT = "org.qemu.guest_agent.0"
"""The name of the channel at whose other end is the guest's agent: QEMU's own."""

DEFAULT_CPU = 1
DEFAULT_MEMORY_MIB = 1024
"""What the opaque profile gives here; its disk is as large as the image."""


@dataclass(frozen=True)
class Disk:
    """A disk of the domain: where the file is, and what is in it."""

    path: str
    format: str
    read_only: bool = False
    serial: str | None = None
    """By what the guest finds it, of at most 20 characters: /dev/disk/by-id/virtio-SERIAL."""


def domain(
    name: str,
    record: Record,
    guest: GuestType,
    disks: list[Disk],
    networks: Sequence[str],
    console_log: str | None = None,
    *,
    machine: Fitted,
    firmware_settings: str | None = None,
    vnc: bool = False,
) -> str:
    """The domain, with our record in its metadata, and an interface in each of the networks.

    ``console_log``: the path of the file where the words of its console are kept. ``firmware_settings``: that of the file which UEFI firmware keeps its
    settings in. ``vnc``: its screen is shown, to the host alone.
    """
    facts = record.facts
    root = Element("domain", {"type": guest.virt})
    SubElement(root, "name").text = name
    SubElement(root, "uuid").text = record.uuid
    SubElement(root, "metadata").append(metadata.element(record))
    SubElement(root, "memory", {"unit": "MiB"}).text = str(facts.memory_mib or DEFAULT_MEMORY_MIB)
    SubElement(root, "vcpu").text = str(facts.cpu or DEFAULT_CPU)
    if guest.virt != "test":
        # Ubuntu's cloud-init looks at a seed only if it is told to (virt-manager issue 359).
        system = SubElement(SubElement(root, "sysinfo", {"type": "smbios"}), "system")
        SubElement(system, "entry", {"name": "serial"}).text = "ds=nocloud"
    system = SubElement(root, "os")
    kind = {"machine": guest.machine} if guest.machine is not None else {}
    SubElement(system, "type", {"arch": guest.architecture, **kind}).text = "hvm"
    SubElement(system, "boot", {"dev": "hd"})
    if guest.virt != "test":
        SubElement(system, "smbios", {"mode": "sysinfo"})
    features = SubElement(root, "features")
    SubElement(features, "acpi")  # without it nobody hears the power button
    if guest.cpu is not None:
        SubElement(root, "cpu", {"mode": guest.cpu})
    SubElement(root, "clock", {"offset": "utc"})
    devices = SubElement(root, "devices")
    for position, disk in enumerate(disks):
        _disk(devices, disk, f"vd{chr(ord('a') + position)}")
    for mac, network in zip(facts.interface_macs(record.uuid), networks, strict=True):
        _interface(devices, mac, network)
    if "q35" in (guest.machine or ""):
        _ports(devices, len(disks) + len(networks) + OTHER_DEVICES + SPARE_PORTS)
    if guest.virt != "test":
        _conveniences(devices, console_log)
        if vnc:
            _screen(devices, guest)
    machine.describe(root, firmware_settings)
    return tostring(root, encoding="unicode")


def _disk(devices: Element, disk: Disk, target: str) -> None:
    # type='file' even for a volume of a pool: AppArmor's helper does not understand type='volume' (libvirt issue 546).
    element = SubElement(devices, "disk", {"type": "file", "device": "disk"})
    options = {} if disk.read_only else {"discard": "unmap"}
    SubElement(element, "driver", {"name": "qemu", "type": disk.format, **options})
    SubElement(element, "source", {"file": disk.path})
    SubElement(element, "target", {"dev": target, "bus": "virtio"})
    if disk.read_only:
        SubElement(element, "readonly")
    if disk.serial is not None:
        SubElement(element, "serial").text = disk.serial


def _interface(devices: Element, mac: str, network: str) -> None:
    kind = "user" if network == USER_NETWORK else "network"
    element = SubElement(devices, "interface", {"type": kind})
    SubElement(element, "mac", {"address": mac})
    if kind == "network":
        SubElement(element, "source", {"network": network})
    SubElement(element, "model", {"type": "virtio"})


def _ports(devices: Element, count: int) -> None:
    """For all devices, and spare ones where disks can be plugged in later: ports themselves cannot be plugged in.

    libvirt adds ports of its own only once these are full, and leaves one free. https://libvirt.org/pci-hotplug.html
    """
    for model in ("pcie-root", *["pcie-root-port"] * count):
        SubElement(devices, "controller", {"type": "pci", "model": model})


def _conveniences(devices: Element, console_log: str | None) -> None:
    """A serial console, randomness, and a channel for the guest's agent if it has one."""
    serial = SubElement(devices, "serial", {"type": "pty"})
    if console_log is not None:
        SubElement(serial, "log", {"file": console_log, "append": "on"})  # or each start would begin it anew
    SubElement(devices, "console", {"type": "pty"})
    channel = SubElement(devices, "channel", {"type": "unix"})
    SubElement(channel, "target", {"type": "virtio", "name": _AGENT})
    SubElement(SubElement(devices, "rng", {"model": "virtio"}), "backend", {"model": "random"}).text = "/dev/urandom"


def _screen(devices: Element, guest: GuestType) -> None:
    """To the host alone, since there is no password; with a pointer that is where the viewer's is, and a keyboard where no PS/2 is built in."""
    graphics = SubElement(devices, "graphics", {"type": "vnc", "autoport": "yes"})
    SubElement(graphics, "listen", {"type": "address", "address": "127.0.0.1"})
    if guest.video is not None:
        SubElement(SubElement(devices, "video"), "model", {"type": guest.video})
    SubElement(devices, "input", {"type": "tablet", "bus": "usb"})
    if guest.architecture not in PCS:
        SubElement(devices, "input", {"type": "keyboard", "bus": "usb"})
        SubElement(devices, "controller", {"type": "usb", "model": "qemu-xhci"})


def copied(text: str, name: str, record: Record, paths: Mapping[str, str]) -> str:
    """The definition of another domain as that of the record's: its own name, id, MAC addresses, and disks by ``paths``.

    ``paths`` also says where the firmware keeps its settings, which libvirt makes anew. What is not the instance's own goes: other disks,
    and the log of its console.
    """
    root = fromstring(text)  # noqa: S314  it comes from libvirt, which writes no document types
    for tag, value in (("name", name), ("uuid", record.uuid)):
        element = root.find(tag)
        if element is not None:
            element.text = value
    known = root.find("metadata")
    if known is not None:
        root.remove(known)
    SubElement(root, "metadata").append(metadata.element(record))
    system, devices = root.find("os"), root.find("devices")
    if system is not None:
        _settings_elsewhere(system, paths)
    for disk in [] if devices is None else devices.findall("disk"):
        source = disk.find("source")
        path = "" if source is None else source.get("file", "")
        if source is not None and path in paths:
            source.set("file", paths[path])
        elif devices is not None:
            devices.remove(disk)
    for position, mac in enumerate(root.iterfind("devices/interface/mac")):
        mac.set("address", names.mac(record.uuid, position))
    for device in (*root.iterfind("devices/serial"), *root.iterfind("devices/console")):
        for log in device.findall("log"):
            device.remove(log)
    return tostring(root, encoding="unicode")


def _settings_elsewhere(system: Element, paths: Mapping[str, str]) -> None:
    """A file of its own for the firmware's settings; libvirt chooses one where ``paths`` has none."""
    for nvram in system.findall("nvram"):
        if (path := paths.get(nvram.text or "")) is not None:
            nvram.text = path
        else:
            system.remove(nvram)


def overlay(name: str, capacity_bytes: int, base: Disk) -> str:
    """A volume that holds only what differs from ``base``."""
    root = _volume(name, capacity_bytes, "qcow2")
    backing = SubElement(root, "backingStore")
    SubElement(backing, "path").text = base.path
    # Always said, never guessed: a guest could write a header into a raw disk that names a file of the host.
    SubElement(backing, "format", {"type": base.format})
    return tostring(root, encoding="unicode")


def plain_volume(name: str, capacity_bytes: int, disk_format: str, *, secret: bool = False) -> str:
    """A volume whose content comes from us; ``secret``: nobody but its owner may read it, whatever the pool's usual mode is."""
    root = _volume(name, capacity_bytes, disk_format)
    target = root.find("target")
    if secret and target is not None:
        SubElement(SubElement(target, "permissions"), "mode").text = "0600"
    return tostring(root, encoding="unicode")


def _volume(name: str, capacity_bytes: int, disk_format: str) -> Element:
    root = Element("volume")
    SubElement(root, "name").text = name
    SubElement(root, "capacity", {"unit": "bytes"}).text = str(capacity_bytes)
    if disk_format == "raw":
        SubElement(root, "allocation", {"unit": "bytes"}).text = "0"
    target = SubElement(root, "target")
    SubElement(target, "format", {"type": disk_format})
    if disk_format == "qcow2":
        # Without it libvirt makes version 0.10 of the format, of 2009.
        SubElement(target, "compat").text = "1.1"
    return root


def vnc_place(text: str) -> tuple[str, int] | None:
    """Where a domain shows its screen by VNC, from its XML: the address, and the port, -1 while it is off; None if it shows none."""
    graphics = fromstring(text).find("devices/graphics[@type='vnc']")  # noqa: S314  it comes from libvirt, which writes no document types
    if graphics is None or graphics.get("socket") is not None:
        return None
    return graphics.get("listen") or "127.0.0.1", int(graphics.get("port", "-1"))


def pool_directory(text: str) -> tuple[str, str | None]:
    """The type of a pool and the directory of its volumes, from its XML."""
    root = fromstring(text)  # noqa: S314  it comes from libvirt, which writes no document types
    return root.get("type", ""), root.findtext("target/path")


def host_uuid(text: str) -> str | None:
    """The uuid of a host, from its capabilities."""
    return fromstring(text).findtext("host/uuid")  # noqa: S314  as above


def qemu_label(text: str) -> str | None:
    """What QEMU runs as, ``+64055:+64055``, from a host's capabilities; None where libvirt has no say in it."""
    for model in fromstring(text).iterfind("host/secmodel"):  # noqa: S314  as above
        if model.findtext("model") == "dac":
            return model.findtext("baselabel")
    return None


def backing_path(text: str) -> str | None:
    """The file that a volume is an overlay of, from its XML."""
    return fromstring(text).findtext("backingStore/path")  # noqa: S314  as above


def disk_files(text: str) -> set[str]:
    """The files that a domain has as its disks, from its XML."""
    return {source.get("file", "") for source in fromstring(text).iterfind("devices/disk/source")}  # noqa: S314  as above


def agent_state(root: Element) -> str | None:
    """``connected`` or ``disconnected``: whether the agent of a guest that runs is there; None where it has no channel for one, or does not run."""
    channels = root.iterfind("devices/channel/target")
    return next((each.get("state") for each in channels if each.get("name") == _AGENT), None)


def interfaces(text: str) -> list[str]:
    """The MAC addresses of a domain, from its XML."""
    found = (element.get("address") for element in fromstring(text).iterfind("devices/interface/mac"))  # noqa: S314
    return [address.lower() for address in found if address]


def sizes(text: str) -> tuple[int | None, int | None, str | None]:
    """Processors, memory in MiB and architecture of a domain, from its XML."""
    root = fromstring(text)  # noqa: S314  as above
    processors, memory = root.findtext("vcpu"), root.findtext("memory")
    system = root.find("os/type")
    return (
        int(processors) if processors else None,
        int(memory) // 1024 if memory else None,  # libvirt gives KiB
        system.get("arch") if system is not None else None,
    )
