"""The images that there are, and those that could be: what ``image list`` shows."""

from __future__ import annotations

from dataclasses import replace

from dcctl.errors import Ambiguous, NotFound
from dcctl.lookup import Listing
from dcctl.model import Field, Image, ImageState
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.session import Session


def images_known(session: Session, *fields: Field, realm: str | None = None) -> Listing[Image]:
    """All images, and those of the catalogue that no realm has yet; of these, what is being fetched on this machine is pending."""
    found = session.cloud.images_and_importable(*fields, realm=realm)
    return Listing(tuple(_as_it_is(session, image) for image in found.items), found.failures)


def image_known(session: Session, name: str) -> Image:
    """One image by id, name or ``REALM/NAME``, also one that only the catalogue has. Raises as ``Cloud.image`` does."""
    try:
        return _with_needs(session, session.cloud.image(name, Field.NOTES))
    except NotFound:
        realm, _, bare = name.rpartition("/")
        known = [each for each in images_known(session).items if each.name == bare and realm in ("", each.realm)]
        if len(known) > 1:
            listed = ", ".join(f"{each.realm}/{each.name}" for each in known)
            raise Ambiguous(
                f"{visible(name)} can be imported into {len(known)} realms", hint=f"say which: {listed}", resource=name
            ) from None
        if known:
            return known[0]
        raise


def import_purpose(driver: str, realm: str, name: str) -> str:
    """How an import tells others on this machine what it downloads for."""
    return f"{driver} {realm}/{name}"


def _as_it_is(session: Session, image: Image) -> Image:
    if image.state is not ImageState.NOT_IMPORTED:
        return _with_needs(session, image)
    source = session.catalogue.images[image.name].source
    directory = downloads_directory(session)
    if "://" not in source or directory is None:
        return image
    from dcctl.sources.parts import purpose_at_work  # noqa: PLC0415  5 ms, only where the catalogue knows more images

    purpose = import_purpose(session.cloud.driver.name, image.realm or "", image.name)
    at_work = purpose_at_work(directory, source) == purpose
    return replace(image, state=ImageState.PENDING) if at_work else image


def _with_needs(session: Session, image: Image) -> Image:
    if image.name not in session.catalogue.images:
        return image
    from dcctl.importing import with_needs  # noqa: PLC0415  loaded already, where the catalogue knows images

    return with_needs(image, session.catalogue.images[image.name])


def downloads_directory(session: Session) -> str | None:
    """Where downloads are, if there ever was one."""
    import os  # noqa: PLC0415  loaded already

    from dcctl.paths import cache_directory  # noqa: PLC0415  likewise

    cache = cache_directory(session.environment.environ)
    directory = None if cache is None else os.path.join(cache, "downloads")
    return directory if directory is not None and os.path.isdir(directory) else None
