"""Rows of the mock database as the model's nouns. Pure: the time is handed in, and states follow from it when they are read."""

from __future__ import annotations

from datetime import UTC, datetime

from dcctl.hardware import Hardware, Property
from dcctl.model import Action, Address, AddressKind, DiskMode, Field, Image, Instance, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection
    from typing import Any

    from dcctl.hardware import Value
    from dcctl.model import Query
    from dcctl.nouns.adoption import Adopted
    from dcctl.nouns.first_boot import FirstBoot
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine

OWNER = "mockuser"
PROTECTION = "it is protected by the setting protected of this context"

SELECT_IMAGES = (
    "SELECT number, name, realm, architecture, owner, description, size_bytes, digest, user, created FROM images"
)

SELECT_INSTANCES = (
    "SELECT number, name, state, becomes, settles, reason, realm, image, hwp,"
    " cpu, memory_mib, storage_gib, architecture, root_type, overridden, owner, created, user, key, password,"
    " networks, labels, description, protected, autostart, disks_gib, machine,"
    " disk_mode, saved, adopted, interfaces, started_cpu, started_memory_mib FROM instances"
)

_COPIED = (
    "realm, image, hwp, cpu, memory_mib, storage_gib, architecture, root_type, overridden, owner, user, key, password,"
    " ssh_keys, user_data, networks, disks_gib, machine, disk_mode"
)

CLONE = (
    f"INSERT INTO instances (name, state, created, {_COPIED})"  # noqa: S608  words of ours
    f" SELECT ?, ?, ?, {_COPIED} FROM instances WHERE 'inst' || number = ?"
)

# SQLite takes at least 999 parameters in a statement; who asks for more is given a whole table, and it is sifted here.
_MANY = 900

_GIB = 1024**3


def selection(query: Query, prefix: str) -> tuple[str, list[str]]:
    """The rest of the SELECT, with its parameters, that leaves little for ``Query.wants`` to remove. All values are parameters."""
    ids, names = query.ids or (), query.names or ()
    if (query.ids is None and query.names is None) or len(ids) + len(names) > _MANY:
        return " ORDER BY number", []
    marks = "?, " * len(ids), "?, " * len(names)
    clause = f" WHERE '{prefix}' || number IN ({marks[0][:-2]}) OR name IN ({marks[1][:-2]}) ORDER BY number"
    return clause, [*ids, *names]


