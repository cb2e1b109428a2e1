"""``dcctl image``: what instances start from."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE, RESULT, ROWS, Shown, Verb
from dcctl.cli.session import raise_unanswered, session_of
from dcctl.cli.words_given import must_be_path, must_be_path_if_given, must_be_text
from dcctl.render.nouns.image import IMAGE


def list_images(
    context: typer.Context,
    realm: opt.RealmOption = None,
    *,
    shown: Shown,
) -> None:
    """List images, those that the catalogue knows and nobody has imported yet included.

    \b
    dcctl image list -f state=available
    """
    from dcctl.cli.known_images import images_known  # noqa: PLC0415  what destroys needs none of it

    session = session_of(context)
    output = session.output(IMAGE, shown)
    found = images_known(session, *output.fields, realm=realm)
    output.list(found.items)
    raise_unanswered(found.failures, "images")


def show(context: typer.Context, name: opt.Name, *, shown: Shown) -> None:
    """Show everything about one image."""
    session = session_of(context)
    from dcctl.cli.known_images import image_known  # noqa: PLC0415  see list

    session.output(IMAGE, shown).one(image_known(session, name))


def import_one(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            help="A disk image, a URL of one, the name of one in the catalogue, or - for standard input.",
            metavar="SOURCE",
            callback=must_be_path,
        ),
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
        typer.Option(
            "--digest",
            "--sha256",
            "--sha512",
            help="Refuse the file if this is not its digest: sha256:HEX or sha512:HEX.",
            metavar="DIGEST",
        ),
    ] = None,
    digest_from: Annotated[
        str | None,
        typer.Option(
            "--digest-from",
            help="Take its digest from this checksum file: a path or an https URL.",
            metavar="FILE",
            callback=must_be_path_if_given,
        ),
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
    dcctl image import https://cloud.example/debian-12.qcow2 --digest-from https://cloud.example/SHA512SUMS
    """
    from dcctl.cli.importing import WantedImage, import_image  # noqa: PLC0415  lists need none of it

    wanted = WantedImage(source, name, realm, architecture, digest, digest_from, user, description)
    import_image(session_of(context), wanted, shown, dry_run=dry_run)


def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call the image.", metavar="NAME", callback=must_be_text)],
    instance: Annotated[
        str,
        typer.Option(
            "--from",
            help="The instance, which must be stopped, but for --live.",
            metavar="INSTANCE",
            callback=must_be_text,
        ),
    ],
    user: Annotated[
        str | None,
        typer.Option("--user", help="The account that people log in to; else the instance's.", metavar="NAME"),
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", help="A sentence about it.", metavar="TEXT")
    ] = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Of one that runs: its disk as after a power failure, or whole if its agent holds it still."
        ),
    ] = False,
    reset: Annotated[
        bool,
        typer.Option(
            "--reset",
            help="Without machine-id, ssh host keys and what cloud-init remembers: by guestfish on this machine.",
        ),
    ] = False,
    compress: Annotated[
        bool, typer.Option("--compress", help="Compressed, by qemu-img on this machine: smaller to keep and to copy.")
    ] = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Make an image of an instance's root disk, whole in itself.

    \b
    dcctl image create golden --from web --reset --compress
    """
    from dcctl.cli.images import create_image  # noqa: PLC0415  lists need none of it

    session = session_of(context)
    create_image(
        session,
        name,
        instance,
        shown,
        user=user,
        description=description,
        live=live,
        reset=reset,
        compress=compress,
        dry_run=dry_run,
    )


def copy(
    context: typer.Context,
    name: opt.Name,
    to_realm: Annotated[
        str, typer.Option("--to-realm", help="Into this realm.", metavar="REALM", callback=must_be_text)
    ],
    called: Annotated[
        str | None, typer.Option("--name", help="Call the copy so; else as the image.", metavar="NAME")
    ] = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Copy an image into another realm, also of another host.

    \b
    dcctl image copy lab/debian-12 --to-realm prod
    """
    from dcctl.cli.images import copy_image  # noqa: PLC0415  lists need none of it

    copy_image(session_of(context), name, to_realm, called, shown, dry_run=dry_run)


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


def prune(
    context: typer.Context,
    realm: opt.RealmOption = None,
    older_than: Annotated[
        str, typer.Option("--older-than", help="Only what is older than this, as in 12h or 30d.", metavar="AGE")
    ] = "30d",
    yes: opt.Yes = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Remove images that no instance needs, and what interrupted imports left.

    \b
    dcctl image prune --older-than 90d --dry-run
    """
    from dcctl.cli.images import prune_images  # noqa: PLC0415  lists need none of it

    prune_images(session_of(context), realm, older_than, shown, yes=yes, dry_run=dry_run)


VERBS = {
    "list": Verb(list_images, ROWS),
    "show": Verb(show, ONE),
    "import": Verb(import_one, RESULT),
    "create": Verb(create, RESULT),
    "copy": Verb(copy, RESULT),
    "destroy": Verb(destroy, RESULT),
    "prune": Verb(prune, RESULT),
}
