"""How images are shown."""

from __future__ import annotations

from dcctl.hardware import Property
from dcctl.model import Field, Image, ImageState
from dcctl.render.noun import KEPT, Column, Noun
from dcctl.render.values import amount, bytes_text, when

_STYLES = {
    ImageState.AVAILABLE: "green",
    ImageState.PENDING: "yellow",
    ImageState.ERROR: "bold red",
    ImageState.NOT_IMPORTED: "dim",
}


def _record(image: Image) -> dict[str, object]:
    return {
        "id": image.id,
        "name": image.name,
        "state": image.state,
        "realm": image.realm,
        "architecture": image.architecture,
        "owner": image.owner,
        "description": image.description,
        "minimum_storage_gib": image.minimum_storage_gib,
        "minimum_memory_mib": image.minimum_memory_mib,
        "size_bytes": image.size_bytes,
        "digest": image.digest,
        "user": image.user,
        "created": when(image.created),
    }


def _minimum(wanted: Property, value: int | None) -> str:
    return "" if value is None else amount(wanted, value)


IMAGE: Noun[Image] = Noun(
    "image",
    columns=(
        Column("id", "ID", lambda image: image.id, worth=KEPT),
        Column("name", "NAME", lambda image: image.name, worth=KEPT),
        Column("state", "STATE", lambda image: image.state, style=lambda image: _STYLES[image.state], worth=8),
        Column("realm", "REALM", lambda image: image.realm, worth=6),
        Column("architecture", "ARCHITECTURE", lambda image: image.architecture, worth=5),
        Column(
            "size_bytes",
            "SIZE",
            lambda image: image.size_bytes,
            text=lambda image: "" if image.size_bytes is None else bytes_text(image.size_bytes),
            worth=3,
        ),
        Column(
            "minimum_storage_gib",
            "NEEDS",
            lambda image: image.minimum_storage_gib,
            text=lambda image: _minimum(Property.STORAGE, image.minimum_storage_gib),
            worth=4,
        ),
        Column("description", "DESCRIPTION", lambda image: image.description, needs=Field.NOTES, worth=2, least=16),
        Column("created", "AGE", lambda image: image.created, age=True, worth=2),
        Column(
            "minimum_memory_mib",
            "NEEDS MEMORY",
            lambda image: image.minimum_memory_mib,
            text=lambda image: _minimum(Property.MEMORY, image.minimum_memory_mib),
            wide=True,
        ),
        Column("user", "USER", lambda image: image.user, wide=True),
        Column("owner", "OWNER", lambda image: image.owner, wide=True),
        Column("digest", "DIGEST", lambda image: image.digest, wide=True),
    ),
    record=_record,
    fields=frozenset((Field.NOTES,)),
    identity=lambda image: image.id or image.name,  # several may have one name; in a dry run the id is not known
    realm=lambda image: image.realm,
)
