"""Another size for an instance: disks grow at once, also under a running guest; processors and memory change with the next start of QEMU.

The record is written last. Whatever was interrupted before that is completed by the same call: each step sets a value, and none adds to one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from dcctl.errors import NotAllowed
from dcctl.hardware import Property
from dcctl.model import State
from dcctl_drivers.libvirt import names, records, snapshots
from dcctl_drivers.libvirt.adoption import must_be_made_here
from dcctl_drivers.libvirt.pools import open_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.nouns.changes import Size
    from dcctl_drivers.libvirt.metadata import Facts, Record

_GIB = 1 << 30
_ROOT_DEVICE = "vda"

STATES = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPED))


class _Change(NamedTuple):
    """What differs; None: it stays."""

    cpu: int | None
    memory_mib: int | None
    storage_gib: int | None


def resize(host: libvirt.virConnect, domain: libvirt.virDomain, size: Size, job: Job) -> tuple[Property, ...]:
    """What waits for the next start. Raises ``NotAllowed`` in passing states, and while there are snapshots."""
    record = must_be_resizable(domain, size)
    change = _difference(record.facts, size)
    if change.storage_gib is not None:
        job.stage("disk")
        _grow(host, domain, record, change.storage_gib * _GIB)
    job.stage("definition")
    if change.cpu is not None:
        _set_processors(domain, change.cpu)
    if change.memory_mib is not None:
        _set_memory(domain, change.memory_mib)
    records.change(domain, lambda now: replace(now, facts=_facts(now.facts, size)))
    return waiting(domain, record, size)


def waiting(domain: libvirt.virDomain, before: Record, size: Size) -> tuple[Property, ...]:
    """What of the change, of an instance that had the record ``before`` it, waits for the next start."""
    if not domain.isActive():
        return ()
    change = _difference(before.facts, size)
    sizes = ((Property.CPU, change.cpu), (Property.MEMORY, change.memory_mib))
    return tuple(name for name, wanted in sizes if wanted is not None)


def must_be_resizable(domain: libvirt.virDomain, size: Size) -> Record:
    """The record. Raises what forbids it."""
    record = records.whole(domain)
    state = records.state(domain)
    if state not in STATES:
        raise NotAllowed(f"cannot resize {domain.name()}: it is {state}", hint="wait, or stop it first")
    records.must_not_be_saved(domain, "resize")
    snapshots.must_have_none(domain, "resize")
    if _difference(record.facts, size).storage_gib is not None:
        must_be_made_here(
            domain,
            record,
            "resize the disk of",
            instead="grow it with what made it: virsh blockresize, or virsh vol-resize",
        )
    return record


def _difference(facts: Facts, size: Size) -> _Change:
    wanted = size.hardware
    return _Change(
        wanted.cpu if wanted.cpu != facts.cpu else None,
        wanted.memory_mib if wanted.memory_mib != facts.memory_mib else None,
        wanted.storage_gib if wanted.storage_gib != facts.storage_gib else None,
    )


def _facts(facts: Facts, size: Size) -> Facts:
    wanted = size.hardware
    return facts._replace(
        hwp=size.hwp.name,
        overrides=tuple((name.value, value) for name, value in size.overrides.items()),
        cpu=wanted.cpu or facts.cpu,
        memory_mib=wanted.memory_mib or facts.memory_mib,
        storage_gib=wanted.storage_gib or facts.storage_gib,
    )


def _grow(host: libvirt.virConnect, domain: libvirt.virDomain, record: Record, size: int) -> None:
    """The root disk, through the running QEMU if there is one: only it knows what it has not written yet. It never shrinks."""
    import libvirt  # noqa: PLC0415  loaded already

    pool = open_pool(host, record.facts.pool)
    volume = pool.handle.storageVolLookupByName(names.volume(record.uuid, record.facts.root))
    had = volume.info()[1]
    if size < had:
        raise NotAllowed(
            f"the disk of {domain.name()} has {-(-had // _GIB)} GiB, and does not shrink",
            hint="it grows only",
            resource=domain.name(),
        )
    if size == had:
        return
    if domain.isActive():
        domain.blockResize(_ROOT_DEVICE, size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
    else:
        volume.resize(size)


def _set_processors(domain: libvirt.virDomain, count: int) -> None:
    """In the definition: the maximum is what QEMU is started with, so a running guest cannot have more."""
    import libvirt  # noqa: PLC0415  loaded already

    config = libvirt.VIR_DOMAIN_AFFECT_CONFIG
    maximum = domain.vcpusFlags(config | libvirt.VIR_DOMAIN_VCPU_MAXIMUM)
    # At no time more than the maximum.
    steps = [config | libvirt.VIR_DOMAIN_VCPU_MAXIMUM, config]
    for flags in steps if count > maximum else reversed(steps):
        domain.setVcpusFlags(count, flags)


def _set_memory(domain: libvirt.virDomain, mib: int) -> None:
    """In the definition; setting the maximum takes the present amount along where that is more."""
    import libvirt  # noqa: PLC0415  loaded already

    config = libvirt.VIR_DOMAIN_AFFECT_CONFIG
    domain.setMemoryFlags(mib * 1024, config | libvirt.VIR_DOMAIN_MEM_MAXIMUM)
    domain.setMemoryFlags(mib * 1024, config)
