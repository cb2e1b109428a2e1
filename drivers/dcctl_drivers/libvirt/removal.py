"""Removing an instance: exactly what its record says and its name confirms, the record last."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic, sleep

from dcctl.errors import NotAllowed
from dcctl.model import Action, State
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.alone import alone
from dcctl_drivers.libvirt.claims import release_all
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.disk_uses import disk_uses
from dcctl_drivers.libvirt.metadata import Phase, Record
from dcctl_drivers.libvirt.pools import Pool, open_pool
from dcctl_drivers.libvirt.records import check, read, write
from dcctl_drivers.libvirt.stamps import remove_left, stamps_of
from dcctl_drivers.libvirt.worker import this_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    import libvirt

    from dcctl_drivers.libvirt.disk_uses import DiskUse

_MADE_SECONDS = 10.0  # an overlay or a seed takes a moment, also on a busy host
_ASK_SECONDS = 0.1


def destroy(host: libvirt.virConnect, domain: libvirt.virDomain, token: str, *, with_adopted: bool = False) -> None:
    """Remove the domain and the volumes that were made for it. Can be repeated after an interruption at any point.

    ``token`` tells this piece of work from others; ``with_adopted``: also the disks that were adopted. Raises ``NotAllowed`` for what dcctl did not make, and for what runs.
    """
    with alone(domain.UUIDString(), domain.name()):  # or it might be protected between the look and the mark
        record, uses, pools, adopted = _take(host, domain, token, with_adopted=with_adopted)
    power_off(domain)
    for name, pool in pools.items():
        remove_volumes(pool, record.uuid, [name])
        if name == names.volume(record.uuid, names.CONSOLE):
            _remove_rotated(pool, name)
        if name in {owned.name for owned in stamps_of(record)}:
            remove_left(pool, record.uuid)
    # It is off, and nobody starts it any more: what it was lent others may have.
    release_all(host, record.uuid, [use.path for use in uses if use.uuid == record.uuid])
    if record.facts.interfaces:
        from dcctl_drivers.libvirt import interfaces  # noqa: PLC0415  few instances choose their addresses

        interfaces.release(host, record)
    if adopted:
        from dcctl_drivers.libvirt import adoption  # noqa: PLC0415  few instances were adopted

        adoption.remove(host, adopted)
    remove_domain(domain, disks_stay=record.adopted is not None and not adopted)


def _take(
    host: libvirt.virConnect, domain: libvirt.virDomain, token: str, *, with_adopted: bool
) -> tuple[Record, list[DiskUse], dict[str, Pool], tuple[str, ...]]:
    """Make sure that it may be destroyed, and mark it: its record, who uses which disks, its volumes with their pools, adopted disks that go too."""
    record, _ = read(domain)
    if record is None:
        raise NotAllowed(
            f"{domain.name()} was not made by dcctl", hint=f"remove it with: virsh undefine {domain.name()}"
        )
    if record.newer:
        raise NotAllowed(
            f"{domain.name()} was made by a newer dcctl, which knows better what belongs to it", hint="use that one"
        )
    # Whatever forbids it is found before anything is touched: a refused destroy leaves the instance as it was.
    uses = disk_uses(host)
    pools = _owned_and_unused(host, domain, record, uses)
    adopted = record.adopted if with_adopted and record.adopted is not None else ()
    if adopted:
        from dcctl_drivers.libvirt import adoption  # noqa: PLC0415  few instances were adopted

        adoption.must_be_unused(host, domain, adopted)
    state = check(domain, record, Action.DESTROY, hint="stop it first")
    write(domain, record.taken_over(Phase.DESTROYING, this_process(token)))
    if state is State.STOPPED and domain.isActive():
        write(domain, record)  # somebody started it just before; after the mark nobody does
        raise NotAllowed(f"{domain.name()} was started just now", hint="stop it first", resource=domain.name())
    return record, uses, pools, adopted


def _owned_and_unused(
    host: libvirt.virConnect, domain: libvirt.virDomain, record: Record, uses: list[DiskUse]
) -> dict[str, Pool]:
    """The volumes that the record names and that carry the uuid, with their pools. Raises ``NotAllowed`` if another domain uses one."""
    used = {use.path: use.domain for use in uses if use.uuid != record.uuid}
    pools: dict[str, Pool] = {}
    found: dict[str, Pool] = {}
    for owned in record.volumes:
        pool = pools.get(owned.pool) or pools.setdefault(owned.pool, open_pool(host, owned.pool))
        path = pool.path(owned.name)
        if path in used:
            raise NotAllowed(
                f"the disk {owned.name} of {domain.name()} is also used by {used[path]}",
                hint=f"detach it there first: virsh edit {used[path]}",
                resource=domain.name(),
            )
        found[owned.name] = pool
    return found


def remove_volumes(pool: Pool, uuid: str, volumes: Iterable[str]) -> None:
    """Delete volumes of this instance; whatever does not carry its uuid is left alone."""
    for volume in volumes:
        if names.carries(volume, uuid):
            _delete(pool, volume)


def _delete(pool: Pool, volume: str) -> None:
    """Delete it. While a creator makes or fills it, who hears of his fate only then, libvirt refuses: it is tried again for some seconds."""
    import libvirt  # noqa: PLC0415  loaded already

    end = monotonic() + _MADE_SECONDS
    while True:
        try:
            return pool.delete(volume)
        except libvirt.libvirtError as error:
            at_work = any(text in str(error) for text in ("still being allocated", "still in use"))
            if not at_work or monotonic() > end:
                raise
            sleep(_ASK_SECONDS)


def _remove_rotated(pool: Pool, log: str) -> None:
    """Delete what virtlogd has put aside: a log of 2 MiB becomes .0, .1 and so on, which libvirt does not know before it looks anew."""
    import libvirt  # noqa: PLC0415  loaded already

    # A pool in which somebody writes a volume cannot be looked at; what is left then still carries the uuid.
    with suppress(libvirt.libvirtError):
        pool.handle.refresh()
    for name in pool.names():
        if name.startswith(f"{log}."):
            pool.delete(name)


def remove_domain(domain: libvirt.virDomain, *, disks_stay: bool = False) -> None:
    """Undefine the domain, with everything that libvirt itself keeps for it. That it is gone already is as good.

    Where its disks stay, the settings of its firmware and the keys in its TPM do too: without them nobody may be able to read the disks.
    """
    import libvirt  # noqa: PLC0415  loaded already

    with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
        if domain.isActive():
            power_off(domain)
        _undefine(domain, _KEEPS if disks_stay else _TAKES)
        # A creator that had just looked at the mark may have started it: it would go on running, without a definition.
        power_off(domain)


def power_off(domain: libvirt.virDomain) -> None:
    """Pull the plug; that it is off already is as good."""
    import libvirt  # noqa: PLC0415  loaded already

    with forgiving(libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_DOMAIN):
        domain.destroy()


# What undefine must be told to take with it, by the names of the constants: each needs a newer libvirt than the one before, on either side.
_TAKES = (
    "VIR_DOMAIN_UNDEFINE_MANAGED_SAVE",
    "VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA",
    "VIR_DOMAIN_UNDEFINE_NVRAM",
    "VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA",
    "VIR_DOMAIN_UNDEFINE_TPM",
)


_KEEPS = (
    "VIR_DOMAIN_UNDEFINE_MANAGED_SAVE",
    "VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA",
    "VIR_DOMAIN_UNDEFINE_KEEP_NVRAM",
    "VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA",
    "VIR_DOMAIN_UNDEFINE_KEEP_TPM",
)


def _undefine(domain: libvirt.virDomain, wanted: tuple[str, ...]) -> None:
    """With as many flags as both the library and the daemon know."""
    import libvirt  # noqa: PLC0415  loaded already

    flags = [getattr(libvirt, name) for name in wanted if hasattr(libvirt, name)]
    while True:
        try:
            domain.undefineFlags(sum(flags))
        except libvirt.libvirtError as error:
            unknown = error.get_error_code() in (libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_ERR_NO_SUPPORT)
            if not (unknown and flags):
                raise
            flags.pop()
        else:
            return
