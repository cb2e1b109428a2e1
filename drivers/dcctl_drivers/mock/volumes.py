"""The volumes of the mock cloud: one table. A volume outlives the instance that it is attached to."""

from __future__ import annotations

from datetime import UTC, datetime
from time import time

from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.nouns.volumes import Volume, VolumeState, way_to_free
from dcctl_drivers.mock import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection
    from typing import Any

    from dcctl.model import Instance, Query
    from dcctl.nouns.volumes import VolumeSpec
    from dcctl_drivers.mock.store import Store

_SELECT = (
    "SELECT number, name, realm, size_gib, created, device,"
    " (SELECT name FROM instances WHERE instances.number = volumes.instance) FROM volumes"
)


def volumes(store: Store, query: Query) -> list[Volume]:
    rest, parameters = records.selection(query, "vol")
    with store.reading() as connection:
        found = [_volume(row) for row in connection.execute(_SELECT + rest, parameters)]
    return [volume for volume in found if query.wants(volume.id, volume.name)]


def create_volume(store: Store, spec: VolumeSpec) -> Volume:
    with store.writing() as connection:
        taken = connection.execute(
            "SELECT number FROM volumes WHERE (name = ?1 OR 'vol' || number = ?1) AND realm = ?2",
            (spec.name, spec.realm.id),
        ).fetchone()
        if taken:
            raise Conflict(f"the name {spec.name} is taken", hint=f"by the volume vol{taken[0]}", resource=spec.name)
        number = connection.execute(
            "INSERT INTO volumes (name, realm, size_gib, created) VALUES (?, ?, ?, ?)",
            (spec.name, spec.realm.id, spec.size_gib, time()),
        ).lastrowid
        return _one(connection, f"vol{number}")


def destroy_volume(store: Store, volume: Volume) -> None:
    with store.writing() as connection:
        _free(connection, volume)
        connection.execute("DELETE FROM volumes WHERE 'vol' || number = ?", (volume.id,))


def attach_volume(store: Store, volume: Volume, instance: Instance) -> Volume:
    with store.writing() as connection:
        return attach(connection, volume, instance)


def attach(connection: Connection, volume: Volume, instance: Instance) -> Volume:
    """The instance is known to exist in this transaction's world, or the foreign number attaches to nobody."""
    _free(connection, volume)
    row = connection.execute("SELECT number FROM instances WHERE 'inst' || number = ?", (instance.id,)).fetchone()
    if row is None:
        raise NotFound(f"no instance {instance.id}", hint="dcctl instance list", resource=instance.id)
    _must_not_be_saved(connection, instance.name)
    taken = {device for (device,) in connection.execute("SELECT device FROM volumes WHERE instance = ?", row)}
    first = ord("b") + len(instance.disks_gib)
    letters = (f"vd{chr(code)}" for code in range(first, ord("z") + 1))
    device = next((letter for letter in letters if letter not in taken), None)
    if device is None:
        raise NotAllowed(f"{instance.name} has no room for another volume", hint="detach one first")
    connection.execute(
        "UPDATE volumes SET instance = ?, device = ? WHERE 'vol' || number = ?", (row[0], device, volume.id)
    )
    return _one(connection, volume.id)


def detach_volume(store: Store, volume: Volume) -> Volume:
    with store.writing() as connection:
        now = _one(connection, volume.id)
        if now.instance is None:
            raise NotAllowed(f"the volume {volume.name} is not attached", hint="dcctl volume list", resource=volume.id)
        _must_not_be_saved(connection, now.instance)
        connection.execute("UPDATE volumes SET instance = NULL, device = NULL WHERE 'vol' || number = ?", (volume.id,))
        return _one(connection, volume.id)


def resize_volume(store: Store, volume: Volume, size_gib: int) -> Volume:
    with store.writing() as connection:
        now = _one(connection, volume.id)
        if now.size_gib is not None and size_gib < now.size_gib:
            raise NotAllowed(f"the volume {volume.name} has {now.size_gib} GiB, and only grows", resource=volume.id)
        if now.instance is not None:
            _must_not_be_saved(connection, now.instance)
        connection.execute("UPDATE volumes SET size_gib = ? WHERE 'vol' || number = ?", (size_gib, volume.id))
        return _one(connection, volume.id)


def _one(connection: Connection, identifier: str) -> Volume:
    row = connection.execute(f"{_SELECT} WHERE 'vol' || number = ?", (identifier,)).fetchone()
    if row is None:
        raise NotFound(f"no volume {identifier}", hint="dcctl volume list", resource=identifier)
    return _volume(row)


def _must_not_be_saved(connection: Connection, name: str) -> None:
    """Raises ``NotAllowed`` for an instance whose memory is on disk: its guest would not know of another disk."""
    if connection.execute("SELECT 1 FROM instances WHERE name = ? AND saved", (name,)).fetchone():
        raise NotAllowed(f"{name} is suspended to disk", hint=f"first: dcctl instance resume {name}", resource=name)


def _free(connection: Connection, volume: Volume) -> None:
    now = _one(connection, volume.id)
    if now.instance is not None:
        raise NotAllowed(
            f"the volume {volume.name} is attached to {now.instance}",
            hint=way_to_free(now),
            resource=volume.id,
        )


def _volume(row: tuple[Any, ...]) -> Volume:
    """An instance that was destroyed has let go of its volumes: its number is then nobody's."""
    number, name, realm, size_gib, created, device, instance = row
    return Volume(
        id=f"vol{number}",
        name=name,
        state=VolumeState.AVAILABLE if instance is None else VolumeState.IN_USE,
        realm=realm,
        size_gib=size_gib,
        instance=instance,
        device=device if instance is not None else None,
        created=datetime.fromtimestamp(created, UTC),
    )
