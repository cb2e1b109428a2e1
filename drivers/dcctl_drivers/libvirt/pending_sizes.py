"""What of an instance's size waits for its next start: a resize, or somebody with virsh, has changed the definition of a guest that runs.

Lists do not tell: none of libvirt's bulk calls has sizes without asking each guest's QEMU.
"""

from __future__ import annotations

from dcctl.hardware import Property
from dcctl_drivers.libvirt.states import SAVED, DomainState

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl_drivers.libvirt.metadata import Facts


def pending(domain: libvirt.virDomain, state: int, reason: int, facts: Facts) -> tuple[Property, ...] | None:
    """What of the recorded size the guest was started without; None where nobody can tell. One call for a guest that is on."""
    if state == DomainState.SHUTOFF:
        return None if reason == SAVED else ()
    _, memory_kib, _, cpu, _ = domain.info()  # of what runs; QEMU is not asked
    pairs = ((Property.CPU, facts.cpu, cpu), (Property.MEMORY, facts.memory_mib, memory_kib // 1024))
    return tuple(name for name, recorded, has in pairs if recorded is not None and recorded != has)
