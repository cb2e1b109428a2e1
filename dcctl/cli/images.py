"""``dcctl image import`` and ``destroy``: from what was typed to images that are there, or gone."""

from __future__ import annotations

import os
from dataclasses import replace

from dcctl.cli.progress import Progress
from dcctl.cli.words_given import names_given
from dcctl.errors import DcctlError, NotFound, Usage
from dcctl.importing import NAMES
from dcctl.model import Image, ImageSpec, ImageState
from dcctl.naming import name_problem
from dcctl.render.nouns.image import IMAGE
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.job import Job

_DIGITS = {"sha256": 64, "sha512": 128}
_ENDINGS = (".qcow2", ".img", ".raw")


def import_file(session: Session, spec: ImageSpec, shown: Shown, *, dry_run: bool) -> None:
    """Publish the file, and show the image; in a dry run, the image that there would be."""
    output = session.output(IMAGE, shown)
    if dry_run:
        image = Image("", spec.name, ImageState.PENDING, spec.realm.id, spec.architecture, user=spec.user)
    else:
        session.begin_work()
        with Progress(session, f"import {spec.name}") as progress:
            image = _imported(session, spec, progress.job(spec.name))
    output.list([image])


def _imported(session: Session, spec: ImageSpec, job: Job) -> Image:
    """Have the driver publish the file, which may have to be fetched first."""
    sha256 = _sha256(spec.digest)
    if "://" not in spec.source:
        if spec.digest != sha256:
            _check_digest(spec.source, spec.digest or "", job)
        return session.cloud.import_image(replace(spec, digest=sha256), job)
    from dcctl.cli.downloading import downloaded  # noqa: PLC0415  for images that only the catalogue knows

    with downloaded(spec.source, spec.digest, session.environment.environ, job) as path:
        return session.cloud.import_image(replace(spec, source=path, digest=sha256), job)


def _check_digest(path: str, digest: str, job: Job) -> None:
    from hashlib import new  # noqa: PLC0415  3 ms, for import only

    kind, _, expected = digest.partition(":")
    found = new(kind)
    job.stage("check")
    try:
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                found.update(chunk)
                job.check()
    except OSError as error:
        raise Usage(f"cannot read {visible(path)}: {error.strerror or error}") from error
    if found.hexdigest() != expected:
        raise Usage(
            f"{visible(path)} is not the file that was meant",
            hint=f"its digest is {kind}:{found.hexdigest()}, not {digest}",
        )


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

    known = None if os.path.exists(file) else session.catalogue.images.get(file)
    if known is None:
        source = _path(file, session)
        called = name if name is not None else _stem(os.path.basename(source))
    else:
        source = known.source if "://" in known.source else _path(known.source, session)
        called = name if name is not None else known.name
        digest = known.digest if digest is None else digest
        architecture = known.architecture if architecture is None else architecture
        user = known.user if user is None else user
        description = known.description if description is None else description
    if name is None and (problem := name_problem(called, NAMES)) is not None:
        problem.hint = f"{problem.hint}; give it one with --name"
        raise problem
    where = session.config.realm.value if realm is None else realm
    spec = ImageSpec(
        token=str(uuid4()),
        name=called,
        source=source,
        realm=session.cloud.realm(where) if where is not None else session.cloud.realms[0],
        architecture=architecture,
        digest=None if digest is None else _digest(digest),
        user=user,
        description=description,
    )
    session.cloud.check_import(replace(spec, digest=_sha256(spec.digest)))
    return spec


def _sha256(digest: str | None) -> str | None:
    """The digest if drivers can check it: they know sha256 and nothing else."""
    return digest if digest is not None and digest.startswith("sha256:") else None


def _path(file: str, session: Session) -> str:
    """The absolute path of a regular file."""
    source = os.path.abspath(file)
    if os.path.isfile(source):
        return source
    if os.path.exists(source):
        raise Usage(f"{visible(file)} is not a regular file", hint="give the path of a disk image")
    names = session.catalogue.images
    also = f", or a name of the catalogue: {', '.join(names)}" if names else ""
    raise Usage(f"{visible(file)} does not exist", hint=f"give the path of a disk image{also}")


def _stem(name: str) -> str:
    """The file's name without the ending of a disk image: ``debian-12.qcow2`` → ``debian-12``."""
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _digest(given: str) -> str:
    """As the catalogue writes it; a bare number is what sha256sum prints."""
    kind, _, number = given.partition(":") if ":" in given else ("sha256", ":", given)
    if len(number) != _DIGITS.get(kind, -1) or not set(number.lower()) <= set("0123456789abcdef"):
        raise Usage(
            f"not a digest: {visible(given)}",
            hint="expected: sha256: and 64 hexadecimal digits, as sha256sum prints them",
        )
    return f"{kind}:{number.lower()}"
