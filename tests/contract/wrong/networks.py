"""A driver that has networks as it should, and some that do not; the table at the end says which sentence each breaks."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from time import sleep
from typing import TYPE_CHECKING, ClassVar

from contract.memory import MemoryDriver
from dcctl.abilities import AttachNetworks, Networks
from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.nouns.networks import Network, NetworkSpec, Reach

if TYPE_CHECKING:
    from dcctl.abilities import Ability
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, InstanceSpec, Query

HAVE: dict[int, dict[str, Network]] = {}
"""The networks of each memory cloud, by name."""

GIVEN = Network("n-given", "given", reach=Reach.BRIDGED, foreign=True)


class HasNetworks(MemoryDriver, Networks):
    """Keeps every sentence."""

    abilities: ClassVar[tuple[Ability, ...]] = (*MemoryDriver.abilities, AttachNetworks(max_count=4))

    @property
    def have(self) -> dict[str, Network]:
        return HAVE.setdefault(id(self.cloud), {GIVEN.name: GIVEN})

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        attached = tuple(network.name for network in spec.networks)
        return replace(super().make(spec, identifier), networks=attached)

    def networks(self, query: Query) -> list[Network]:
        with self.cloud.lock:
            return [network for network in self.have.values() if query.wants(network.id, network.name)]

    def create_network(self, spec: NetworkSpec, job: Job) -> Network:
        with self.cloud.lock:
            if spec.name in self.have:
                raise Conflict(f"{spec.name} is taken")
            return self.add(spec)

    def add(self, spec: NetworkSpec) -> Network:
        network = Network(f"n-{spec.token}", spec.name, reach=spec.reach, cidr=self.cidr(spec))
        self.have[spec.name] = network
        return network

    def cidr(self, spec: NetworkSpec) -> str:
        taken = [IPv4Network(network.cidr) for network in self.have.values() if network.cidr is not None]
        if spec.cidr is not None and any(IPv4Network(spec.cidr).overlaps(other) for other in taken):
            raise Conflict(f"{spec.cidr} is in use")
        return spec.cidr or f"10.1.{len(self.have)}.0/24"

    def destroy_network(self, network: Network, job: Job) -> None:
        with self.cloud.lock:
            if network.name not in self.have:
                raise NotFound(f"no network {network.name}")
            self.check_ours(network)
            self.check_detached(network)
            del self.have[network.name]

    def check_ours(self, network: Network) -> None:
        if self.have[network.name].foreign:
            raise NotAllowed(f"{network.name} is not ours")

    def check_detached(self, network: Network) -> None:
        users = [r.instance.name for r in self.cloud.records.values() if network.name in r.instance.networks]
        if users:
            raise NotAllowed(f"{network.name} is in use by {', '.join(users)}")


class LooksThenMakes(HasNetworks):
    """Finds the name free, and makes the network a moment later."""

    def create_network(self, spec: NetworkSpec, job: Job) -> Network:
        if spec.name in self.have:
            raise Conflict(f"{spec.name} is taken")
        sleep(0.1)
        return self.add(spec)


class MakesThenLooks(HasNetworks):
    """Writes the network down before it finds that its range is in use."""

    def add(self, spec: NetworkSpec) -> Network:
        self.have[spec.name] = Network(f"n-{spec.token}", spec.name, reach=spec.reach)
        return super().add(spec)


class SharesRanges(HasNetworks):
    """Does not look whether a range is in use."""

    def cidr(self, spec: NetworkSpec) -> str:
        return spec.cidr or "10.1.0.0/24"


class LetsEverybodyOut(HasNetworks):
    """Knows one kind of network."""

    def add(self, spec: NetworkSpec) -> Network:
        return super().add(replace(spec, reach=Reach.NAT))


class ListsAllNetworks(HasNetworks):
    """Lets the core do the sifting."""

    def networks(self, query: Query) -> list[Network]:
        return list(self.have.values())


class RemovesEverybodysNetworks(HasNetworks):
    """Does what it is told."""

    def check_ours(self, network: Network) -> None:
        """All are the same to it."""


class CutsInstancesOff(HasNetworks):
    """Removes a network under its instances."""

    def check_detached(self, network: Network) -> None:
        """It will be all right."""


class SortsNetworks(HasNetworks):
    """Attaches an instance in an order of its own."""

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        made = super().make(spec, identifier)
        return replace(made, networks=tuple(sorted(made.networks)))


class KeepsDestroyedNetworks(HasNetworks):
    """Says that it is done."""

    def destroy_network(self, network: Network, job: Job) -> None:
        if network.name not in self.have:
            raise NotFound(f"no network {network.name}")
        self.check_ours(network)
        self.check_detached(network)


WRONG: dict[type[Driver], int] = {
    LooksThenMakes: 12,
    MakesThenLooks: 15,
    SharesRanges: 15,
    LetsEverybodyOut: 8,
    ListsAllNetworks: 10,
    RemovesEverybodysNetworks: 17,
    CutsInstancesOff: 17,
    SortsNetworks: 8,
    KeepsDestroyedNetworks: 11,
}
