"""``dcctl image``: what instances start from."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import raise_unanswered, session_of
from dcctl.render.nouns.image import IMAGE


def list_images(
    context: typer.Context,
    realm: opt.RealmOption = None,
    *,
    shown: Shown,
) -> None:
    """List images."""
    session = session_of(context)
    output = session.output(IMAGE, shown)
    found = session.cloud.images(realm=realm)
    output.list(found.items)
    raise_unanswered(found.failures, "images")


def show(context: typer.Context, name: opt.Name, *, shown: Shown) -> None:
    """Show everything about one image."""
    session = session_of(context)
    session.output(IMAGE, shown).one(session.cloud.image(name))


def import_image(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="A qcow2 or raw disk image, or the name of one in the catalogue.", metavar="FILE")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="Call it so; else by the file's name.", metavar="NAME")
    ] = None,
    realm: opt.RealmOption = None,
    architecture: Annotated[
        str | None, typer.Option("--architecture", help="What it runs on, as in x86_64.", metavar="WORD")
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option("--digest", "--sha256", help="Refuse the file if its SHA-256 is not this.", metavar="HEX"),
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", help="The account that people log in to.", metavar="NAME")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", help="A sentence about it.", metavar="TEXT")
    ] = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Check a disk image, copy it to a realm, and publish it for instances to start from.

    \b
    dcctl image import debian-12.qcow2 --user debian
    """
    from dcctl.cli.images import image_spec, import_file  # noqa: PLC0415  lists need none of it

    session = session_of(context)
    spec = image_spec(
        session,
        file,
        name=name,
        realm=realm,
        architecture=architecture,
        digest=digest,
        user=user,
        description=description,
    )
    import_file(session, spec, shown, dry_run=dry_run)


def destroy(
    context: typer.Context,
    names: opt.Names,
    yes: opt.Yes = False,
    ignore_missing: opt.IgnoreMissing = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Remove images for good. Refused while an instance needs one."""
    from dcctl.cli.images import destroy_images  # noqa: PLC0415  lists need none of it

    destroy_images(session_of(context), names, shown, yes=yes, ignore_missing=ignore_missing, dry_run=dry_run)


VERBS = {
    "list": Verb(list_images, ROWS),
    "show": Verb(show, ONE),
    "import": Verb(import_image, RESULT),
    "destroy": Verb(destroy, RESULT),
}
