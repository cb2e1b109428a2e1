"""Firmware, TPM and type of a guest's machine: what a host's capabilities offer of them, and how domain XML says them.

https://libvirt.org/formatdomaincaps.html. libvirt chooses the firmware's file by the features that are asked for, and makes the file for the
firmware's settings from a template at the first start. It would call that file by the domain's *name*: a rename leaves it behind, and the
next domain of the old name boots from it (seen with libvirt 9.0). So the file has a path in the pool that carries the uuid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement, fromstring

from dcctl.errors import NotSupported, Usage, raise_all
from dcctl.nouns.machines import Firmware, Machine
from dcctl.words import suggestion, visible
from dcctl_drivers.libvirt.guest_type import offered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import libvirt

    from dcctl.errors import DcctlError
    from dcctl_drivers.libvirt.guest_type import GuestType

UEFI_ONLY = frozenset(("aarch64", "armv7l", "loongarch64", "riscv64"))
"""Architectures whose machines have no BIOS: they are given UEFI unasked, since without it no ACPI would hear the power button."""

_PACKAGES = {
    "x86_64": "ovmf",
    "i686": "ovmf",
    "aarch64": "qemu-efi-aarch64",
    "armv7l": "qemu-efi-arm",
    "riscv64": "qemu-efi-riscv64",
}
_EMULATORS = {"x86_64": "x86", "i686": "x86", "aarch64": "arm", "armv7l": "arm", "ppc64le": "ppc"}
"""Debian's names: the hints name one that people can look up elsewhere."""


@dataclass(frozen=True)
class Fitted:
    """A machine that the host can make. ``tpm``: the model of the TPM."""

    firmware: Firmware | None
    tpm: str | None

    @property
    def uefi(self) -> bool:
        return self.firmware in (Firmware.UEFI, Firmware.SECURE_BOOT)

    def describe(self, root: Element, settings: str | None) -> None:
        """Put it into a domain's XML. ``settings``: the path of the file that the firmware keeps its settings in."""
        system, devices = root.find("os"), root.find("devices")
        assert system is not None
        assert devices is not None
        if self.uefi:
            system.set("firmware", "efi")
            firmware = SubElement(system, "firmware")
            signed = "yes" if self.firmware is Firmware.SECURE_BOOT else "no"
            for feature in ("enrolled-keys", "secure-boot"):
                SubElement(firmware, "feature", {"enabled": signed, "name": feature})
            if settings is not None:
                SubElement(system, "nvram").text = settings
        if self.tpm is not None:
            tpm = SubElement(devices, "tpm", {"model": self.tpm})
            SubElement(tpm, "backend", {"type": "emulator", "version": "2.0"})


def usual(guest: GuestType) -> Fitted:
    """The machine of whoever asks for nothing."""
    return Fitted(Firmware.UEFI if guest.architecture in UEFI_ONLY and guest.virt != "test" else None, None)


def with_type(guest: GuestType, wanted: Machine) -> GuestType:
    return guest if wanted.type is None else replace(guest, machine=wanted.type)


def fit(host: libvirt.virConnect, guest: GuestType, wanted: Machine) -> Fitted:
    """What the host makes of it. One call. Raises ``Problems`` or the only one."""
    offer = _offer(host, guest)
    raise_all(list(_problems(host, guest, wanted, offer)))
    models = [] if offer is None else _values(offer, "devices/tpm/enum[@name='model']/value")
    tpm = None if not wanted.tpm else "tpm-crb" if "tpm-crb" in models else models[0]
    return Fitted(wanted.firmware or usual(guest).firmware, tpm)


def problems(host: libvirt.virConnect, guest: GuestType, wanted: Machine) -> list[DcctlError]:
    """Why the host cannot make it."""
    if guest.virt == "test" and wanted == Machine():
        return []
    return list(_problems(host, guest, wanted, _offer(host, guest)))


def _offer(host: libvirt.virConnect, guest: GuestType) -> Element | None:
    """The capabilities for domains of this kind; None if the host has none."""
    return None if guest.virt == "test" else offered(host, guest)


def _problems(
    host: libvirt.virConnect, guest: GuestType, wanted: Machine, offer: Element | None
) -> Iterator[DcctlError]:
    if offer is None:
        yield _nothing_offered(host, guest)
        return
    firmware = wanted.firmware or usual(guest).firmware
    if firmware is Firmware.BIOS and guest.architecture in UEFI_ONLY:
        yield NotSupported(f"machines of {guest.architecture} start by UEFI", hint="leave out --firmware bios")
    elif firmware in (Firmware.UEFI, Firmware.SECURE_BOOT):
        package = _PACKAGES.get(guest.architecture, "its UEFI firmware")
        if "efi" not in _values(offer, "os/enum[@name='firmware']/value"):
            yield NotSupported(
                f"the host has no UEFI firmware for {guest.architecture}", hint=f"install it there: {package}"
            )
        elif firmware is Firmware.SECURE_BOOT and "yes" not in _values(offer, "os/loader/enum[@name='secure']/value"):
            machine = visible(guest.machine or "this machine")
            yield NotSupported(
                f"the host has no firmware with secure boot for {machine} of {guest.architecture}",
                hint="--firmware uefi does without",
            )
    if wanted.tpm and "emulator" not in _values(
        offer, "devices/tpm[@supported='yes']/enum[@name='backendModel']/value"
    ):
        yield NotSupported("the host cannot emulate a TPM", hint="install it there: swtpm and swtpm-tools")


def _nothing_offered(host: libvirt.virConnect, guest: GuestType) -> DcctlError:
    """No emulator for the architecture, or no such machine."""
    if guest.virt == "test":
        return NotSupported(
            "the simulated hypervisor knows no firmware, TPM or machine types",
            hint="leave out --firmware, --tpm and --machine",
        )
    root = fromstring(host.getCapabilities())  # noqa: S314  it comes from libvirt, which writes no document types
    architecture = next((each for each in root.iterfind("guest/arch") if each.get("name") == guest.architecture), None)
    if architecture is None:
        return NotSupported(
            f"the host cannot run machines of {visible(guest.architecture)}",
            hint=f"install an emulator there: qemu-system-{_EMULATORS.get(guest.architecture, 'misc')}",
        )
    types = {(each.text or "") for each in architecture.iterfind("machine")}
    machine = guest.machine or ""
    return Usage(
        f"the host knows no machine type {visible(machine)} for {guest.architecture}",
        hint=suggestion(machine, types) or f"see what it knows: virsh capabilities ({len(types)} types)",
    )


def _values(offer: Element, path: str) -> list[str]:
    return [each.text or "" for each in offer.iterfind(path)]
