"""The keys of the mock cloud: one table, for all realms."""

from __future__ import annotations

from datetime import UTC, datetime
from time import time

from dcctl.errors import Conflict, NotFound
from dcctl.nouns.keys import Key
from dcctl_drivers.mock import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import Query
    from dcctl.nouns.keys import KeySpec
    from dcctl_drivers.mock.store import Store


def keys(store: Store, query: Query) -> list[Key]:
    rest, parameters = records.selection(query, "key")
    with store.reading() as connection:
        rows = connection.execute(f"SELECT number, name, public_key, created FROM keys{rest}", parameters).fetchall()  # noqa: S608  all values are parameters
    found = (
        Key(f"key{number}", name, public_key=public_key, created=datetime.fromtimestamp(created, UTC))
        for number, name, public_key, created in rows
    )
    return [key for key in found if query.wants(key.id, key.name)]


def import_key(store: Store, spec: KeySpec) -> Key:
    now = time()
    with store.writing() as connection:
        taken = connection.execute(
            "SELECT number FROM keys WHERE name = ?1 OR 'key' || number = ?1", (spec.name,)
        ).fetchone()
        if taken:
            raise Conflict(f"the name {spec.name} is taken", hint=f"by the key key{taken[0]}", resource=spec.name)
        number = connection.execute(
            "INSERT INTO keys (name, public_key, created) VALUES (?, ?, ?)", (spec.name, spec.public_key, now)
        ).lastrowid
    return Key(f"key{number}", spec.name, public_key=spec.public_key, created=datetime.fromtimestamp(now, UTC))


def destroy_key(store: Store, key: Key) -> None:
    with store.writing() as connection:
        deleted = connection.execute("DELETE FROM keys WHERE 'key' || number = ?", (key.id,)).rowcount
        if not deleted:
            raise NotFound(f"no key {key.id}", hint="dcctl key list", resource=key.id)
