"""Fetching an image that the catalogue knows by name, to a file that is gone again afterwards."""

from __future__ import annotations

import os
from contextlib import contextmanager

from dcctl import __version__
from dcctl.errors import Capacity, Failed, NotFound, Unreachable, Usage
from dcctl.paths import cache_directory
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from dcctl.job import Job

CHUNK_BYTES = 1 << 20
SILENCE_SECONDS = 30.0
"""After which a server that says nothing is given up."""


@contextmanager
def downloaded(url: str, digest: str | None, environ: Mapping[str, str], job: Job) -> Iterator[str]:
    """The path of the fetched file, while the block runs. Raises ``Usage`` when the file is not the one that was meant."""
    from tempfile import NamedTemporaryFile  # noqa: PLC0415  9 ms, for downloads only

    # Beside the caches: /tmp is often memory, and images are large.
    directory = cache_directory(environ)
    job.stage("download")
    try:
        if directory is not None:
            os.makedirs(directory, mode=0o700, exist_ok=True)
        with NamedTemporaryFile(dir=directory, prefix="download-", suffix=".part") as file:
            _fetch(url, digest, file, job)
            yield file.name
    except OSError as error:
        raise _local_failure(error) from error


def _fetch(url: str, digest: str | None, file: IO[bytes], job: Job) -> None:
    from hashlib import new  # noqa: PLC0415  3 ms, for downloads only
    from http.client import HTTPException  # noqa: PLC0415  27 ms, likewise
    from urllib.error import HTTPError, URLError  # noqa: PLC0415  33 ms, likewise
    from urllib.request import Request, urlopen  # noqa: PLC0415

    kind, _, expected = (digest or "sha256:").partition(":")
    sum_of_all = new(kind)
    shown = visible(url)
    request = Request(url, headers={"User-Agent": f"dcctl/{__version__}"})  # noqa: S310  the catalogue allows only http and https
    try:
        with urlopen(request, timeout=SILENCE_SECONDS) as response:  # noqa: S310
            if digest is None and not response.url.startswith("https://"):
                raise Usage(
                    f"{shown} leads to http, where anybody may change it", hint="give its sha256 in the catalogue"
                )
            total = int(response.headers.get("Content-Length") or 0)
            done = 0
            while chunk := response.read1(CHUNK_BYTES):  # what is there, so that Ctrl-C is noticed
                sum_of_all.update(chunk)
                _write(file, chunk)
                done += len(chunk)
                job.progress(done, max(done, total))
    except HTTPError as error:
        kind_of_error = NotFound if error.code in (404, 410) else Failed
        raise kind_of_error(f"cannot fetch {shown}: {error.code} {error.reason}") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise Unreachable(f"cannot fetch {shown}: {reason}", hint="try again, or fetch it yourself") from error
    if total and done < total:
        raise Unreachable(f"cannot fetch {shown}: it broke off after {done} of {total} bytes", hint="try again")
    if digest is not None and sum_of_all.hexdigest() != expected:
        raise Usage(
            f"{shown} is not the file that was meant",
            hint=f"its digest is {kind}:{sum_of_all.hexdigest()}, not {digest}",
        )
    file.flush()


def _write(file: IO[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise _local_failure(error) from error


def _local_failure(error: OSError) -> Capacity | Failed:
    from errno import EDQUOT, ENOSPC  # noqa: PLC0415  on errors only

    if error.errno in (ENOSPC, EDQUOT):
        return Capacity("no space is left for the download", hint="it goes below XDG_CACHE_HOME; nothing was kept")
    return Failed(f"cannot keep the download: {error.strerror or error}", hint="it goes below XDG_CACHE_HOME")
