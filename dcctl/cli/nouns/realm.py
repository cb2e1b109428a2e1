"""``dcctl realm``: where instances are placed."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import Session, session_of
from dcctl.model import Realm
from dcctl.render.nouns.realm import REALM, RealmRow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.nouns.realm_facts import RealmFacts


def list_realms(context: typer.Context, *, shown: Shown) -> None:
    """List the realms that the selected driver offers, in the order in which they are tried."""
    session = session_of(context)
    session.output(REALM, shown).list(_row(session, realm) for realm in session.cloud.realms)


def show(context: typer.Context, name: opt.RealmName, *, shown: Shown) -> None:
    """Show one realm: its endpoint, its limits, what the driver is told, and how it is doing, as far as the driver tells."""
    session = session_of(context)
    output = session.output(REALM, shown)
    realm = session.cloud.realm(name)
    output.one(_row(session, realm, session.cloud.realm_facts(realm.id)))


def init(context: typer.Context, name: opt.RealmName, dry_run: opt.DryRun = False, *, shown: Shown) -> None:
    """Make what a realm lacks before it can have instances: with libvirt its storage pool and its network.

    Shows the steps that were taken. What is there stays as it is; nothing else ever makes these things.

    \b
    dcctl realm init dev --dry-run
    """
    from dcctl.cli.progress import Progress  # noqa: PLC0415  the other verbs change nothing
    from dcctl.render.nouns.realm_step import REALM_STEP  # noqa: PLC0415  likewise

    session = session_of(context)
    output = session.output(REALM_STEP, shown)
    if dry_run:
        output.list(session.cloud.prepare(name, dry_run=True))
        return
    session.begin_work()
    with Progress(session, f"init {name}") as progress:
        steps = session.cloud.prepare(name, progress.job(name))
    output.list(steps)


def _row(session: Session, realm: Realm, facts: RealmFacts | None = None) -> RealmRow:
    driver = session.cloud.driver
    options = {option.name: realm.options[option] for option in driver.realm_options}
    return RealmRow(realm, driver.endpoint_of(realm), options, facts)


VERBS = {
    "list": Verb(list_realms, ROWS),
    "show": Verb(show, ONE),
    "init": Verb(init, RESULT),
}
