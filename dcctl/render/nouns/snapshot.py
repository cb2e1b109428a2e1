"""How snapshots are shown."""

from __future__ import annotations

from dcctl.nouns.snapshots import Snapshot
from dcctl.render.noun import KEPT, Column, Noun
from dcctl.render.nouns.instance import STATE_STYLES
from dcctl.render.values import when


def _record(snapshot: Snapshot) -> dict[str, object]:
    return {
        "name": snapshot.name,
        "instance": snapshot.instance,
        "realm": snapshot.realm,
        "state": snapshot.state,
        "created": when(snapshot.created),
        "description": snapshot.description,
        "current": snapshot.current,
    }


SNAPSHOT: Noun[Snapshot] = Noun(
    "snapshot",
    columns=(
        Column("name", "NAME", lambda snapshot: snapshot.name, worth=KEPT),
        Column("instance", "INSTANCE", lambda snapshot: snapshot.instance, worth=6),
        Column("realm", "REALM", lambda snapshot: snapshot.realm, wide=True),
        Column(
            "state",
            "STATE",
            lambda snapshot: snapshot.state,
            style=lambda snapshot: STATE_STYLES.get(snapshot.state),
            worth=5,
        ),
        Column("created", "AGE", lambda snapshot: snapshot.created, age=True, worth=4),
        Column("current", "CURRENT", lambda snapshot: snapshot.current, worth=3),
        Column("description", "DESCRIPTION", lambda snapshot: snapshot.description, worth=2, least=16),
    ),
    record=_record,
    identity=lambda snapshot: snapshot.name,
)
