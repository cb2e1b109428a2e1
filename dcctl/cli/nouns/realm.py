"""``dcctl realm``: where instances are placed."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, ROWS, Shown, Verb
from dcctl.cli.session import Session, session_of
from dcctl.model import Realm
from dcctl.render.nouns.realm import REALM, RealmRow


def list_realms(context: typer.Context, *, shown: Shown) -> None:
    """List the realms that the selected driver offers, in the order in which they are tried."""
    session = session_of(context)
    session.output(REALM, shown).list(_row(session, realm) for realm in session.cloud.realms)


def show(context: typer.Context, name: opt.RealmName, *, shown: Shown) -> None:
    """Show one realm: its endpoint, its limits, and what the driver is told about it."""
    session = session_of(context)
    session.output(REALM, shown).one(_row(session, session.cloud.realm(name)))


def _row(session: Session, realm: Realm) -> RealmRow:
    driver = session.cloud.driver
    # A secret's own text form is redacted.
    options = {option.name: str(realm.options[option]) for option in driver.realm_options}
    return RealmRow(realm, driver.endpoint_of(realm), options)


VERBS = {
    "list": Verb(list_realms, ROWS),
    "show": Verb(show, ONE),
}
