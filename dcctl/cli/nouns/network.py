"""``dcctl network``: networks that instances are attached to."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.collected import destroy_verb, list_verb, show_verb
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text
from dcctl.render.nouns.network import NETWORK


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it.", metavar="NEW_NAME", callback=must_be_text)],
    cidr: Annotated[
        str | None,
        typer.Option("--cidr", help="Its addresses, as 192.168.150.0/24; else a free range.", metavar="RANGE"),
    ] = None,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Its instances reach each other and the host, and nothing else.")
    ] = False,
    realm: opt.RealmOption = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Make a network with addresses of its own, and a way out unless it is isolated.

    \b
    dcctl network create lab --isolated
    dcctl instance create --image debian-12 --hwp small --network default --network lab
    """
    from dcctl.cli.networks import create_network  # noqa: PLC0415  lists need none of it

    create_network(session_of(context), name, cidr, realm, shown, isolated=isolated, dry_run=dry_run)


VERBS = {
    "list": list_verb(
        NETWORK, lambda session: session.cloud.networks, "List networks, also those that dcctl did not make."
    ),
    "show": show_verb(
        NETWORK,
        lambda session, name: session.cloud.networks.detailed(name),
        "Show one network, and the addresses that it has lent.",
    ),
    "create": Verb(create, RESULT),
    "destroy": destroy_verb(
        NETWORK,
        lambda session: session.cloud.networks,
        lambda session, network: session.cloud.networks.destroy(network),
        "Remove networks that dcctl made. Refused while an instance is attached to one.",
    ),
}
