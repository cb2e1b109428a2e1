"""What kind of machine an instance is, apart from its size."""

from __future__ import annotations

from enum import StrEnum

from dcctl.frozen import frozen


class Firmware(StrEnum):
    """What starts the operating system."""

    BIOS = "bios"
    UEFI = "uefi"
    SECURE_BOOT = "secure-boot"  # UEFI that starts only what is signed with the usual keys


FIRMWARE_WORDS = {Firmware.BIOS: "BIOS", Firmware.UEFI: "UEFI", Firmware.SECURE_BOOT: "UEFI with secure boot"}


@frozen
class Machine:
    """What is asked for, or what an instance has. None: whatever the driver takes by itself, or nobody knows.

    ``type`` is the provider's own word for the kind of hardware: ``q35``, ``pc``, ``virt``.
    """

    firmware: Firmware | None = None
    tpm: bool = False
    type: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """For people."""
        firmware = () if self.firmware is None else (FIRMWARE_WORDS[self.firmware],)
        return (*(() if self.type is None else (self.type,)), *firmware, *(("TPM",) if self.tpm else ()))
