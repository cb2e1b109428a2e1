"""``dcctl network create``: from what was typed to the network that exists."""

from __future__ import annotations

from uuid import uuid4

from dcctl.cli.progress import Progress
from dcctl.nouns.networks import Network, NetworkSpec, Reach, range_of
from dcctl.render.nouns.network import NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session


def create_network(
    session: Session, name: str, cidr: str | None, realm: str | None, shown: Shown, *, isolated: bool, dry_run: bool
) -> None:
    """Make it and show it; in a dry run, the network that there would be."""
    output = session.output(NETWORK, shown)
    place = session.place(realm)
    spec = NetworkSpec(str(uuid4()), name, place, Reach.ISOLATED if isolated else Reach.NAT, cidr)
    networks = session.cloud.networks
    networks.check(spec)
    if dry_run:
        networks.check_free(name, place)
        networks.check_range(spec)
        found = None if cidr is None else str(range_of(cidr))
        network = Network("", name, place.id, active=False, reach=spec.reach, cidr=found)
    else:
        session.begin_work()
        with Progress(session, f"create {name}") as progress:
            network = networks.create(spec, progress.job(name))
    output.list([network])
