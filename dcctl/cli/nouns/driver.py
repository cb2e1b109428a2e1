"""``dcctl driver``: which drivers there are, what one declares, and whether it keeps its word."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl import registry
from dcctl.cli import checking
from dcctl.cli import options as opt
from dcctl.cli.options import ONE, ROWS, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.render.nouns.driver import DRIVER, SOURCE, DriverRow
from dcctl.words import visible


def list_drivers(context: typer.Context, *, shown: Shown) -> None:
    """List the drivers that can be had by name. None is imported."""
    session = session_of(context)
    session.output(SOURCE, shown).list(registry.sources())


def show(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="A name, module:Class or exec:FILE; the selected driver if none is given.", metavar="NAME"),
    ] = None,
    *,
    shown: Shown,
) -> None:
    """Show what a driver declares: actions, what create takes, settings, options of its realms."""
    from dcctl.abilities import OPTIONAL  # noqa: PLC0415  the list imports no driver's words

    session = session_of(context)
    driver = session.driver if name is None else registry.load(name)
    optional = [ability.__name__ for ability in OPTIONAL if issubclass(driver, ability)]
    row = DriverRow(driver, f"{driver.__module__}:{driver.__qualname__}", optional)
    session.output(DRIVER, shown).one(row)


def check(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="A name, module:Class or exec:FILE; the selected driver if none is given.", metavar="NAME"),
    ] = None,
    realm: opt.RealmOption = None,
    image: Annotated[
        str | None,
        typer.Option(help="Instances start from it; else the first available one of the realm.", metavar="IMAGE"),
    ] = None,
    hwp: Annotated[
        str | None,
        typer.Option(help="The hardware profile; else one that leaves sizes to the provider.", metavar="PROFILE"),
    ] = None,
    image_file: Annotated[
        str | None,
        typer.Option(help="A file to import, for drivers that do; else that is not tried.", metavar="FILE"),
    ] = None,
    timeout: Annotated[str, typer.Option(help="Within this time an instance must settle.", metavar="TIME")] = "30s",
    unshared: Annotated[
        bool, typer.Option("--unshared", help="Each connection sees a cloud of its own, as libvirt's test:///default.")
    ] = False,
    output: Annotated[
        checking.ReportFormat | None,
        typer.Option("--output", "-o", help="How to show it: table, json, junit.", metavar="FORMAT"),
    ] = None,
) -> None:
    """Try whether a driver keeps the contract, with the settings and a realm of the selected context.

    Instances are made and destroyed: the context must say conformance: true, dcctl-config(5), unless nothing real is made. With
    -v before the noun every check is shown. The sentences of the contract: dcctl-driver(7).

    \b
    dcctl --context lab driver check
    dcctl driver check mock --realm eu -o junit > report.xml
    """
    from dcctl.cli.words_given import seconds_given  # noqa: PLC0415  likewise

    session = session_of(context)
    session.flags["driver"] = name or session.flags.get("driver")
    seconds = seconds_given("--timeout", timeout, 30.0)
    checking.must_be_allowed(session)
    session.begin_work()
    harness = checking.selected_cloud(
        session, realm=realm, image=image, hwp=hwp, timeout=seconds, shared=not unshared, image_file=image_file
    )
    checking.try_out(session, harness, output)


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the driver is to be called, such as rack.", metavar="NAME")],
    directory: Annotated[
        str | None, typer.Argument(help="A new or empty directory; ./dcctl-NAME if none is given.", metavar="DIRECTORY")
    ] = None,
) -> None:
    """Write a package for a new driver that passes its tests at once, with a provider in memory to be replaced.

    \b
    dcctl driver new rack
    cd dcctl-rack && pip install -e '.[test]' && pytest
    """
    from dcctl import scaffold  # noqa: PLC0415  no other command writes packages

    session = session_of(context)
    wanted = scaffold.naming(name)
    target = directory or wanted.project
    for path in scaffold.write(wanted, target):
        session.screen.write(f"{visible(path)}\n")
    session.note(f"next: cd {visible(target)} && pip install -e '.[test]' && pytest; the README says how to go on")


VERBS = {
    "list": Verb(list_drivers, ROWS),
    "show": Verb(show, ONE),
    "check": Verb(check),
    "new": Verb(new),
}
