"""Copying an image into another realm: from one endpoint to the other through this process, without a file in between."""

from __future__ import annotations

from contextlib import contextmanager

from dcctl.abilities import CopyImages
from dcctl.endpoints import border
from dcctl.errors import Conflict, NotAllowed
from dcctl.model import ImageSpec, ImageState
from dcctl.nouns.image_content import ImageContent
from dcctl.requiring import require

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, Realm


def copy_spec(image: Image, realm: Realm, *, name: str | None, token: str) -> ImageSpec:
    """The checked request: the same image, with everything that is known of it. Pure.

    Raises ``NotAllowed`` for an image that is not available, ``Conflict`` where the realm has it already.
    """
    if image.state is not ImageState.AVAILABLE:
        raise NotAllowed(
            f"the image {image.name} is {image.state}", hint="only what is available can be copied", resource=image.name
        )
    called = image.name if name is None else name
    if image.realm in (None, realm.id) and called == image.name:
        where = "every realm of its endpoint has" if image.realm is None else f"{realm.id} has"
        raise Conflict(f"{where} the image {image.name} already", hint="give the copy a name of its own: --name")
    return ImageSpec(
        token=token,
        name=called,
        source=image.name if image.realm is None else f"{image.realm}/{image.name}",
        realm=realm,
        architecture=image.architecture,
        digest=image.digest,
        user=image.user,
        description=image.description,
    )


def copy(source: Driver, image: Image, target: Driver, spec: ImageSpec, job: Job) -> Image:
    """Have one driver object read it and the other one publish it; each one's exceptions become ours at its own border."""
    reader, writer = require(source, CopyImages), require(target, CopyImages)
    with border(target, spec.name), _read(source, reader, image) as content:
        return writer.write_image(spec, content, job)


@contextmanager
def _read(driver: Driver, reader: CopyImages, image: Image) -> Iterator[ImageContent]:
    def guarded(chunks: Iterable[bytes]) -> Iterator[bytes]:
        with border(driver, image.name):
            yield from chunks

    with border(driver, image.name):
        reading = reader.read_image(image)
        content = reading.__enter__()
    try:
        yield ImageContent(content.size_bytes, guarded(content.chunks))
    finally:
        reading.__exit__(None, None, None)
