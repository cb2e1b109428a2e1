"""Other sizes for instances of the mock cloud. Disks grow at once; processors and memory wait for the next start, as real ones mostly do."""

from __future__ import annotations

from dcctl.errors import NotAllowed
from dcctl.hardware import Hardware, Property
from dcctl.model import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

    from dcctl.model import Instance
    from dcctl.nouns.changes import Size


def resize(connection: Connection, instance: Instance, size: Size) -> tuple[Property, ...]:
    """What waits for the next start; it is written down all the same. ``instance`` as it is in this transaction."""
    now, wanted = instance.hardware or Hardware(), size.hardware
    cpu, memory = wanted.cpu or now.cpu, wanted.memory_mib or now.memory_mib
    storage = wanted.storage_gib or now.storage_gib
    if (storage or 0) < (now.storage_gib or 0):
        raise NotAllowed(f"the disk of {instance.name} does not shrink", hint="it grows only", resource=instance.name)
    connection.execute(
        "UPDATE instances SET hwp = ?, cpu = ?, memory_mib = ?, storage_gib = ?, overridden = ? WHERE 'inst' || number = ?",
        (size.hwp.name, cpu, memory, storage, ",".join(size.overrides), instance.id),
    )
    waits = waiting(instance, size)
    if instance.state is State.STOPPED:
        return waits
    connection.execute(
        "UPDATE instances SET started_cpu = coalesce(started_cpu, ?), started_memory_mib = coalesce(started_memory_mib, ?)"
        " WHERE 'inst' || number = ?",
        (now.cpu or 0, now.memory_mib or 0, instance.id),  # 0: it was the provider's to decide
    )
    return waits


def waiting(instance: Instance, size: Size) -> tuple[Property, ...]:
    """What of the change waits for the next start of the instance as it is now."""
    if instance.state is State.STOPPED:
        return ()
    now, wanted = instance.hardware or Hardware(), size.hardware
    pairs = ((Property.CPU, wanted.cpu, now.cpu), (Property.MEMORY, wanted.memory_mib, now.memory_mib))
    return tuple(name for name, after, before in pairs if after not in (None, before))
