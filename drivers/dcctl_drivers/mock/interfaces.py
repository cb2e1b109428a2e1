"""Chosen MAC and IP addresses in the mock cloud: one column, with ``mac/address`` for each network of the instance, separated by blanks."""

from __future__ import annotations

from ipaddress import IPv4Network

from dcctl.errors import Conflict, NotFound, NotSupported, raise_all
from dcctl.nouns.interfaces import Interface
from dcctl.nouns.networks import KeptAddress
from dcctl_drivers.mock import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from sqlite3 import Connection

    from dcctl.errors import DcctlError
    from dcctl.model import InstanceSpec


def problems(connection: Connection, interfaces: Sequence[Interface]) -> Iterator[DcctlError]:
    """What cannot be had: addresses that an instance has, and those of the networks' routers, the first of each."""
    taken = {
        word: name
        for name, networks, stored in connection.execute("SELECT name, networks, interfaces FROM instances")
        for each in loaded(stored, records.words(networks))
        for word in each.words
    }
    for interface in interfaces:
        for word in interface.words:
            if word in taken:
                yield Conflict(f"{word} is kept for {taken[word]}", hint="choose another", resource=word)
        if interface.address is not None:
            yield from _place(connection, interface.network, interface.address)


def kept(connection: Connection, network: str) -> Iterator[KeptAddress]:
    """The addresses of a network that instances have chosen."""
    for name, networks, stored in connection.execute(
        "SELECT name, networks, interfaces FROM instances ORDER BY number"
    ):
        for each in loaded(stored, records.words(networks)):
            if each.network == network and each.address is not None:
                yield KeptAddress(each.address, each.mac, name)


def _place(connection: Connection, network: str, address: str) -> Iterator[DcctlError]:
    row = connection.execute("SELECT cidr FROM networks WHERE name = ?", (network,)).fetchone()
    if row is None:
        yield NotFound(f"there is no network {network}", hint="dcctl network list", resource=network)
    elif row[0] is None:
        yield NotSupported(f"the network {network} gives no addresses", hint="choose another network")
    elif str(IPv4Network(row[0])[1]) == address:
        yield Conflict(f"{address} is the router of the network {network}", hint="choose another", resource=address)


def stored(connection: Connection, spec: InstanceSpec) -> str:
    """What is wanted, as one column. Raises what is wrong with it."""
    raise_all(list(problems(connection, spec.interfaces)))
    return " ".join(f"{each.mac or ''}/{each.address or ''}" for each in spec.interfaces)


def loaded(text: str, networks: Sequence[str]) -> tuple[Interface, ...]:
    """The same, from the column."""
    pairs = [word.split("/") for word in text.split()]
    return tuple(
        Interface(network, mac or None, address or None)
        for network, (mac, address) in zip(networks, pairs, strict=False)
    )
