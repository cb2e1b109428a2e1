"""Networks: what the library does with them."""

from __future__ import annotations

from dcctl.abilities import Networks, UserName
from dcctl.collected import Collected
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound, Usage, raise_all
from dcctl.model import Action, Field
from dcctl.naming import name_problem
from dcctl.nouns.networks import Network, NetworkSpec, Reach, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcctl.job import Job
    from dcctl.model import Query, Realm

NAMES = UserName(max_length=50)
"""Networks are called like instances: the name becomes part of file names at the provider."""

MADE = (Reach.NAT, Reach.ISOLATED)
"""What can be made: the others need the host's own network to be set up for them."""


class NetworkCollection(Collected[Network, Networks]):
    """``Cloud.networks``."""

    noun = "network"
    ability = Networks

    def _ask(self, driver: Networks, query: Query) -> Iterable[Network]:
        return driver.networks(query)

    def detailed(self, name: str) -> Network:
        """One network with the addresses that it has lent. Raises as ``one`` does."""
        return self.one(name, Field.ADDRESSES)

    def near(self, names: Sequence[str], realm: Realm) -> list[Network | DcctlError]:
        """Each network as instances of the realm can use it, or why there is none."""
        found = self.called([name if "/" in name else f"{realm.id}/{name}" for name in names])
        return [_usable(network, realm) for _, network in found]

    def check(self, spec: NetworkSpec) -> None:
        """Raise everything that is wrong with a request to create, before anything is done."""
        self._of_realm(spec.realm)
        problems: list[DcctlError] = []
        if (problem := name_problem(spec.name, NAMES)) is not None:
            problems.append(problem)
        if spec.reach not in MADE:
            problems.append(Usage(f"a network that is {spec.reach} cannot be made", hint=f"one of: {', '.join(MADE)}"))
        if spec.cidr is not None:
            try:
                range_of(spec.cidr)
            except Usage as error:
                problems.append(error)
        raise_all(problems)

    def check_range(self, spec: NetworkSpec) -> None:
        """Raise ``Conflict`` if the asked range overlaps with that of a network there: for plans, since the provider tells who makes it."""
        if spec.cidr is None:
            return
        from ipaddress import IPv4Network  # noqa: PLC0415  5 ms that only making networks need pay

        wanted = range_of(spec.cidr)
        for network in self.all(spec.realm.id).items:
            if network.cidr is not None and wanted.overlaps(IPv4Network(network.cidr, strict=False)):
                raise Conflict(
                    f"{wanted} overlaps with {network.cidr} of the network {network.name}",
                    hint="choose another range, or leave out --cidr",
                    resource=spec.name,
                    realm=spec.realm.id,
                )

    def create(self, spec: NetworkSpec, job: Job | None = None) -> Network:
        """Make a network and have it active. Raises ``Conflict`` if the name or the range is taken."""
        self.check(spec)
        return self._work(
            self._of_realm(spec.realm), spec.name, lambda driver, job: driver.create_network(spec, job), job
        )

    def destroy(self, network: Network, job: Job | None = None) -> None:
        """Remove a network. Raises ``NotAllowed`` for one that dcctl did not make, or that an instance is attached to."""
        self.check_destroy(network)
        self._work(self._of(network), network.name, lambda driver, job: driver.destroy_network(network, job), job)

    def check_destroy(self, thing: Network) -> None:
        if thing.foreign:
            raise NotAllowed(
                f"the network {thing.name} was not made by dcctl",
                hint="remove it with what made it",
                resource=thing.name,
                realm=thing.realm,
            )


def _usable(network: Network | DcctlError, realm: Realm) -> Network | DcctlError:
    if isinstance(network, NotFound):
        network.hint = network.hint or "see: dcctl network list"
        return network
    if isinstance(network, DcctlError):
        return network
    if network.realm not in (None, realm.id):
        return Usage(
            f"the network {network.name} is in the realm {network.realm}, not in {realm.id}",
            hint=f"see: dcctl network list --realm {realm.id}",
            resource=network.name,
        )
    if not network.active:
        return NotAllowed(
            f"the network {network.name} is not active, so that {Action.CREATE} would fail",
            hint="start it with what made it; libvirt: virsh net-start",
            resource=network.name,
            realm=realm.id,
        )
    return network
