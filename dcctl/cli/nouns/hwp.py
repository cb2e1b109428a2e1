"""``dcctl hwp``: hardware profiles, from the catalogue."""

from __future__ import annotations

import typer

from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, session_of
from dcctl.render.nouns.hwp import HWP


def list_profiles(
    context: typer.Context,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    sort: opt.Sort = [],  # noqa: B006
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """List hardware profiles: what each property may be, and its default.

    dcctl hwp list -f memory=4GiB -f architecture=x86_64
    """
    session = session_of(context)
    shown = session.output(HWP, list_options(session, output, columns, sort, filters, no_header, quiet))
    shown.list(session.catalogue.profiles.values())


def show(context: typer.Context, name: opt.Name, output: opt.Output = None) -> None:
    """Show one hardware profile."""
    session = session_of(context)
    session.output(HWP, session.options(output)).one(session.catalogue.profile(name))


VERBS = {"list": list_profiles, "show": show}
