"""``dcctl image import``: from what was typed to a request that a driver can carry out."""

from __future__ import annotations

import os

from dcctl.abilities import UserName
from dcctl.creation import name_problem
from dcctl.errors import Usage
from dcctl.model import ImageSpec
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.session import Session

NAMES = UserName(max_length=63)
"""Images are called like instances: the name becomes part of file names at the provider."""

_ENDINGS = (".qcow2", ".img", ".raw")


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
