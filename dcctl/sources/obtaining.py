"""From what a person names to a file on this machine: a path, standard input or a URL."""

from __future__ import annotations

import os
from contextlib import contextmanager

from dcctl.errors import Usage
from dcctl.sources.checksums import LARGEST_FILE, digest_listed
from dcctl.sources.parts import downloads_directory
from dcctl.sources.temporaries import temporary
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO, BinaryIO

    from dcctl.job import Job

STANDARD_INPUT = "-"
_CHUNK = 1 << 20


def is_url(source: str) -> bool:
    return "://" in source


def file_name(source: str) -> str:
    """What the file is called where it comes from; ``-`` for standard input, as sha256sum calls it."""
    return os.path.basename(_path(source))


def _path(source: str) -> str:
    if not is_url(source):
        return source
    from dcctl.sources.download import path_of  # noqa: PLC0415  15 ms with http and ssl, which a file that is here does not need

    return path_of(source)


def listed_digest(origin: str, source: str) -> str:
    """The digest of the source, from a checksum file: a path or an https URL. Raises ``Usage`` or ``NotFound``."""
    if is_url(origin):
        from dcctl.sources.download import text_of  # noqa: PLC0415  URLs only

        text = text_of(origin)
    else:
        try:
            with open(origin, encoding="utf-8", errors="replace") as file:
                text = file.read(LARGEST_FILE)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Usage(f"cannot read {visible(origin)}: {reason}", hint="give a checksum file") from error
    return digest_listed(text, _path(source), origin)


@contextmanager
def obtained(
    source: str,
    digest: str | None,
    environ: Mapping[str, str],
    stdin: BinaryIO,
    job: Job,
    *,
    purpose: str | None = None,
) -> Iterator[str]:
    """The path of the file, while the block runs. A download has been checked against the digest; others have not."""
    if source == STANDARD_INPUT:
        with temporary(downloads_directory(environ), "stdin-") as file:
            _spool(stdin, file, job)
            yield file.name
    elif is_url(source):
        from dcctl.sources.download import downloaded  # noqa: PLC0415  URLs only

        with downloaded(source, digest, downloads_directory(environ), job, purpose=purpose) as path:
            yield path
    else:
        yield source


def check_source(source: str) -> None:
    """Raises ``Usage`` for a URL that cannot be one; asks no server."""
    if is_url(source):
        from dcctl.sources.http import check_url  # noqa: PLC0415  URLs only

        check_url(source)


def _spool(stdin: BinaryIO, file: IO[bytes], job: Job) -> None:
    job.stage("read")
    done = 0
    while chunk := stdin.read(_CHUNK):
        file.write(chunk)
        done += len(chunk)
        job.progress(done, 0)
    file.flush()
    if not done:
        raise Usage(
            "there was nothing on standard input", hint="as in: xz -dc disk.raw.xz | dcctl image import - --name disk"
        )
