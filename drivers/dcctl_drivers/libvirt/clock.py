"""The clock of a guest that stood still: suspended, saved, or taken back to a snapshot, it would go on from when that was.

Time services in guests put some of that right, and many only minutes of it. The hardware clock that QEMU shows is the host's; libvirt has
the guest's agent read it.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic, sleep
from xml.etree.ElementTree import fromstring

from dcctl_drivers.libvirt import domain_xml

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

AGENT_SECONDS = 1.0
"""How long an agent is waited for: some hundredths of a second on an idle host. A guest without one, which nobody can tell from it, costs as much."""

_ASK_SECONDS = 0.05


def put_right(domain: libvirt.virDomain, *, other_memory: bool = False) -> None:
    """Have the agent set it. Without one, which libvirt says at once, or where it refuses, the clock stays as it is.

    ``other_memory``: QEMU took up other memory just now, and tells libvirt a moment later that there is an agent in it.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    with suppress(libvirt.libvirtError):
        end = monotonic() + AGENT_SECONDS
        while other_memory and _lacks_agent(domain) and monotonic() < end:
            sleep(_ASK_SECONDS)
        domain.setTime(flags=libvirt.VIR_DOMAIN_TIME_SYNC)


def _lacks_agent(domain: libvirt.virDomain) -> bool:
    """Whether an agent might come: a guest that runs has a channel for one, and nobody is at its other end."""
    root = fromstring(domain.XMLDesc())  # noqa: S314  libvirt writes no document types
    return domain_xml.agent_state(root) == "disconnected"
