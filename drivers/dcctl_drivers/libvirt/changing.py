"""Changing an instance that exists. What dcctl itself has to remember is in the domain's record; one call to read it, one to write it,
and some for a stamp where lists remember it."""

from __future__ import annotations

from dataclasses import replace

from dcctl.errors import Conflict, NotAllowed
from dcctl.model import State
from dcctl_drivers.libvirt import records, snapshots
from dcctl_drivers.libvirt.connection import answer
from dcctl_drivers.libvirt.stamps import Stamping

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.nouns.changes import Description
    from dcctl_drivers.libvirt.metadata import Record


def describe(host: libvirt.virConnect, domain: libvirt.virDomain, change: Description) -> None:
    """Put labels on, take them off, and write another description."""

    def edit(record: Record) -> Record:
        return replace(
            record,
            labels=tuple(change.labels_after(dict(record.labels)).items()),
            description=change.text_after(record.description),
        )

    Stamping(host, domain).change(edit)


def protect(host: libvirt.virConnect, domain: libvirt.virDomain, *, protected: bool) -> None:
    """Have ``destroy`` refused, or no longer."""
    Stamping(host, domain).change(lambda record: replace(record, protected=protected))


def autostart(domain: libvirt.virDomain, *, on: bool) -> None:
    """libvirt's own switch: the domain starts when the daemon does for the first time after the host."""
    records.whole(domain)
    domain.setAutostart(int(on))


def rename(host: libvirt.virConnect, domain: libvirt.virDomain, name: str) -> None:
    """In one step of libvirt's. Disks and seed are called by the uuid, and the record names it too: nothing else changes."""
    import libvirt  # noqa: PLC0415  loaded already

    must_be_renamable(domain, name)
    if domain.name() == name:
        return
    try:
        domain.rename(name)
    except libvirt.libvirtError as error:
        # libvirt says the same of a name that is taken as of a domain that runs.
        if error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID and _exists(host, name):
            raise Conflict(f"the name {name} is taken", hint="choose another name", resource=name) from error
        raise


def must_be_renamable(domain: libvirt.virDomain, name: str) -> None:
    """Raises what forbids it."""
    record = records.whole(domain)
    state = records.state(domain)
    if state is not State.STOPPED:
        raise NotAllowed(f"cannot rename {domain.name()}: it is {state}", hint="stop it first", resource=domain.name())
    if domain.name() == name:
        return
    snapshots.must_have_none(domain, "rename")
    if record.adopted is not None:
        from dcctl_drivers.libvirt import adoption  # noqa: PLC0415  few instances were adopted

        adoption.settings_must_not_be_called_by_name(domain)


def _exists(host: libvirt.virConnect, name: str) -> bool:
    import libvirt  # noqa: PLC0415  loaded already

    try:
        answer(host.lookupByName, name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return False
        raise
    return True
