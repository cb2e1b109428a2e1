"""The clock of a guest that stood still: suspended, saved, or taken back to a snapshot, it would go on from when that was.

Time services in guests put some of that right, and many only minutes of it. The hardware clock that QEMU shows is the host's; libvirt has
the guest's agent read it.
"""

from __future__ import annotations

from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt


def put_right(domain: libvirt.virDomain) -> None:
    """Have the agent set it. Without one, which libvirt says at once, or where it refuses, the clock stays as it is."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    with suppress(libvirt.libvirtError):
        domain.setTime(flags=libvirt.VIR_DOMAIN_TIME_SYNC)
