"""``dcctl volume``: disks that are kept apart from instances."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.collected import destroy_verb, list_verb, show_verb
from dcctl.cli.options import RESULT, Shown, Verb
from dcctl.cli.session import session_of
from dcctl.cli.words_given import must_be_text
from dcctl.render.nouns.volume import VOLUME

Size = Annotated[str, typer.Option("--size", help="How large it is to be, as in 20GiB.", metavar="SIZE")]


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it.", metavar="NEW_NAME", callback=must_be_text)],
    size: Size,
    realm: opt.RealmOption = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Make an empty volume. It takes up room as it is filled.

    \b
    dcctl volume create data --size 20GiB
    dcctl volume attach data web
    """
    from dcctl.cli.volumes import create_volume  # noqa: PLC0415  lists need none of it

    create_volume(session_of(context), name, size, realm, shown, dry_run=dry_run)


def attach(
    context: typer.Context,
    name: opt.Name,
    instance: Annotated[str, typer.Argument(help="The instance.", metavar="INSTANCE", callback=must_be_text)],
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Attach a volume to an instance that is running or stopped. It stays attached when the instance is started again.

    \b
    dcctl volume attach data web
    """
    from dcctl.cli.volumes import attach_volume  # noqa: PLC0415  lists need none of it

    attach_volume(session_of(context), name, instance, shown, dry_run=dry_run)


def detach(context: typer.Context, name: opt.Name, dry_run: opt.DryRun = False, *, shown: Shown) -> None:
    """Detach a volume from its instance. Unmount it first in a running guest, which must let go of it."""
    from dcctl.cli.volumes import detach_volume  # noqa: PLC0415  lists need none of it

    detach_volume(session_of(context), name, shown, dry_run=dry_run)


def resize(context: typer.Context, name: opt.Name, size: Size, dry_run: opt.DryRun = False, *, shown: Shown) -> None:
    """Let a volume grow, also while it is attached. File systems on it are the guest's to enlarge.

    \b
    dcctl volume resize data --size 40GiB
    """
    from dcctl.cli.volumes import resize_volume  # noqa: PLC0415  lists need none of it

    resize_volume(session_of(context), name, size, shown, dry_run=dry_run)


VERBS = {
    "list": list_verb(VOLUME, lambda session: session.cloud.volumes, "List volumes."),
    "show": show_verb(VOLUME, lambda session, name: session.cloud.volumes.one(name), "Show one volume."),
    "create": Verb(create, RESULT),
    "attach": Verb(attach, RESULT),
    "detach": Verb(detach, RESULT),
    "resize": Verb(resize, RESULT),
    "destroy": destroy_verb(
        VOLUME,
        lambda session: session.cloud.volumes,
        lambda session, volume: session.cloud.volumes.destroy(volume),
        "Remove volumes, and what is on them, for good. Refused while one is attached.",
    ),
}
