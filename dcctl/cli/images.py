"""``dcctl image create``, ``copy``, ``destroy`` and ``prune``: from what was typed to images that are there, or gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dcctl.cli.progress import Progress
from dcctl.cli.session import raise_unanswered
from dcctl.cli.words_given import names_given
from dcctl.errors import DcctlError, NotFound, Usage
from dcctl.model import Field, Image, ImageState
from dcctl.render.nouns.image import IMAGE
from dcctl.render.values import bytes_text
from dcctl.words import placed_name, plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.model import Instance
    from dcctl.nouns.image_content import Rewrite

_MOST_DIGITS_OF_DAYS = 5  # a hundred thousand days before now there is still a date


def create_image(
    session: Session,
    name: str,
    instance: str,
    shown: Shown,
    *,
    user: str | None,
    description: str | None,
    live: bool,
    reset: bool,
    compress: bool,
    dry_run: bool,
) -> None:
    """Make an image of the instance's disk, and show it; in a dry run, the image that there would be."""
    output = session.output(IMAGE, shown)
    work = session.cloud.image_work
    found, spec = work.plan_capture(
        instance, name, user=user, description=description, live=live, reset=reset, compressed=compress
    )
    rewrite = _rewriting(session, found, resets=reset and work.can_be_reset(), compresses=compress)
    if dry_run:
        work.check_free(spec)
        if rewrite is not None:
            done = " and ".join(word for word, wanted in (("reset", reset), ("compressed", compress)) if wanted)
            session.note(f"the disk would come to this machine, be {done}, and go back")
        image = Image(
            "",
            spec.name,
            ImageState.PENDING,
            spec.realm.id,
            spec.architecture,
            user=spec.user,
            description=spec.description,
        )
    else:
        session.begin_work()
        with Progress(session, f"make {spec.name} of {found.name}") as progress:
            job = progress.job(spec.name)
            image = work.capture_image(found, spec, job, live=live, rewrite=rewrite)
    output.list([image])


def _rewriting(session: Session, instance: Instance, *, resets: bool, compresses: bool) -> Rewrite | None:
    """What is made of the disk here. Raises ``Failed`` if this machine lacks a program for that."""
    if not resets and not compresses:
        return None
    from dcctl.sources.rewriting import rewriting  # noqa: PLC0415  where it is asked for only

    shown = f"the disk of {visible(instance.name)}"
    return rewriting(shown, session.environment.environ, resets=resets, compresses=compresses)


def copy_image(session: Session, name: str, realm: str, called: str | None, shown: Shown, *, dry_run: bool) -> None:
    """Copy the image into another realm, and show the copy; in a dry run, the copy that there would be."""
    output = session.output(IMAGE, shown)
    image = session.cloud.image(name, Field.NOTES)
    spec = session.cloud.image_work.plan_copy(image, session.cloud.realm(realm), name=called)
    if dry_run:
        session.cloud.image_work.check_free(spec)
        copy = replace(image, id="", name=spec.name, realm=spec.realm.id, state=ImageState.PENDING, created=None)
    else:
        session.begin_work()
        with Progress(session, f"copy {spec.name} to {spec.realm.id}") as progress:
            copy = session.cloud.image_work.copy_image(image, spec, progress.job(spec.name))
    output.list([copy])


def destroy_images(
    session: Session, names: Sequence[str], shown: Shown, *, yes: bool, ignore_missing: bool, dry_run: bool
) -> None:
    """Remove the images, and show those that are gone; in a dry run, those that would be."""
    output = session.output(IMAGE, shown)
    if not dry_run:
        session.require_consent(names, yes=yes)
    wanted = names_given(names, session)
    found = session.cloud.at_once(wanted, session.cloud.image)
    images = [image for _, image in found if isinstance(image, Image)]
    failures = [error for _, error in found if isinstance(error, DcctlError)]
    if images:
        images, more = _would_be_destroyed(session, images) if dry_run else _destroyed(session, images, yes=yes)
        failures += more
    if ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if images or not failures:
        output.list(images)
    session.conclude(failures, len(wanted), "image", "destroyed")


def prune_images(
    session: Session, realm: str | None, older_than: str, shown: Shown, *, yes: bool, dry_run: bool
) -> None:
    """Remove the images that nobody needs, after saying which, and show those that are gone; in a dry run, those that would be."""
    output = session.output(IMAGE, shown)
    before = datetime.fromtimestamp(session.environment.now() - _age(older_than), UTC)
    if not dry_run:
        session.require_consent((), yes=yes)
    found = session.cloud.image_work.unused_images(before, *output.fields, realm=realm)
    images = list(found.items)
    failures: list[DcctlError] = []
    if images and not dry_run:
        for image in images:
            session.note(f"nobody needs {_described(image)}")
        images, failures = _destroyed(session, images, yes=yes)
    output.list(images)
    session.conclude(failures, len(found.items), "image", "destroyed")
    raise_unanswered(found.failures, "images")


def _destroyed(session: Session, images: list[Image], *, yes: bool) -> tuple[list[Image], list[DcctlError]]:
    """Ask, and remove them: those that are gone, and why the others are not."""
    listed = ", ".join(visible(placed_name(image)) for image in images)
    session.confirm(f"Destroy {plural(len(images), 'image')} for good ({listed})?", yes=yes)
    session.begin_work()
    with Progress(session, f"destroy {listed}"):
        return _parted(session.cloud.at_once(images, session.cloud.image_work.destroy_image))


def _would_be_destroyed(session: Session, images: list[Image]) -> tuple[list[Image], list[DcctlError]]:
    """Those that nobody needs, and why the others would not be destroyed."""
    return _parted(session.cloud.at_once(images, session.cloud.image_work.check_destroy))


def _parted(outcomes: Sequence[tuple[Image, DcctlError | None]]) -> tuple[list[Image], list[DcctlError]]:
    failures = [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
    return [image for image, outcome in outcomes if not isinstance(outcome, DcctlError)], failures


def _described(image: Image) -> str:
    """``lab/debian-11, 312.0 MiB, of 2026-01-02``."""
    name = visible(image.name if image.realm is None else f"{image.realm}/{image.name}")
    size = "" if image.size_bytes is None else f", {bytes_text(image.size_bytes)}"
    made = "" if image.created is None else f", of {image.created:%Y-%m-%d}"
    return f"{name}{size}{made}" + (", left by an interrupted import" if image.state is ImageState.ERROR else "")


def _age(text: str) -> float:
    """Seconds, of ``30d``, ``12h`` or ``0``."""
    from dcctl.settings import duration  # noqa: PLC0415  loaded already with the driver

    days = text.removesuffix("d")
    if days != text and days.isascii() and days.isdecimal() and len(days) <= _MOST_DIGITS_OF_DAYS:
        return int(days) * 24 * 3600.0
    try:
        return duration(text)
    except ValueError as error:
        raise Usage(
            f"--older-than must be an age such as 30d or 12h, not {visible(text)}", hint="0: any age"
        ) from error
