"""``dcctl image import``: from what was typed to an image that is there."""

from __future__ import annotations

import os
from dataclasses import replace
from uuid import uuid4

from dcctl.cli.known_images import import_purpose
from dcctl.cli.progress import Progress
from dcctl.errors import Conflict, NotFound, Usage
from dcctl.frozen import frozen
from dcctl.importing import NAMES, formats_of
from dcctl.model import Image, ImageSpec, ImageState
from dcctl.naming import name_problem
from dcctl.render.nouns.image import IMAGE
from dcctl.sources.checksums import check_file, digest_given
from dcctl.sources.obtaining import STANDARD_INPUT, check_source, file_name, is_url, listed_digest, obtained
from dcctl.sources.preparing import largest_storage, looked_at, prepared
from dcctl.sources.unpacking import ENDINGS
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from dcctl.catalogue import CatalogueImage
    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.job import Job

_GIB = 1 << 30
_PAUSE_SECONDS = 0.5  # between two looks whether somebody else's import has come to its end
_ATTEMPTS = 3  # where others begin at the same moment, and fail
_ENDINGS = (".qcow2", ".img", ".raw", ".vmdk", ".vdi", ".vhd", ".vhdx", ".vpc")


@frozen
class WantedImage:
    """The arguments and options of import, as typed."""

    source: str
    name: str | None = None
    realm: str | None = None
    architecture: str | None = None
    digest: str | None = None
    digest_from: str | None = None
    user: str | None = None
    description: str | None = None


def import_image(session: Session, wanted: WantedImage, shown: Shown, *, dry_run: bool) -> None:
    """Publish the image, and show it; in a dry run, the image that there would be."""
    output = session.output(IMAGE, shown)
    spec = image_spec(session, wanted)
    session.cloud.image_work.check_free(spec)
    if dry_run:
        image = _would_be(session, spec)
    else:
        session.begin_work()
        with Progress(session, f"import {spec.name}") as progress:
            image = imported(session, spec, progress.job(spec.name), digest_from=wanted.digest_from)
    output.list([image])


def image_spec(session: Session, wanted: WantedImage) -> ImageSpec:
    """The checked request; its source may be a URL or ``-``, which no driver takes.

    Raises ``Usage`` for what can be seen without reading the file, ``NotFound`` for an unknown realm.
    """
    if wanted.digest is not None and wanted.digest_from is not None:
        raise Usage("--digest and --digest-from say the same thing twice", hint="leave out one of them")
    if os.path.isfile(wanted.source):
        return _spec(session, wanted, None)
    wanted = _as_listed(session, wanted)
    return _spec(session, wanted, session.catalogue.images.get(wanted.source))


def _as_listed(session: Session, wanted: WantedImage) -> WantedImage:
    """``east/debian-12``, as ``image list -q`` calls what several realms could import. Raises ``Usage`` where ``--realm`` is another."""
    realm, _, name = wanted.source.partition("/")
    if name not in session.catalogue.images or realm not in {each.id for each in session.cloud.realms}:
        return wanted
    if wanted.realm not in (None, realm):
        raise Usage(
            f"{visible(wanted.source)} is for the realm {realm}, not for {visible(wanted.realm or '')}",
            hint="leave out one of the two realms",
        )
    return replace(wanted, source=name, realm=realm)


def import_known(session: Session, name: str, realm: str) -> None:
    """Have an image that the catalogue knows in the realm, as a step of something else: whoever is at it, or was faster, is as good.

    Raises ``NotFound`` if it is not on its way and the catalogue does not know it, ``Conflict`` if something nobody sees has its name.
    """
    with Progress(session, f"import {name}") as progress:
        job = progress.job(name)
        for attempts_left in reversed(range(_ATTEMPTS)):
            if _has_come(session, f"{realm}/{name}", job):
                return
            spec = _spec(session, WantedImage(name, realm=realm), session.catalogue.image(name))
            try:
                imported(session, spec, job)
            except Conflict:  # somebody else has just begun, and may fail
                if not attempts_left:
                    raise
                job.pause(_PAUSE_SECONDS)
            else:
                return


def _has_come(session: Session, name: str, job: Job) -> bool:
    """Wait while somebody makes the image; whether there is one then, for better or worse."""
    while True:
        try:
            image = session.cloud.image(name)
        except NotFound:
            return False
        if image.state is not ImageState.PENDING:
            return True
        job.stage("wait for another import of it")
        job.pause(_PAUSE_SECONDS)


