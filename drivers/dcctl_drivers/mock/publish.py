"""Making an image out of a local file: the mock cloud keeps its size and its digest, and lets the file be."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from time import time

from dcctl.errors import Conflict, Failed, NotFound, Usage
from dcctl.nouns.image_content import ImageContent
from dcctl_drivers.mock import records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance
    from dcctl.nouns.image_content import Rewrite
    from dcctl_drivers.mock.store import Store

_CHUNK = 1024**2
_EMPTY_DISK = bytes(510) + b"\x55\xaa" + bytes(_CHUNK - 512)  # the mark of a partition table without partitions


def publish(store: Store, spec: ImageSpec, job: Job) -> Image:
    """Check the name, read the file, and only then record the image: a failure at any point leaves nothing."""
    job.stage("check")
    with store.reading() as connection:
        _check_name(connection, spec)
    job.stage("read")
    size, digest = _read(spec, job)
    if spec.digest is not None and spec.digest != digest:
        raise Usage(
            f"{spec.source} is not the file that was meant",
            hint=f"its digest is {digest}, not {spec.digest}",
            resource=spec.name,
        )
    return _record(store, spec, size, digest, job)


@contextmanager
def read(store: Store, identifier: str) -> Iterator[ImageContent]:
    """The content of an image: as many zeros as it had bytes, since the mock cloud never kept it."""
    with store.reading() as connection:
        row = connection.execute("SELECT size_bytes FROM images WHERE 'img' || number = ?", (identifier,)).fetchone()
    if row is None:
        raise NotFound(f"no image {identifier}", hint="dcctl image list", resource=identifier)
    size = row[0] or 0
    yield ImageContent(size, (bytes(min(_CHUNK, size - done)) for done in range(0, size, _CHUNK)))


def write(store: Store, spec: ImageSpec, content: ImageContent, job: Job) -> Image:
    """Record an image whose content was sent; of that only the size counts, and the digest is believed."""
    job.stage("check")
    with store.reading() as connection:
        _check_name(connection, spec)
    job.stage("copy")
    done = 0
    for chunk in content.chunks:
        done += len(chunk)
        job.progress(done, content.size_bytes)
    if done != content.size_bytes:
        raise Failed(f"{done} bytes came instead of {content.size_bytes}", hint="try again", resource=spec.name)
    return _record(store, spec, done, spec.digest, job)


def capture(store: Store, instance: Instance, spec: ImageSpec, job: Job) -> Image:
    """Record an image of an instance: as large as the image that it was made from."""
    job.stage("check")
    with store.reading() as connection:
        _check_name(connection, spec)
        row = connection.execute(
            "SELECT size_bytes FROM images WHERE 'img' || number = ?", (instance.image,)
        ).fetchone()
    return _record(store, spec, row[0] if row else None, None, job)


def capture_rewritten(store: Store, spec: ImageSpec, rewrite: Rewrite, job: Job) -> Image:
    """Record an image as large as what is made of a disk. The mock cloud keeps no content: the disk is an empty one."""
    job.stage("check")
    with store.reading() as connection:
        _check_name(connection, spec)
    with rewrite(ImageContent(len(_EMPTY_DISK), iter((_EMPTY_DISK,))), job) as path:
        size, digest = _read(replace(spec, source=path), job)
    return _record(store, spec, size, digest, job)


def crash_consistent(spec: ImageSpec) -> ImageSpec:
    """The request for an image of what runs, with what can be relied on in its description."""
    said = [] if spec.description is None else [spec.description]
    return replace(spec, description="; ".join((*said, "as after a power failure")))


def _record(store: Store, spec: ImageSpec, size: int | None, digest: str | None, job: Job) -> Image:
    job.stage("publish")
    with store.writing() as connection:
        _check_name(connection, spec)
        number = connection.execute(
            "INSERT INTO images (name, realm, architecture, owner, description, size_bytes, digest, user, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                spec.name,
                spec.realm.id,
                spec.architecture,
                records.OWNER,
                spec.description,
                size,
                digest,
                spec.user,
                time(),
            ),
        ).lastrowid
        row = connection.execute(records.SELECT_IMAGES + " WHERE number = ?", (number,)).fetchone()
        return records.image(row)


def _check_name(connection: Connection, spec: ImageSpec) -> None:
    taken = connection.execute(
        "SELECT number FROM images WHERE (name = ?1 OR 'img' || number = ?1) AND (realm IS NULL OR realm = ?2)",
        (spec.name, spec.realm.id),
    ).fetchone()
    if taken:
        raise Conflict(f"the name {spec.name} is taken", hint=f"by the image img{taken[0]}", resource=spec.name)


def _read(spec: ImageSpec, job: Job) -> tuple[int, str]:
    """The file's size and digest. Opened without blocking: a pipe that nobody writes to must not hang."""
    try:
        descriptor = os.open(spec.source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Usage(f"{spec.source} is not a regular file", resource=spec.name)
            done, digest = 0, sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                job.progress(done, max(done, status.st_size))
    except OSError as error:
        raise Usage(f"cannot read {spec.source}: {error.strerror or error}", resource=spec.name) from error
    return done, f"sha256:{digest.hexdigest()}"
