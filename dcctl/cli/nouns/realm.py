"""``dcctl realm``: where instances are placed."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, session_of
from dcctl.cli.session import Session
from dcctl.model import Realm
from dcctl.render.nouns.realm import REALM, RealmRow


def list_realms(
    context: typer.Context,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    sort: opt.Sort = [],  # noqa: B006
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """List the realms that the selected driver offers, in the order in which they are tried."""
    session = session_of(context)
    shown = session.output(REALM, list_options(session, output, columns, sort, filters, no_header, quiet))
    shown.list(_row(session, realm) for realm in session.cloud.realms)


def show(context: typer.Context, name: opt.Name, output: opt.Output = None) -> None:
    """Show one realm: its endpoint, its limits, and what the driver is told about it."""
    session = session_of(context)
    session.output(REALM, session.options(output)).one(_row(session, session.cloud.realm(name)))


def _row(session: Session, realm: Realm) -> RealmRow:
    driver = session.cloud.driver
    # A secret's own text form is redacted.
    options = {option.name: str(realm.options[option]) for option in driver.realm_options}
    return RealmRow(realm, driver.endpoint_of(realm), options)


VERBS = {"list": list_realms, "show": show}
