"""The disk of a new image, made of content that comes from us: sent, and hashed on the way."""

from __future__ import annotations

import os
from dataclasses import dataclass

from dcctl.errors import Failed, Usage
from dcctl.nouns.image_content import ImageContent
from dcctl.words import visible
from dcctl_drivers.libvirt import domain_xml, images
from dcctl_drivers.libvirt.digest import Digest
from dcctl_drivers.libvirt.options import has_streams
from dcctl_drivers.libvirt.pools import MESSAGE_BYTES, upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    import libvirt

    from dcctl.disk_format import DiskFormat
    from dcctl.job import Job
    from dcctl.model import ImageSpec
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.pools import Pool


@dataclass(frozen=True)
class Filled:
    """What has become of the disk of a new image: its format, its size as a disk and as a file, the sha256 of the file."""

    format: str
    virtual_bytes: int
    size_bytes: int
    digest: str


def chunks_of(file: BinaryIO) -> ImageContent:
    """A whole file as content, from its beginning."""
    descriptor = file.fileno()

    def chunks() -> Iterator[bytes]:
        start = 0
        while chunk := os.pread(descriptor, MESSAGE_BYTES, start):
            start += len(chunk)
            yield chunk

    return ImageContent(os.fstat(descriptor).st_size, chunks())


def sent(
    connection: Connection,
    pool: Pool,
    made: list[str],
    spec: ImageSpec,
    content: ImageContent,
    found: DiskFormat,
    job: Job,
) -> Filled:
    """The disk of a new image, made of content that comes from us and was found to be such an image."""
    disk, size = images.disk_volume(spec.name), content.size_bytes
    # Two imports of one name: the second cannot make this volume (error 90).
    volume = pool.handle.createXML(domain_xml.plain_volume(disk, size, "raw"))
    made.append(disk)
    # A raw disk is mostly empty, as a rule, and its file may say so or be full of zeros. Other formats leave out what is empty.
    digest = _copy(connection, volume, content.chunks, size, job, with_holes=found.format == "raw")
    _check_digest(spec, digest)
    return Filled(found.format, found.virtual_bytes, size, digest)


def _copy(
    connection: Connection,
    volume: libvirt.virStorageVol,
    content: Iterable[bytes],
    size: int,
    job: Job,
    *,
    with_holes: bool,
) -> str:
    """Fill the volume; the sha256 of the content in hexadecimal. Raises ``Failed`` when it is not of this size."""

    def chunks(digest: Digest) -> Iterator[bytes]:
        done = 0
        for chunk in content:
            digest.update(chunk)
            done += len(chunk)
            if done > size:
                break
            job.progress(done, size)
            yield chunk
        if done != size:
            raise Failed(f"the image changed while it was read: {done} instead of {size} bytes", hint="try again")

    with Digest() as digest:
        if has_streams(connection.uri):
            upload(connection.host, volume, chunks(digest), size, with_holes=with_holes)
        else:
            for _ in chunks(digest):
                job.check()
        return digest.hexdigest()


def _check_digest(spec: ImageSpec, digest: str) -> None:
    if spec.digest is not None and spec.digest != f"sha256:{digest}":
        raise Usage(
            f"{visible(spec.source)} is not what was expected: its digest is sha256:{digest}",
            hint=f"expected: {visible(spec.digest)}; download it again",
        )
