"""Reading and replacing the record that a domain carries, one call each; and what it and the state allow."""

from __future__ import annotations

from dcctl.errors import NotAllowed
from dcctl.model import State
from dcctl_drivers.libvirt import metadata
from dcctl_drivers.libvirt.connection import answer
from dcctl_drivers.libvirt.metadata import NAMESPACE, PREFIX, Phase, Record
from dcctl_drivers.libvirt.states import MACHINE, situation
from dcctl_drivers.libvirt.worker import alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.model import Action


def read(domain: libvirt.virDomain) -> tuple[Record | None, bool]:
    """The domain's own record, None if it has none; and whether it carries the record of another domain instead."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        text = answer(lambda uri: domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, uri), NAMESPACE)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return None, False
        raise
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
    code, reason = domain.state()
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
