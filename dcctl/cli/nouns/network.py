"""``dcctl network``: networks that instances are attached to."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import raise_unanswered, session_of
from dcctl.cli.words_given import must_be_text
from dcctl.render.nouns.network import NETWORK


def list_networks(context: typer.Context, realm: opt.RealmOption = None, *, shown: Shown) -> None:
    """List networks, also those that dcctl did not make."""
    session = session_of(context)
    output = session.output(NETWORK, shown)
    found = session.cloud.networks.all(realm)
    output.list(found.items)
    raise_unanswered(found.failures, "networks")


def show(context: typer.Context, name: opt.Name, *, shown: Shown) -> None:
    """Show one network, and the addresses that it has lent."""
    session = session_of(context)
    session.output(NETWORK, shown).one(session.cloud.networks.detailed(name))


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


def destroy(
    context: typer.Context,
    names: opt.Names,
    yes: opt.Yes = False,
    ignore_missing: opt.IgnoreMissing = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Remove networks that dcctl made. Refused while an instance is attached to one."""
    from dcctl.cli.destroying import destroy_collected  # noqa: PLC0415  lists need none of it

    session = session_of(context)
    networks = session.cloud.networks
    destroy_collected(
        session,
        networks,
        networks.destroy,
        NETWORK,
        names,
        shown,
        yes=yes,
        ignore_missing=ignore_missing,
        dry_run=dry_run,
    )


VERBS = {
    "list": Verb(list_networks, ROWS),
    "show": Verb(show, ONE),
    "create": Verb(create, RESULT),
    "destroy": Verb(destroy, RESULT),
}
