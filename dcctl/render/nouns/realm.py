"""How realms are shown: their limits, and what the driver is told about them."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen
from dcctl.hardware import Property
from dcctl.render.noun import KEPT, Column, Entry, Noun
from dcctl.render.values import amount, bytes_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dcctl.model import Realm
    from dcctl.nouns.realm_facts import RealmFacts

_LIMIT_KEYS = {"memory": "memory_mib", "storage": "storage_gib"}


@frozen
class RealmRow:
    """A realm, the endpoint that it belongs to, its options, and how it is doing, if it was asked."""

    realm: Realm
    endpoint: str
    options: Mapping[str, object] = field(default_factory=dict)
    facts: RealmFacts | None = None


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
        "options": {name: _plain(value) for name, value in row.options.items()},
        "facts": None if row.facts is None else _facts_record(row.facts),
    }


def _plain(value: object) -> object:
    """An option as data. What is no plain value is its own text, and that of a secret is redacted."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _option_text(value: object) -> str:
    if value is None:
        return "-"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def _facts_record(facts: RealmFacts) -> dict[str, object]:
    return {
        "hostname": facts.hostname,
        "architecture": facts.architecture,
        "accelerated": facts.accelerated,
        "cpus": facts.cpus,
        "memory_mib": facts.memory_mib,
        "memory_free_mib": facts.memory_free_mib,
        "instances_running": facts.instances_running,
        "pools": [
            {
                "name": pool.name,
                "active": pool.active,
                "used": pool.used,
                "path": pool.path,
                "capacity_mib": pool.capacity_mib,
                "free_mib": pool.free_mib,
            }
            for pool in facts.pools
        ],
        "networks": [
            {"name": network.name, "active": network.active, "used": network.used} for network in facts.networks
        ],
        "versions": dict(facts.versions),
        "missing": list(facts.missing),
    }


def _card(row: RealmRow) -> Iterator[Entry]:
    yield Entry("id", [row.realm.id], "bold")
    yield Entry("name", [row.realm.name])
    yield Entry("endpoint", [row.endpoint])
    yield Entry("limits", list(_limits(row)) or ["none"])
    for name, value in row.options.items():
        yield Entry(name, [_option_text(value)])
    if row.facts is not None:
        yield from _facts_card(row.facts)


def _facts_card(facts: RealmFacts) -> Iterator[Entry]:
    yield Entry("host", [facts.hostname or "-"])
    yield Entry("versions", [f"{name} {version}" for name, version in facts.versions.items()] or ["-"])
    cpus = "-" if facts.cpus is None else f"{facts.cpus} {facts.architecture or ''}".rstrip()
    yield Entry("cpus", [cpus])
    if facts.accelerated is not None:
        yield Entry("instances run", ["on the processor" if facts.accelerated else "emulated"])
    yield Entry("memory", [_part(facts.memory_free_mib, facts.memory_mib)])
    running = facts.instances_running
    yield Entry("running", ["-" if running is None else str(running)])
    pools = [
        f"{_place(pool.name, pool.active, pool.used)}: {_part(pool.free_mib, pool.capacity_mib)}"
        for pool in facts.pools
    ]
    yield Entry("storage", pools or ["none"])
    yield Entry("networks in it", [_place(net.name, net.active, net.used) for net in facts.networks] or ["none"])
    yield Entry("missing", list(facts.missing) or ["nothing"], "red" if facts.missing else None)


def _place(name: str, active: bool, used: bool) -> str:
    notes = [note for note, holds in (("used", used), ("not active", not active)) if holds]
    return f"{name} ({', '.join(notes)})" if notes else name


def _part(free: int | None, whole: int | None) -> str:
    if free is None:
        return "-"
    of = "" if whole is None else f" of {bytes_text(whole << 20)}"
    return f"{bytes_text(free << 20)}{of} free"


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
