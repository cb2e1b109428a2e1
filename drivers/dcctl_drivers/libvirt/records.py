"""Reading and replacing the record that a domain carries, one call each; and what it and the state allow."""

from __future__ import annotations

from dcctl.errors import Conflict, NotAllowed
from dcctl.model import Action, State
from dcctl_drivers.libvirt import metadata
from dcctl_drivers.libvirt.connection import answer
from dcctl_drivers.libvirt.metadata import NAMESPACE, PREFIX, Phase, Record
from dcctl_drivers.libvirt.states import MACHINE, SAVED, DomainState, off_because, settled, situation
from dcctl_drivers.libvirt.worker import alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    import libvirt


def read(domain: libvirt.virDomain) -> tuple[Record | None, bool]:
    """The domain's own record, None if it has none; and whether it carries the record of another domain instead."""
    import libvirt  # noqa: PLC0415  loaded already

    element = libvirt.VIR_DOMAIN_METADATA_ELEMENT
    # A guest whose memory was saved comes back with the definition of that time, its record of then included.
    lasting = libvirt.VIR_DOMAIN_AFFECT_CONFIG
    try:
        text = answer(lambda uri: domain.metadata(element, uri, lasting), NAMESPACE)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return None, False
        if error.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
            raise
        return _read_transient(domain)
    return _own(domain, text)


def _read_transient(domain: libvirt.virDomain) -> tuple[Record | None, bool]:
    """Of a domain without a lasting definition: somebody undefined it while it ran, or it never had one."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        return _own(domain, domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, NAMESPACE))
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return None, False
        raise


def has_unreadable(domain: libvirt.virDomain) -> bool:
    """Whether the domain carries an element of ours that no record can be made of, or one of a newer dcctl."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        text = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, NAMESPACE)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return False
        raise
    record = metadata.parse(text)
    return record is None or record.newer


def _own(domain: libvirt.virDomain, text: str) -> tuple[Record | None, bool]:
    record = metadata.parse(text)
    if record is None:
        return None, False
    if record.uuid != domain.UUIDString():
        return None, True
    return record, False


def write(domain: libvirt.virDomain, record: Record) -> None:
    """Replace the domain's record. Raises ``NotAllowed`` for a record of a newer dcctl."""
    import libvirt  # noqa: PLC0415  loaded already

    if record.newer:
        raise NotAllowed("it was made by a newer dcctl, which knows better what belongs to it", hint="use that one")
    flags = libvirt.VIR_DOMAIN_AFFECT_CONFIG | (libvirt.VIR_DOMAIN_AFFECT_LIVE if domain.isActive() else 0)
    domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, metadata.written(record), PREFIX, NAMESPACE, flags)


def change(domain: libvirt.virDomain, edit: Callable[[Record], Record]) -> Record:
    """Replace the record of an instance that is whole by what ``edit`` makes of it; the record then.

    Of several on this machine that change at once all hold. libvirt has no way to replace a record only if it is still the one that was
    read: so of several machines all hold unless one stands still between two calls. The record is read once more before it is written,
    since ``edit`` takes its time, and after that, and it is done again where somebody else was faster or went over ours.
    Raises ``NotAllowed`` for a domain that is not ours, and for an instance that somebody is at work on.
    """
    from dcctl_drivers.libvirt.alone import alone  # noqa: PLC0415  changes only

    with alone(domain.UUIDString(), domain.name()):
        record = whole(domain)
        for _ in range(_TRIES):
            wanted = edit(record)
            if wanted == record:
                return record
            before, record = record, whole(domain)
            if record == before:
                write(domain, wanted)
                record = whole(domain)
    raise Conflict(f"others change {domain.name()} all the time", hint="try again", resource=domain.name())


_TRIES = 8


def whole(domain: libvirt.virDomain) -> Record:
    """The record of an instance that nobody is at work on. Raises ``NotAllowed`` for all others."""
    record, copy = read(domain)
    name = domain.name()
    if record is None:
        raise NotAllowed(f"{name} was not made by dcctl", hint="take it on: dcctl instance adopt", resource=name)
    code, reason = reported_state(domain)
    now = situation(code, reason, record, alive=alive, copy=copy)
    if record.newer:
        raise NotAllowed(
            f"{name} was made by a newer dcctl, which knows better what belongs to it", hint="use that one"
        )
    if record.phase is Phase.READY:
        return record
    if record.phase is Phase.CREATING and now.state is not State.PENDING and Action.STOP not in now.refused:
        return record.ready()  # its creator is gone, and only the mark is left
    raise NotAllowed(f"cannot change {name}: {now.reason or now.words}", hint="wait, or destroy it", resource=name)


def state(domain: libvirt.virDomain) -> State:
    """The state of a domain that nobody is at work on."""
    return settled(*reported_state(domain)).state


def reported_state(domain: libvirt.virDomain) -> tuple[int, int]:
    """libvirt's state and reason, in which a domain that is off has saved memory or not: one call, and one more for one that is off."""
    code, reason = domain.state()
    if code == DomainState.SHUTOFF:
        reason = off_because(reason, saved=bool(domain.hasManagedSaveImage()))
    return code, reason


def must_not_be_saved(domain: libvirt.virDomain, verb: str) -> None:
    """Raises ``NotAllowed`` for a domain whose memory is on disk: it would come back with the definition and the disks of then."""
    if reported_state(domain) == (DomainState.SHUTOFF, SAVED):
        raise NotAllowed(
            f"cannot {verb} {domain.name()}: it is suspended to disk, and what was saved would not know of it",
            hint="resume it first",
            resource=domain.name(),
        )


def check(
    domain: libvirt.virDomain,
    record: Record | None,
    action: Action,
    *,
    copy: bool = False,
    also_in: State | None = None,
    asked_to_stop: bool = False,
    hint: str | None = None,
) -> State:
    """The domain's state, if the action is possible now: libvirt itself accepts more than the machine does.

    It suspends a suspended guest, and starts one that somebody is creating. ``record`` and ``copy`` are what ``read`` gave; ``also_in``: a
    state in which the action is possible too; ``asked_to_stop``: a guest that runs is stopping. Raises ``NotAllowed``.
    """
    code, reason = reported_state(domain)
    now = situation(code, reason, record, alive=alive, copy=copy)
    state = State.STOPPING if asked_to_stop and now.state is State.RUNNING else now.state
    if state is not also_in and (MACHINE.step(state, action) is None or action in now.refused):
        why = now.refused.get(action, f"it is {state}")
        raise NotAllowed(f"cannot {action} {domain.name()}: {why}", hint=hint, resource=domain.name())
    return state


def clear_stale_mark(domain: libvirt.virDomain, record: Record | None) -> None:
    """Of a guest that runs although its creator is gone only the mark is left to clear.

    Otherwise it would be taken for half made, with nothing allowed but destroy, as soon as it is off.
    """
    if record is not None and record.phase is Phase.CREATING and not record.newer and domain.isActive():
        write(domain, record.ready())
