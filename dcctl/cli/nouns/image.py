"""``dcctl image``: what instances start from."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.lists import list_options, raise_failures, session_of
from dcctl.errors import DcctlError, NotFound
from dcctl.model import Image
from dcctl.render.nouns.image import IMAGE
from dcctl.words import plural, visible


def list_images(
    context: typer.Context,
    realm: opt.RealmOption = None,
    output: opt.Output = None,
    columns: opt.Columns = [],  # noqa: B006  Typer copies defaults
    sort: opt.Sort = [],  # noqa: B006
    filters: opt.Filters = [],  # noqa: B006
    no_header: opt.NoHeader = False,
    quiet: opt.Quiet = False,
) -> None:
    """List images."""
    session = session_of(context)
    shown = session.output(IMAGE, list_options(session, output, columns, sort, filters, no_header, quiet))
    found = session.cloud.images(realm=realm)
    shown.list(found.items)
    raise_failures(found.failures, "images")


def show(context: typer.Context, name: opt.Name, output: opt.Output = None) -> None:
    """Show everything about one image."""
    session = session_of(context)
    shown = session.output(IMAGE, session.options(output))
    shown.one(session.cloud.image(name))


def import_image(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A qcow2 or raw disk image.", metavar="FILE")],
    name: Annotated[
        str | None, typer.Option("--name", help="Call it so; else by the file's name.", metavar="NAME")
    ] = None,
    realm: opt.RealmOption = None,
    architecture: Annotated[
        str | None, typer.Option("--architecture", help="What it runs on, as in x86_64.", metavar="WORD")
    ] = None,
    digest: Annotated[
        str | None, typer.Option("--digest", help="Refuse the file if it is not this: sha256:HEX.", metavar="DIGEST")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", help="The account that people log in to.", metavar="NAME")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", help="A sentence about it.", metavar="TEXT")
    ] = None,
    output: opt.Output = None,
    quiet: opt.Quiet = False,
) -> None:
    """Check a disk image, copy it to a realm, and publish it for instances to start from.

    dcctl image import debian-12.qcow2 --user debian
    """
    from dcctl.cli.importing import image_spec  # noqa: PLC0415  no other command needs it
    from dcctl.cli.progress import TransferProgress  # noqa: PLC0415  likewise

    session = session_of(context)
    shown = session.output(IMAGE, session.options(output, quiet=quiet))
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
    session.begin_work()
    with TransferProgress(session, spec.name) as progress:
        image = session.cloud.import_image(spec, progress.job())
    shown.list([image])


def destroy(
    context: typer.Context,
    names: opt.Names,
    yes: opt.Yes = False,
    ignore_missing: opt.IgnoreMissing = False,
    dry_run: opt.DryRun = False,
    output: opt.Output = None,
    quiet: opt.Quiet = False,
) -> None:
    """Remove images for good. Refused while an instance needs one."""
    from dcctl.cli.actions import conclude  # noqa: PLC0415  no other command here needs it
    from dcctl.cli.words_given import names_given  # noqa: PLC0415  likewise

    session = session_of(context)
    shown = session.output(IMAGE, session.options(output, quiet=quiet))
    wanted = names_given(names, session.environment)
    images: list[Image] = []
    failures: list[DcctlError] = []
    for name in wanted:
        try:
            images.append(session.cloud.image(name))
        except NotFound as error:
            if not ignore_missing:
                failures.append(error)
        except DcctlError as error:
            failures.append(error)
    if images and not dry_run:
        listed = ", ".join(visible(image.name) for image in images)
        session.confirm(f"Destroy {plural(len(images), 'image')} for good ({listed})?", yes=yes)
        session.begin_work()
        outcomes = session.cloud.at_once(images, session.cloud.destroy_image)
        failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
        images = [image for image, outcome in outcomes if not isinstance(outcome, DcctlError)]
    shown.list(images)
    conclude(failures, wanted, "destroyed", "image")


VERBS = {"list": list_images, "show": show, "import": import_image, "destroy": destroy}
