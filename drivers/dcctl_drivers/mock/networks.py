"""The networks of the mock cloud: one table, for all realms. ``default`` is there from the beginning and nobody's to remove."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from dcctl.errors import Capacity, Conflict, NotAllowed, NotFound
from dcctl.model import Field
from dcctl.nouns.networks import Network, Reach, range_of
from dcctl_drivers.mock import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

    from dcctl.model import Query
    from dcctl.nouns.networks import NetworkSpec
    from dcctl_drivers.mock.store import Store

_SELECT = "SELECT number, name, reach, cidr, ours FROM networks"


def networks(store: Store, query: Query) -> list[Network]:
    rest, parameters = records.selection(query, "net")
    with store.reading() as connection:
        found = [_network(row) for row in connection.execute(_SELECT + rest, parameters)]
        if Field.ADDRESSES in query.fields:
            from dcctl_drivers.mock.interfaces import kept  # noqa: PLC0415  lists need none

            found = [replace(network, kept=tuple(kept(connection, network.name))) for network in found]
    return [network for network in found if query.wants(network.id, network.name)]


def create_network(store: Store, spec: NetworkSpec) -> Network:
    with store.writing() as connection:
        taken = [_network(row) for row in connection.execute(_SELECT)]
        if any(spec.name in (network.id, network.name) for network in taken):
            raise Conflict(f"the name {spec.name} is taken", hint="see: dcctl network list", resource=spec.name)
        ranges = [IPv4Network(network.cidr) for network in taken if network.cidr is not None]
        cidr = _free_range(spec, ranges)
        number = connection.execute(
            "INSERT INTO networks (name, reach, cidr, ours) VALUES (?, ?, ?, 1)", (spec.name, spec.reach, str(cidr))
        ).lastrowid
        return _network((number, spec.name, spec.reach, str(cidr), 1))


def destroy_network(store: Store, network: Network) -> None:
    with store.writing() as connection:
        row = connection.execute(f"{_SELECT} WHERE 'net' || number = ?", (network.id,)).fetchone()
        if row is None:
            raise NotFound(f"no network {network.id}", hint="dcctl network list", resource=network.id)
        if _network(row).foreign:
            raise NotAllowed(f"the network {network.name} was not made by dcctl", hint="it came with the cloud")
        if users := _users(connection, network.name):
            raise NotAllowed(
                f"the network {network.name} is in use by {', '.join(users)}",
                hint="destroy the instances first",
                resource=network.id,
            )
        connection.execute("DELETE FROM networks WHERE 'net' || number = ?", (network.id,))


def _users(connection: Connection, name: str) -> list[str]:
    rows = connection.execute("SELECT name, networks FROM instances ORDER BY number").fetchall()
    return [instance for instance, attached in rows if name in records.words(attached)]


def _free_range(spec: NetworkSpec, taken: list[IPv4Network]) -> IPv4Network:
    if spec.cidr is not None:
        wanted = range_of(spec.cidr)
        if any(wanted.overlaps(other) for other in taken):
            raise Conflict(f"{wanted} overlaps with another network", hint="choose another range", resource=spec.name)
        return wanted
    for third in range(1, 255):
        candidate = IPv4Network(f"10.66.{third}.0/24")
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise Capacity("no range of addresses is free", hint="name one with --cidr", resource=spec.name)


def _network(row: tuple[int | None, str, str, str, int]) -> Network:
    number, name, reach, cidr, ours = row
    return Network(f"net{number}", name, reach=Reach(reach), cidr=cidr, foreign=not ours)
