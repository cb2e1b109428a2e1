"""How public ssh keys are shown."""

from __future__ import annotations

from dcctl.nouns.keys import Key
from dcctl.render.noun import KEPT, Column, Noun
from dcctl.render.values import when


def _record(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "realm": key.realm,
        "kind": key.kind,
        "fingerprint": key.fingerprint,
        "public_key": key.public_key,
        "created": when(key.created),
    }


KEY: Noun[Key] = Noun(
    "key",
    columns=(
        Column("id", "ID", lambda key: key.id, worth=KEPT),
        Column("name", "NAME", lambda key: key.name, worth=KEPT),
        Column("realm", "REALM", lambda key: key.realm, worth=6),
        Column("kind", "KIND", lambda key: key.kind, worth=5),
        Column("fingerprint", "FINGERPRINT", lambda key: key.fingerprint, worth=4, least=16),
        Column("created", "AGE", lambda key: key.created, age=True, worth=2),
        Column("public_key", "PUBLIC KEY", lambda key: key.public_key, wide=True),
    ),
    record=_record,
    identity=lambda key: key.id or key.name,  # in a dry run the id is not known
    realm=lambda key: key.realm,
)
