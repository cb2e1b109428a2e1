"""Guests whose memory is on disk: libvirt's managed save. To libvirt they are off, and starting them goes on from there.

Saving takes as long as the disk needs for the memory. It is one call that answers at its end, so it has a thread of its own, and whoever
is asked to stop meanwhile ends libvirt's job: the guest then goes on, as it does when there is no room.
"""

from __future__ import annotations

from time import monotonic

from dcctl.errors import Cancelled
from dcctl.patience import Call
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.states import DomainState

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job

ASK_SECONDS = 0.2
_TOTAL, _PROCESSED = 3, 4  # where virDomainJobInfo has how much data there is, and how much was dealt with


def save(domain: libvirt.virDomain, job: Job) -> None:
    """Write the memory of a running guest to disk; it comes back running. Raises libvirt's errors, ``Cancelled`` when it goes on after all."""
    import libvirt  # noqa: PLC0415  loaded already

    job.stage("save")
    call = Call(lambda: domain.managedSave(libvirt.VIR_DOMAIN_SAVE_RUNNING))
    while True:
        try:
            call.answer(monotonic() + ASK_SECONDS)
        except TimeoutError:
            try:
                job.progress(*_progress(domain))
            except Cancelled:
                if _ended_before_it_was_saved(domain, call):
                    raise
                return
        else:
            return


def _progress(domain: libvirt.virDomain) -> tuple[int, int]:
    """Bytes that are written, and all bytes; zeros where nobody knows."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        info = domain.jobInfo()
    except libvirt.libvirtError:
        return 0, 0  # it is over already, or this libvirt does not tell
    return info[_PROCESSED], info[_TOTAL]


def _ended_before_it_was_saved(domain: libvirt.virDomain, call: Call[int]) -> bool:
    """End libvirt's job. False: it was faster."""
    import libvirt  # noqa: PLC0415  loaded already

    with forgiving(libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT):
        domain.abortJob()
    try:
        call.answer(monotonic() + _ENDING_SECONDS)
    except (libvirt.libvirtError, TimeoutError):
        return True
    return False


_ENDING_SECONDS = 30.0
"""How long libvirt may take to let the guest go on."""


def wake(domain: libvirt.virDomain) -> bool:
    """Have a suspended guest go on, whatever suspended it; whether its memory was on disk."""
    code, _ = domain.state()
    if code == DomainState.PMSUSPENDED:
        domain.pMWakeup()  # a guest that put itself to sleep is not paused
    elif code == DomainState.SHUTOFF:
        domain.create()
        if domain.state()[0] == DomainState.PAUSED:  # saved by something else while it was paused
            domain.resume()
    else:
        domain.resume()
    return bool(code == DomainState.SHUTOFF)


def pull_the_plug(domain: libvirt.virDomain) -> None:
    """Have the guest be off; saved memory is lost as the other is."""
    import libvirt  # noqa: PLC0415  loaded already

    if domain.isActive():
        with forgiving(libvirt.VIR_ERR_OPERATION_INVALID):  # it went off just now: what was wanted is the case
            domain.destroy()
    else:
        domain.managedSaveRemove()
