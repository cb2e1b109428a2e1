"""The kinds of machines that the mock cloud pretends to have."""

from __future__ import annotations

from dcctl.errors import NotSupported, Usage, raise_all
from dcctl.nouns.machines import Firmware, Machine
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.errors import DcctlError
    from dcctl.model import InstanceSpec

TYPES = ("pc", "q35")


def problems(machine: Machine, architecture: str | None) -> Iterator[DcctlError]:
    """Why there is no such machine: only the two types, and a BIOS only where real machines have one."""
    if machine.type is not None and machine.type not in TYPES:
        yield Usage(f"there is no machine type {visible(machine.type)}", hint=suggestion(machine.type, TYPES))
    if machine.firmware is Firmware.BIOS and architecture not in (None, "i386", "i686", "x86_64"):
        yield NotSupported(f"machines of {architecture} start by UEFI", hint="leave out --firmware bios")


def machine_of(spec: InstanceSpec) -> str | None:
    """What is wanted, as one column. Raises what is wrong with it."""
    machine = spec.machine
    if machine is None:
        return None
    raise_all(list(problems(machine, spec.hardware.architecture or spec.image.architecture)))
    return ",".join((machine.firmware or "", "tpm" if machine.tpm else "", machine.type or ""))


def loaded(text: str) -> Machine:
    """The same, from the column."""
    firmware, tpm, kind = text.split(",")
    return Machine(Firmware(firmware) if firmware else None, bool(tpm), kind or None)
