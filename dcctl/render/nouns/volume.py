"""How volumes are shown."""

from __future__ import annotations

from dcctl.hardware import Property
from dcctl.nouns.volumes import Volume, VolumeState
from dcctl.render.noun import KEPT, Column, Noun
from dcctl.render.values import amount, when

_STYLES = {VolumeState.AVAILABLE: "green", VolumeState.IN_USE: "cyan", VolumeState.ERROR: "bold red"}


def _record(volume: Volume) -> dict[str, object]:
    return {
        "id": volume.id,
        "name": volume.name,
        "state": volume.state,
        "realm": volume.realm,
        "size_gib": volume.size_gib,
        "instance": volume.instance,
        "device": volume.device,
        "created": when(volume.created),
    }


def _size(volume: Volume) -> str:
    return "" if volume.size_gib is None else amount(Property.STORAGE, volume.size_gib)


VOLUME: Noun[Volume] = Noun(
    "volume",
    columns=(
        Column("id", "ID", lambda volume: volume.id, wide=True, worth=KEPT),
        Column("name", "NAME", lambda volume: volume.name, worth=KEPT),
        Column("state", "STATE", lambda volume: volume.state, style=lambda volume: _STYLES[volume.state], worth=KEPT),
        Column("realm", "REALM", lambda volume: volume.realm, worth=5),
        Column("size_gib", "SIZE", lambda volume: volume.size_gib, text=_size, worth=6),
        Column("instance", "INSTANCE", lambda volume: volume.instance, worth=6),
        Column("device", "DEVICE", lambda volume: volume.device, worth=3),
        Column("created", "AGE", lambda volume: volume.created, age=True, worth=2),
    ),
    record=_record,
    identity=lambda volume: volume.id or volume.name,  # in a dry run the id is not known
    realm=lambda volume: volume.realm,
)
