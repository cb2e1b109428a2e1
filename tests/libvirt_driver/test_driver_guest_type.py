"""What kind of guest is made of a host's word, on hosts that are not at hand: answers of other libvirts and emulators, cut to what is read."""

from __future__ import annotations

import os
from typing import Any

import pytest

from dcctl_drivers.libvirt.guest_type import GuestType, guest_type

LOCAL, REMOTE = "qemu:///system", "qemu+ssh://lab.example/system"

# libvirt 9.0 with QEMU 7.2; that with KVM; libvirt 7.0 of Debian 11, which knows no maximum; riscv64 before QEMU 8.2, which has none.
EMULATED = {"host-passthrough": "no", "maximum": "yes", "host-model": "yes", "custom": "yes"}
WITH_KVM = {"host-passthrough": "yes", "maximum": "yes", "host-model": "yes", "custom": "yes"}
OLD = {"host-passthrough": "no", "host-model": "yes", "custom": "yes"}
RISC_V = {"host-passthrough": "no", "maximum": "no", "host-model": "no", "custom": "yes"}


class Host:
    """A connection that answers two questions. ``offers``: CPU modes by kind, architecture and machine; what is not there, it refuses."""

    def __init__(self, architecture: str, offers: dict[tuple[str, str, str | None], dict[str, str]]) -> None:
        self.architecture = architecture
        self.offers = offers

    def getInfo(self) -> list[object]:  # noqa: N802  libvirt calls it so
        return [self.architecture, 1024, 1, 1000, 1, 1, 1, 1]

    def getDomainCapabilities(self, emulator: None, arch: str, machine: str | None, virt: str) -> str:  # noqa: N802  likewise
        import libvirt

        modes = self.offers.get((virt, arch, machine))
        if modes is None:
            refused = libvirt.libvirtError("unsupported")
            refused.err = (libvirt.VIR_ERR_INVALID_ARG, 0, "unsupported", 2, "", None, None, 0, 0)
            raise refused
        told = "".join(f"<mode name='{name}' supported='{word}'/>" for name, word in modes.items())
        return f"<domainCapabilities><cpu>{told}</cpu></domainCapabilities>"


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ({("qemu", "x86_64", "q35"): EMULATED}, GuestType("qemu", "x86_64", "q35", "maximum")),
        (
            {("kvm", "x86_64", "q35"): WITH_KVM, ("qemu", "x86_64", "q35"): EMULATED},
            GuestType("kvm", "x86_64", "q35", "host-passthrough"),
        ),
        ({("qemu", "x86_64", "q35"): OLD}, GuestType("qemu", "x86_64", "q35", "host-model")),
        ({("qemu", "x86_64", None): EMULATED}, GuestType("qemu", "x86_64", None, "maximum")),
    ],
    ids=["emulation", "kvm", "old libvirt", "no q35"],
)
def test_what_nobody_chose_is_what_the_host_has(
    offers: dict[tuple[str, str, str | None], dict[str, str]], expected: GuestType
) -> None:
    host: Any = Host("x86_64", offers)
    assert guest_type(host, REMOTE, "x86_64") == expected


def test_an_emulator_without_a_processor_that_can_all_has_its_own_usual_one() -> None:
    host: Any = Host("x86_64", {("qemu", "riscv64", "virt"): RISC_V})
    assert guest_type(host, REMOTE, "riscv64") == GuestType("qemu", "riscv64", "virt", None)


def test_a_guest_of_no_stated_architecture_has_its_host_s_not_that_of_whoever_asks() -> None:
    other = "aarch64" if os.uname().machine != "aarch64" else "x86_64"
    machine = {"aarch64": "virt", "x86_64": "q35"}[other]
    host: Any = Host(other, {("kvm", other, machine): WITH_KVM})
    assert guest_type(host, REMOTE, None) == GuestType("kvm", other, machine, "host-passthrough")
    assert guest_type(host, LOCAL, None).architecture == os.uname().machine
