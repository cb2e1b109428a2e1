"""Checking a request to import an image before any driver sees it. Pure."""

from __future__ import annotations

from dataclasses import replace

from dcctl.abilities import ImportImages, UserName
from dcctl.errors import Conflict, DcctlError, Usage
from dcctl.model import Image, ImageState
from dcctl.naming import name_problem
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.catalogue import CatalogueImage
    from dcctl.driver import Driver
    from dcctl.model import ImageSpec, Realm

NAMES = UserName(max_length=63)
"""Images are called like instances: the name becomes part of file names at the provider."""

_LONGEST_LINE = 200


def can_import(driver: type[Driver]) -> bool:
    return issubclass(driver, ImportImages)


def formats_of(driver: type[Driver]) -> tuple[str, ...]:
    """The disk formats that the driver takes, the best first; empty: it looks at files by itself."""
    return driver.image_formats if issubclass(driver, ImportImages) else ()


def not_imported(images: Iterable[Image], known: Iterable[CatalogueImage], realms: Iterable[Realm]) -> list[Image]:
    """The images that the catalogue knows and these realms do not have, once for each realm that lacks them."""
    there = {(image.realm, image.name) for image in images}
    return [
        as_image(entry, realm)
        for realm in realms
        for entry in known
        if (realm.id, entry.name) not in there and (None, entry.name) not in there
    ]


def as_image(known: CatalogueImage, realm: Realm) -> Image:
    """An image of the catalogue as the one that it would be in the realm."""
    return Image(
        id=known.name,
        name=known.name,
        state=ImageState.NOT_IMPORTED,
        realm=realm.id,
        architecture=known.architecture,
        description=known.description,
        minimum_storage_gib=known.minimum_storage_gib,
        minimum_memory_mib=known.minimum_memory_mib,
        user=known.user,
    )


def with_needs(image: Image, known: CatalogueImage) -> Image:
    """The image with what the catalogue says that its instances need: a disk tells how large it is, and no more."""
    storage, memory = image.minimum_storage_gib, image.minimum_memory_mib
    return replace(
        image,
        minimum_storage_gib=max(storage or 0, known.minimum_storage_gib or 0) or None,
        minimum_memory_mib=max(memory or 0, known.minimum_memory_mib or 0) or None,
    )


def name_taken(name: str, realm: str, state: ImageState) -> Conflict:
    """There is an image of that name in the realm."""
    there = f"{realm}/{name}"
    otherwise = {
        ImageState.PENDING: f"wait for it: dcctl image show {there}",
        ImageState.ERROR: f"remove what an interrupted import left: dcctl image destroy {there}",
    }.get(state, f"destroy it first: dcctl image destroy {there}")
    return Conflict(
        f"there is an image {there} already: it is {'unfinished' if state is ImageState.ERROR else state}",
        hint=f"choose another name, or {otherwise}",
        resource=name,
        realm=realm,
    )


def import_problems(spec: ImageSpec) -> list[DcctlError]:
    """Everything that is wrong with the request and can be seen without reading the file."""
    problems: list[DcctlError] = []
    if (problem := name_problem(spec.name, NAMES)) is not None:
        problems.append(problem)
    for what, text in (
        ("user", spec.user),
        ("description", spec.description),
        ("architecture", spec.architecture),
    ):
        if text is not None and (not text or len(text) > _LONGEST_LINE or not text.isprintable()):
            problems.append(
                Usage(
                    f"the {what} must be one line of up to {_LONGEST_LINE} characters",
                    hint="leave control characters out, or leave it out as a whole",
                    resource=visible(spec.name),
                )
            )
    if spec.digest is not None and not _is_sha256(spec.digest):
        problems.append(
            Usage(f"not a digest: {visible(spec.digest)}", hint="expected: sha256: and 64 hexadecimal digits")
        )
    return problems


def _is_sha256(digest: str) -> bool:
    kind, _, number = digest.partition(":")
    return kind == "sha256" and len(number) == 64 and set(number) <= set("0123456789abcdef")