def image(row: tuple[Any, ...]) -> Image:
    """One row of ``SELECT_IMAGES``."""
    number, name, realm, architecture, owner, description, size_bytes, digest, user, created = row
    return Image(
        id=f"img{number}",
        name=name,
        realm=realm,
        architecture=architecture,
        owner=owner,
        description=description,
        minimum_storage_gib=None if size_bytes is None else -(-size_bytes // _GIB),
        size_bytes=size_bytes,
        digest=digest,
        user=user,
        created=datetime.fromtimestamp(created, UTC),
    )


def instance(row: tuple[Any, ...], now: float, fields: frozenset[Field], protected: tuple[str, ...]) -> Instance:
    """One row of ``SELECT_INSTANCES``, as it is at the time ``now``. ``protected``: names and ids that are not to be destroyed."""
    number, name, state, becomes, settles, reason, realm, image, hwp, *sizes, owner, created = row[:-16]
    user, key, password, networks, labels, description, protected_here, autostart, *shape = row[-16:]
    disks, machine, disk_mode, saved, adopted, chosen, started_cpu, started_memory = shape
    interfaces = _interfaces(chosen, words(networks))
    *hardware, overridden = sizes
    reached = State(becomes if becomes is not None and settles <= now else state)
    size = Hardware(*hardware)
    secret = Field.CREDENTIALS in fields
    why_kept = PROTECTION if name in protected or f"inst{number}" in protected else None
    if protected_here:
        why_kept = "it is protected; first: dcctl instance unprotect"
    return Instance(
        id=f"inst{number}",
        name=name,
        state=reached,
        realm=realm,
        image=image,
        hwp=hwp,
        hardware=size if Field.HARDWARE in fields else None,
        overrides=_overrides(overridden, size),
        addresses=_addresses(image, number, reached, interfaces) if Field.ADDRESSES in fields else (),
        owner=owner,
        created=datetime.fromtimestamp(created, UTC),
        provider_state=reached.upper() + (" (SAVED)" if saved else ""),  # as Deltacloud's mock driver writes it
        reason=reason if reached is State.ERROR else None,
        refused={Action.DESTROY: why_kept} if why_kept is not None else {},
        user=user if secret else None,
        key=key if secret else None,
        password=password if secret else None,
        networks=words(networks),
        interfaces=interfaces,
        labels=dict(word.split("=", 1) for word in words(labels)) if Field.NOTES in fields else {},
        description=description if Field.NOTES in fields else None,
        protected=why_kept is not None,
        autostart=bool(autostart),
        disk_mode=DiskMode(disk_mode),
        disks_gib=tuple(map(int, words(disks))),
        machine=_machine(machine),
        adopted=_adopted(adopted),
        saved=bool(saved),
        at_next_start=_waiting(reached, size, started_cpu, started_memory) if Field.HARDWARE in fields else None,
    )


def _waiting(state: State, size: Hardware, cpu: int | None, memory_mib: int | None) -> tuple[Property, ...]:
    """What of the size it does not have yet, if it was started with another one."""
    if state is State.STOPPED:
        return ()
    pairs = ((Property.CPU, size.cpu, cpu), (Property.MEMORY, size.memory_mib, memory_mib))
    return tuple(name for name, has, started in pairs if started is not None and started != (has or 0))


def _adopted(text: str | None) -> Adopted | None:
    if text is None:
        return None
    from dcctl.nouns.adoption import Adopted  # noqa: PLC0415  few instances were adopted

    return Adopted(words(text))


def _machine(text: str | None) -> Machine | None:
    if text is None:
        return None
    from dcctl_drivers.mock.machines import loaded  # noqa: PLC0415  few instances have a machine of their own

    return loaded(text)


def tell(connection: Connection, number: int | None, first: FirstBoot) -> None:
    """Keep what an instance is told for its first boot beside user data and keys."""
    from json import dumps  # noqa: PLC0415  few instances are told any

    connection.execute(
        "UPDATE instances SET password_hash = ?, meta_data = ?, network_config = ? WHERE number = ?",
        (first.password_hash, dumps(dict(first.meta_data)), first.network_config, number),
    )


def _interfaces(text: str, networks: tuple[str, ...]) -> tuple[Interface, ...]:
    if not text:
        return ()
    from dcctl_drivers.mock.interfaces import loaded  # noqa: PLC0415  few instances choose their addresses

    return loaded(text, networks)


def joined(labels: Mapping[str, str]) -> str:
    """Labels in one column: neither keys nor values have blanks."""
    return " ".join(f"{key}={value}" for key, value in labels.items())


def words(text: str) -> tuple[str, ...]:
    """Names that are stored in one column."""
    return tuple(text.split())


def _overrides(overridden: str, size: Hardware) -> Mapping[Property, Value]:
    """Only the names are stored: an overridden property has, by definition, the value that the instance has."""
    if not overridden:
        return {}
    values: dict[Property, Value | None] = {
        Property.CPU: size.cpu,
        Property.MEMORY: size.memory_mib,
        Property.STORAGE: size.storage_gib,
        Property.ARCHITECTURE: size.architecture,
        Property.ROOT_TYPE: size.root_type,
    }
    named = [Property(name) for name in overridden.split(",")]
    return {name: value for name in named if (value := values[name]) is not None}


def _addresses(image: str, number: int, state: State, interfaces: tuple[Interface, ...]) -> tuple[Address, ...]:
    """Deltacloud's: host names made of image and instance, one for each side of the provider's network; and those that were asked for."""
    if state in (State.PENDING, State.ERROR):
        return ()
    host = f"{image}.inst{number}"
    return (
        Address(f"{host}.public.com", AddressKind.HOSTNAME, public=True),
        Address(f"{host}.private.com", AddressKind.HOSTNAME),
        *(Address(each.address) for each in interfaces if each.address is not None),
    )
