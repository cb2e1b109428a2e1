"""What kind of guest a host can run: kvm where it really works, else emulation."""

from __future__ import annotations

import os
from dataclasses import dataclass

from dcctl_drivers.libvirt.options import is_local

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt


@dataclass(frozen=True)
class GuestType:
    """The words of domain XML. ``cpu`` None: libvirt's default; ``machine`` None: likewise."""

    virt: str
    architecture: str
    machine: str | None
    cpu: str | None


# libvirt's names for architectures that people call otherwise.
_ARCHITECTURES = {"i386": "i686", "amd64": "x86_64", "arm64": "aarch64"}
_MACHINES = {"x86_64": "q35", "i686": "q35", "aarch64": "virt", "loongarch64": "virt", "riscv64": "virt"}


def guest_type(host: libvirt.virConnect, uri: str, architecture: str | None) -> GuestType:
    """The type of a new guest; ``architecture`` None: the one of this machine, which is most often the host's."""
    wanted = architecture or os.uname().machine
    wanted = _ARCHITECTURES.get(wanted, wanted)
    if uri.startswith("test:"):
        return GuestType("test", wanted, None, None)
    machine = _MACHINES.get(wanted)
    if _kvm_works(host, uri, wanted, machine):
        return GuestType("kvm", wanted, machine, "host-passthrough")
    return GuestType("qemu", wanted, machine, "maximum")


def _kvm_works(host: libvirt.virConnect, uri: str, architecture: str, machine: str | None) -> bool:
    """Whether a kvm guest of this architecture would run.

    On this machine the processor decides too: with a /dev/kvm but neither vmx nor svm, libvirt says yes and the guest stops a moment
    after its start. Of another machine only libvirt's word is to be had; the state is read again after the start.
    """
    if is_local(uri) and not (os.access("/dev/kvm", os.R_OK | os.W_OK) and _processor_can(architecture)):
        return False
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    try:
        host.getDomainCapabilities(None, architecture, machine, "kvm")
    except libvirt.libvirtError:
        return False
    return True


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
