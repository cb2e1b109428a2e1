"""What kind of guest a host can run: kvm where it really works, else emulation; and what the host says is the best of each kind.

https://libvirt.org/formatdomaincaps.html
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from xml.etree.ElementTree import fromstring

from dcctl_drivers.libvirt.options import is_local

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import libvirt


@dataclass(frozen=True)
class GuestType:
    """The words of domain XML. None is libvirt's default. ``video``: the model of whoever wants a screen."""

    virt: str
    architecture: str
    machine: str | None
    cpu: str | None
    video: str | None = None


# libvirt's names for architectures that people call otherwise.
_ARCHITECTURES = {"i386": "i686", "amd64": "x86_64", "arm64": "aarch64"}

_MACHINES = {
    "x86_64": "q35",
    "i686": "q35",
    "aarch64": "virt",
    "armv7l": "virt",
    "loongarch64": "virt",
    "riscv64": "virt",
}
"""The better one, where libvirt's own default is an older one for the sake of old definitions; where the host has it."""

_CPUS = {"kvm": ("host-passthrough", "maximum", "host-model"), "qemu": ("maximum", "host-model")}
"""The most capable first. maximum came with libvirt 7.1 (2021), and emulators of some architectures have none (riscv64 until QEMU 8.2)."""

_VIDEOS = ("virtio", "vga")
"""The better first, each of which also speaks VGA to what has no driver for it; libvirt's own default is cirrus, of 1995, where there is one."""


def guest_type(host: libvirt.virConnect, uri: str, architecture: str | None) -> GuestType:
    """The type of a new guest; ``architecture`` None: the host's own."""
    wanted = architecture or _architecture_of(host, uri)
    wanted = _ARCHITECTURES.get(wanted, wanted)
    if uri.startswith("test:"):
        return GuestType("test", wanted, None, None)
    kinds = ("kvm", "qemu") if _kvm_may_work(uri, wanted) else ("qemu",)
    for machine in dict.fromkeys((_MACHINES.get(wanted), None)):
        for virt in kinds:
            found = offered(host, GuestType(virt, wanted, machine, None))
            if found is not None:
                return GuestType(virt, wanted, machine, _cpu(found, virt), _video(found))
    return GuestType("qemu", wanted, _MACHINES.get(wanted), None)  # defining it will tell why not


def kvm_works(host: libvirt.virConnect, uri: str, architecture: str) -> bool:
    """Whether a kvm guest of this architecture would run.

    Of another machine only libvirt's word is to be had; the state is read again after the start.
    """
    return _kvm_may_work(uri, architecture) and offered(host, GuestType("kvm", architecture, None, None)) is not None


def offered(host: libvirt.virConnect, guest: GuestType) -> Element | None:
    """What the host has for guests of this type; None if there can be no such guest. One call."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    try:
        text = host.getDomainCapabilities(None, guest.architecture, guest.machine, guest.virt)
    except libvirt.libvirtError as error:
        if error.get_error_code() not in (libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_ERR_CONFIG_UNSUPPORTED):
            raise
        return None
    return fromstring(text)  # noqa: S314  it comes from libvirt, which writes no document types


def _architecture_of(host: libvirt.virConnect, uri: str) -> str:
    """The host's own. One call where it is not this machine."""
    return os.uname().machine if is_local(uri) or uri.startswith("test:") else str(host.getInfo()[0])


def _cpu(found: Element, virt: str) -> str | None:
    modes = {mode.get("name") for mode in found.iterfind("cpu/mode[@supported='yes']")}
    return next((mode for mode in _CPUS[virt] if mode in modes), None)


def _video(found: Element) -> str | None:
    models = {model.text for model in found.iterfind("devices/video/enum[@name='modelType']/value")}
    return next((model for model in _VIDEOS if model in models), None)


def _kvm_may_work(uri: str, architecture: str) -> bool:
    """Whether libvirt is worth asking: with a /dev/kvm but neither vmx nor svm it says yes, and the guest stops a moment after its start."""
    if uri.startswith("test:"):
        return False
    return not is_local(uri) or (os.access("/dev/kvm", os.R_OK | os.W_OK) and _processor_can(architecture))


def _processor_can(architecture: str) -> bool:
    here = os.uname().machine
    if here not in ("x86_64", "i686"):
        return architecture == here
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            flags = next((line.split() for line in file if line.startswith("flags")), [])
    except OSError:
        return False
    return architecture in ("x86_64", "i686") and not {"vmx", "svm"}.isdisjoint(flags)