def _would_be(session: Session, spec: ImageSpec) -> Image:
    """What import would publish, as far as its file is here and says so. Raises ``Usage`` for one that would be refused."""
    image = Image("", spec.name, ImageState.PENDING, spec.realm.id, spec.architecture, user=spec.user)
    image = replace(image, description=spec.description)
    if spec.source == STANDARD_INPUT or is_url(spec.source):
        return image
    formats, most = formats_of(session.cloud.driver), largest_storage(session.cloud.catalogue.profiles.values())
    found = looked_at(spec.source, visible(spec.source), formats=formats, most_gib=most)
    return image if found is None else replace(image, minimum_storage_gib=-(-found.virtual_bytes // _GIB))


def _spec(session: Session, wanted: WantedImage, known: CatalogueImage | None) -> ImageSpec:
    source = _source(session, wanted.source, known)
    digest = wanted.digest
    if digest is None and wanted.digest_from is None and known is not None:
        digest = known.digest
    spec = ImageSpec(
        token=str(uuid4()),
        name=_name(wanted, source, known),
        source=source,
        realm=session.place(wanted.realm),
        architecture=_first(wanted.architecture, None if known is None else known.architecture),
        digest=None if digest is None else digest_given(digest),
        user=_first(wanted.user, None if known is None else known.user),
        description=_first(wanted.description, None if known is None else known.description),
    )
    session.cloud.image_work.check_import(_for_driver(spec))
    return spec


def imported(session: Session, spec: ImageSpec, job: Job, *, digest_from: str | None = None) -> Image:
    """Have the driver publish the image, which may have to be fetched first."""
    digest = spec.digest
    if digest_from is not None:
        job.stage("look up its digest")
        digest = listed_digest(digest_from, spec.source)
    environ = session.environment.environ
    cloud = session.cloud
    purpose = import_purpose(cloud.driver.name, spec.realm.id, spec.name)
    shown = visible("standard input" if spec.source == STANDARD_INPUT else spec.source)
    with obtained(spec.source, digest, environ, _binary_input(session), job, purpose=purpose) as path:
        checked = digest is None or is_url(spec.source)

        def verify() -> None:
            nonlocal checked
            if digest is not None and not checked:
                job.stage("check")
                check_file(path, digest, job, shown=shown)
                checked = True

        with prepared(
            path,
            shown,
            formats=formats_of(cloud.driver),
            most_gib=largest_storage(cloud.catalogue.profiles.values()),
            verify=verify,
            environ=environ,
            job=job,
        ) as ready:
            # Drivers call files by their paths, and nobody has heard of that of standard input.
            known_to_people = ready == path and spec.source != STANDARD_INPUT
            passed = _for_driver(replace(spec, source=ready, digest=digest if known_to_people else None))
            if passed.digest is None:
                verify()
            return cloud.image_work.import_image(passed, job)


def _for_driver(spec: ImageSpec) -> ImageSpec:
    """Drivers check sha256, while they read the file, and know nothing else."""
    by_driver = spec.digest is not None and spec.digest.startswith("sha256:")
    return spec if by_driver else replace(spec, digest=None)


def _source(session: Session, given: str, known: CatalogueImage | None) -> str:
    """A URL, ``-``, or the absolute path of a regular file."""
    source = given if known is None else known.source
    if source == STANDARD_INPUT:
        if session.environment.stdin.isatty():
            raise Usage("standard input is a terminal, and no image can be typed", hint="give a file, or pipe it in")
        return source
    if is_url(source):
        check_source(source)
        return source
    path = os.path.abspath(source)
    if os.path.isfile(path):
        return path
    if os.path.exists(path):
        raise Usage(
            f"{visible(source)} is not a regular file", hint="give the path of a disk image, or - for standard input"
        )
    names = session.catalogue.images
    also = f", a URL, or a name of the catalogue: {', '.join(names)}" if names else ", or a URL"
    raise Usage(f"{visible(source)} does not exist", hint=f"give the path of a disk image{also}")


def _name(wanted: WantedImage, source: str, known: CatalogueImage | None) -> str:
    """The given name, the catalogue's, or the file's without its ending."""
    if wanted.name is not None:
        return wanted.name
    if known is not None:
        return known.name
    if source == STANDARD_INPUT:
        raise Usage("an image from standard input needs a name", hint="give it one with --name")
    name = _stem(file_name(source))
    if (problem := name_problem(name, NAMES)) is not None:
        problem.hint = f"{problem.hint}; give it one with --name"
        raise problem
    return name


def _stem(name: str) -> str:
    """The file's name without the endings of a disk image: ``debian-12.raw.xz`` → ``debian-12``."""
    for endings in (ENDINGS, _ENDINGS):
        for ending in endings:
            if name.lower().endswith(ending):
                name = name[: -len(ending)]
                break
    return name


def _first(given: str | None, known: str | None) -> str | None:
    return known if given is None else given


def _binary_input(session: Session) -> BinaryIO:
    """Standard input as bytes."""
    from io import BytesIO  # noqa: PLC0415  built in

    binary: BinaryIO | None = getattr(session.environment.stdin, "buffer", None)
    return BytesIO() if binary is None else binary
