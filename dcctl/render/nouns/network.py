"""How networks are shown."""

from __future__ import annotations

from dcctl.render.noun import KEPT, Column, Entry, Noun, handle
from dcctl.render.values import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.nouns.networks import Lease, Network


def _lease_record(lease: Lease) -> dict[str, object]:
    return {"address": lease.address, "mac": lease.mac, "hostname": lease.hostname, "expires": when(lease.expires)}


def _record(network: Network) -> dict[str, object]:
    return {
        "id": network.id,
        "name": network.name,
        "realm": network.realm,
        "active": network.active,
        "reach": network.reach,
        "cidr": network.cidr,
        "foreign": network.foreign,
        "leases": [_lease_record(lease) for lease in network.leases],
        "kept": [{"address": each.address, "mac": each.mac, "instance": each.instance} for each in network.kept],
    }


def _active(network: Network) -> str:
    return "yes" if network.active else "no"


def _maker(network: Network) -> str:
    return "no" if network.foreign else "yes"


def _card(network: Network) -> Iterator[Entry]:
    yield Entry("id", [network.id])
    yield Entry("name", [network.name], "bold")
    yield Entry("realm", [network.realm or "-"])
    yield Entry("active", [_active(network)])
    yield Entry("reach", [network.reach])
    yield Entry("range", [network.cidr or "-"])
    yield Entry("ours", [_maker(network)])
    leases = [f"{lease.address}  {lease.mac}  {lease.hostname or '-'}" for lease in network.leases]
    yield Entry("leases", leases or ["none"])
    kept = [f"{each.address}  {each.mac or '-'}  {each.instance or '-'}" for each in network.kept]
    yield Entry("kept addresses", kept or ["none"])


NETWORK: Noun[Network] = Noun(
    "network",
    columns=(
        Column("name", "NAME", lambda network: network.name, worth=KEPT),
        Column("realm", "REALM", lambda network: network.realm, worth=5),
        Column("active", "ACTIVE", lambda network: network.active, text=_active, worth=6),
        Column("reach", "REACH", lambda network: network.reach, worth=4),
        Column("cidr", "RANGE", lambda network: network.cidr, worth=4),
        Column("ours", "OURS", lambda network: not network.foreign, text=_maker, worth=2),
        Column("id", "ID", lambda network: network.id, wide=True, worth=KEPT),
    ),
    record=_record,
    identity=lambda network: handle(network.name, network.id),
    identifier=lambda network: network.id,
    realm=lambda network: network.realm,
    card=_card,
)
