"""``dcctl instance adopt``: taking on what something else than dcctl made."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.changing import change_each
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text_if_given
from dcctl.model import Field
from dcctl.nouns.adoption import AdoptSpec


def adopt(
    context: typer.Context,
    names: opt.Names,
    hwp: Annotated[
        str | None,
        typer.Option(
            "--hwp",
            help="The hardware profile that it has; its sizes must be what the profile allows.",
            metavar="PROFILE",
            show_default=False,
            callback=must_be_text_if_given,
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            "--image",
            help="The image that it was made from.",
            metavar="IMAGE",
            show_default=False,
            callback=must_be_text_if_given,
        ),
    ] = None,
    with_disks: Annotated[
        bool,
        typer.Option("--with-disks", help="Adopt its disks, too: destroy --with-disks may then remove them."),
    ] = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Take on instances that something else made: from then on they are as those that were created here. They go on as they are.

    Their disks stay, also when the instances are destroyed, unless they were adopted and destroy is told --with-disks.

    \b
    dcctl instance list -f foreign=true -q | dcctl instance adopt - --dry-run
    dcctl instance adopt old --hwp small
    """
    session = session_of(context)
    changing = session.cloud.changing
    profile = None if hwp is None else session.cloud.catalogue.profile(hwp)
    found = None if image is None else session.cloud.image(image)
    wanted = AdoptSpec(found, profile, with_disks=with_disks)
    change_each(
        session,
        names,
        "adopt",
        "adopted",
        lambda instance: changing.adopted(instance, wanted),
        lambda instance, job: changing.adopt(instance, wanted, job),
        shown,
        dry_run=dry_run,
        needs=frozenset((Field.HARDWARE,)),
    )


VERBS = {
    "adopt": Verb(adopt, RESULT),
}
