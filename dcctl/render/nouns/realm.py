"""How realms are shown: their limits, and what the driver is told about them."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen
from dcctl.hardware import Property
from dcctl.render.noun import KEPT, Column, Entry, Noun
from dcctl.render.values import amount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dcctl.model import Realm

_LIMIT_KEYS = {"memory": "memory_mib", "storage": "storage_gib"}


@frozen
class RealmRow:
    """A realm, the endpoint that it belongs to, and its options as texts, secrets already redacted."""

    realm: Realm
    endpoint: str
    options: Mapping[str, str] = field(default_factory=dict)


def _limits(row: RealmRow) -> tuple[str, ...]:
    return tuple(
        f"{name}={limit}" if name in ("instances", "cpu") else f"{name}={amount(Property(name), limit)}"
        for name, limit in row.realm.limits.items()
    )


def limits_record(limits: Mapping[str, int]) -> dict[str, object]:
    """With the units in the keys."""
    return {_LIMIT_KEYS.get(name, name): limit for name, limit in limits.items()}


def _record(row: RealmRow) -> dict[str, object]:
    return {
        "id": row.realm.id,
        "name": row.realm.name,
        "endpoint": row.endpoint,
        "limits": limits_record(row.realm.limits),
        "options": dict(row.options),
    }


def _card(row: RealmRow) -> Iterator[Entry]:
    yield Entry("id", [row.realm.id], "bold")
    yield Entry("name", [row.realm.name])
    yield Entry("endpoint", [row.endpoint])
    yield Entry("limits", list(_limits(row)) or ["none"])
    for name, value in row.options.items():
        yield Entry(name, [value])


REALM: Noun[RealmRow] = Noun(
    "realm",
    columns=(
        Column("id", "ID", lambda row: row.realm.id, worth=KEPT),
        Column("name", "NAME", lambda row: row.realm.name, worth=5),
        Column("endpoint", "ENDPOINT", lambda row: row.endpoint, worth=4, least=16),
        Column("limits", "LIMITS", _limits, text=lambda row: ", ".join(_limits(row)), worth=3, least=16),
    ),
    record=_record,
    identity=lambda row: row.realm.id,
    card=_card,
)
