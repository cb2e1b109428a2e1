"""``dcctl image import`` and ``destroy``: from what was typed to images that are there, or gone."""

from __future__ import annotations

import os

from dcctl.abilities import ImportImages, UserName
from dcctl.cli.progress import Progress
from dcctl.cli.words_given import names_given
from dcctl.creation import name_problem
from dcctl.errors import DcctlError, NotFound, NotSupported, Usage
from dcctl.model import Image, ImageSpec, ImageState
from dcctl.render.nouns.image import IMAGE
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session

NAMES = UserName(max_length=63)
"""Images are called like instances: the name becomes part of file names at the provider."""

_ENDINGS = (".qcow2", ".img", ".raw")


def import_file(session: Session, spec: ImageSpec, shown: Shown, *, dry_run: bool) -> None:
    """Publish the file, and show the image; in a dry run, the image that there would be."""
    output = session.output(IMAGE, shown)
    if dry_run:
        if not issubclass(session.cloud.driver, ImportImages):
            raise NotSupported(f"the driver {session.cloud.driver.name} cannot import images")
        image = Image("", spec.name, ImageState.PENDING, spec.realm.id, spec.architecture, user=spec.user)
    else:
        session.begin_work()
        with Progress(session, f"import {spec.name}") as progress:
            image = session.cloud.import_image(spec, progress.job(spec.name))
    output.list([image])


def destroy_images(
    session: Session, names: Sequence[str], shown: Shown, *, yes: bool, ignore_missing: bool, dry_run: bool
) -> None:
    """Remove the images, and show those that are gone; in a dry run, those that would be."""
    output = session.output(IMAGE, shown)
    if not dry_run:
        session.require_consent(names, yes=yes)
    wanted = names_given(names, session.environment)
    found = session.cloud.at_once(wanted, session.cloud.image)
    images = [image for _, image in found if isinstance(image, Image)]
    failures = [error for _, error in found if isinstance(error, DcctlError)]
    if ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if images and not dry_run:
        listed = ", ".join(visible(image.name) for image in images)
        session.confirm(f"Destroy {plural(len(images), 'image')} for good ({listed})?", yes=yes)
        session.begin_work()
        with Progress(session, f"destroy {listed}"):
            outcomes = session.cloud.at_once(images, session.cloud.destroy_image)
        failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
        images = [image for image, outcome in outcomes if not isinstance(outcome, DcctlError)]
    if images or not failures:
        output.list(images)
    session.conclude(failures, len(wanted), "image", "destroyed")


def image_spec(
    session: Session,
    file: str,
    *,
    name: str | None,
    realm: str | None,
    architecture: str | None,
    digest: str | None,
    user: str | None,
    description: str | None,
) -> ImageSpec:
    """The checked request. Raises ``Usage`` for what can be seen without reading the file, ``NotFound`` for an unknown realm."""
    from uuid import uuid4  # noqa: PLC0415  8 ms, for import only

    source = os.path.abspath(file)
    if not os.path.isfile(source):
        what = "is not a regular file" if os.path.exists(source) else "does not exist"
        raise Usage(f"{visible(file)} {what}", hint="give the path of a disk image")
    called = name if name is not None else _stem(os.path.basename(source))
    if (problem := name_problem(called, NAMES)) is not None:
        problem.hint = f"{problem.hint}; give it one with --name" if name is None else problem.hint
        raise problem
    for option, text in (("--user", user), ("--description", description), ("--architecture", architecture)):
        if text is not None and (not text.isprintable() or len(text) > 200 or not text):
            raise Usage(f"{option} must be one line of up to 200 characters", hint="without control characters")
    if digest is not None:
        digest = _digest(digest)
    where = realm or session.config.realm.value
    place = session.cloud.realm(where) if where is not None else session.cloud.realms[0]
    return ImageSpec(
        token=str(uuid4()),
        name=called,
        source=source,
        realm=place,
        architecture=architecture,
        digest=digest,
        user=user,
        description=description,
    )


def _stem(name: str) -> str:
    """The file's name without the ending of a disk image: ``debian-12.qcow2`` → ``debian-12``."""
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _digest(given: str) -> str:
    kind, colon, text = given.partition(":")
    if not colon:
        kind, text = "sha256", given
    if kind != "sha256" or len(text) != 64 or not set(text.lower()) <= set("0123456789abcdef"):
        raise Usage(
            f"not a digest: {visible(given)}", hint="sha256: and 64 hexadecimal digits, as sha256sum prints them"
        )
    return f"sha256:{text.lower()}"
