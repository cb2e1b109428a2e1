"""The snapshots of the mock cloud: one table. What an instance was is its state: nothing else of it is real."""

from __future__ import annotations

from datetime import UTC, datetime
from time import time

from dcctl.errors import Conflict, NotFound
from dcctl.model import State
from dcctl.nouns.snapshots import Snapshot
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

    from dcctl.model import Instance
    from dcctl.nouns.snapshots import SnapshotSpec


def snapshots(connection: Connection, instance: Instance) -> list[Snapshot]:
    rows = connection.execute(
        "SELECT name, state, created, description, current FROM snapshots WHERE 'inst' || instance = ? ORDER BY number",
        (instance.id,),
    ).fetchall()
    return [
        Snapshot(
            name,
            instance.name,
            State(state),
            instance.realm,
            datetime.fromtimestamp(created, UTC),
            description,
            bool(current),
        )
        for name, state, created, description, current in rows
    ]


def create_snapshot(connection: Connection, instance: Instance, spec: SnapshotSpec) -> Snapshot:
    """``instance`` as it is in this transaction."""
    if any(snapshot.name == spec.name for snapshot in snapshots(connection, instance)):
        raise Conflict(f"{instance.name} has a snapshot {spec.name} already", hint="choose another name")
    connection.execute(
        "INSERT INTO snapshots (instance, name, state, created, description) VALUES (substr(?, 5), ?, ?, ?, ?)",
        (instance.id, spec.name, instance.state, time(), spec.description),
    )
    make_current(connection, instance, spec.name)
    return find(connection, instance, spec.name)


def find(connection: Connection, instance: Instance, name: str) -> Snapshot:
    for snapshot in snapshots(connection, instance):
        if snapshot.name == name:
            return snapshot
    raise NotFound(
        f"{instance.name} has no snapshot {name}", hint=f"dcctl snapshot list {as_placed(instance)}", resource=name
    )


def make_current(connection: Connection, instance: Instance, name: str) -> None:
    connection.execute("UPDATE snapshots SET current = name = ? WHERE 'inst' || instance = ?", (name, instance.id))


def destroy_snapshot(connection: Connection, instance: Instance, name: str) -> None:
    find(connection, instance, name)
    connection.execute("DELETE FROM snapshots WHERE 'inst' || instance = ? AND name = ?", (instance.id, name))
