"""Names and addresses that follow from an instance's uuid or an image's name: chosen before anything exists, and recognised later. Pure."""

from __future__ import annotations

PREFIX = "dcctl-"

SEED = "seed.iso"
CONSOLE = "console.log"
IMAGE_DISK = "dcctl-image-"  # what the names of images' disks begin with
BRIDGE = "bridge.qcow2"  # there while a root disk is copied
FIRMWARE_SETTINGS = "nvram.fd"


def root(mode: str | None) -> str:
    """The root disk, by the form that it was made in."""
    return "root.raw" if mode == "raw" else "root.qcow2"


def format_of(part: str) -> str:
    """What is in a disk of an instance."""
    return part.rpartition(".")[2]


def disk(number: int) -> str:
    """The first, second … disk of an instance's own beside the root disk."""
    return f"disk{number}.qcow2"


def volume(uuid: str, part: str) -> str:
    """``dcctl-<uuid>-root.qcow2``: a volume that carries this name may be deleted with the instance, and no other."""
    return f"{PREFIX}{uuid}-{part}"


def carries(name: str, uuid: str) -> bool:
    """Whether a volume's name says that it was made for this instance."""
    return name.startswith(f"{PREFIX}{uuid}-")


def instance_of(name: str) -> str | None:
    """The uuid in a volume's name; None if it was not made for an instance."""
    if not name.startswith(PREFIX):
        return None
    uuid, rest = name[len(PREFIX) : len(PREFIX) + 36], name[len(PREFIX) + 36 :]
    # The whole form: people's own volumes, keys and images may be called with dashes in the same places.
    whole = [len(part) for part in uuid.split("-")] == [8, 4, 4, 4, 12] and set(uuid) <= set("0123456789abcdef-")
    return uuid if whole and rest.startswith("-") else None


def mac(uuid: str, position: int = 0) -> str:
    """The MAC address of the instance's first, second … interface: locally administered and unicast, the other 46 bits hashed from the uuid.

    So it is known without reading the domain, stays the same for good, and a stale lease is never another instance's.
    """
    return _mac(f"{uuid}/{position}" if position else uuid)


def mac_of_address(network: str, address: str) -> str:
    """The MAC address of an interface for which the network keeps the address, unless another one was chosen.

    It follows from the address: the DHCP server gives an address to nobody else while its last owner's lease lasts, also when that
    instance is destroyed, and with this MAC the next owner is the same to it.
    """
    return _mac(f"{network}/{address}")


def _mac(text: str) -> str:
    from hashlib import blake2s  # noqa: PLC0415  2 ms that a list without addresses need not pay

    octets = bytearray(blake2s(text.encode(), digest_size=6).digest())
    octets[0] = octets[0] & 0xFC | 0x02
    return ":".join(f"{octet:02x}" for octet in octets)
