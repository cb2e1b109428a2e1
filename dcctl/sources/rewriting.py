"""Disks that become images in another form than they have, as ``CaptureRewritten`` takes them: fetched, rewritten here, and sent back."""

from __future__ import annotations

import os
from contextlib import contextmanager

from dcctl.disk_format import examine
from dcctl.errors import Failed
from dcctl.sources.conversion import converted
from dcctl.sources.guestfish import must_be_usable
from dcctl.sources.parts import downloads_directory
from dcctl.sources.programs import QEMU_IMG, must_be_installed
from dcctl.sources.resetting import reset
from dcctl.sources.temporaries import temporary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from dcctl.job import Job
    from dcctl.nouns.image_content import ImageContent, Rewrite


def rewriting(shown: str, environ: Mapping[str, str], *, resets: bool, compresses: bool) -> Rewrite:
    """What makes another image of a disk: without what makes it one system's own, or compressed, or both.

    Raises ``Failed`` at once where a program is missing. ``shown``: what the disk is called in errors.
    """
    if resets:
        must_be_usable(environ)
    if compresses:
        must_be_installed(QEMU_IMG, environ)
    directory = downloads_directory(environ)

    @contextmanager
    def rewrite(content: ImageContent, job: Job) -> Iterator[str]:
        with temporary(directory, "captured-") as file:
            _fetch(content, file, shown, job)
            with open(file.name, "rb") as fetched:
                found = examine(shown, fetched)
            if resets:
                reset(file.name, found, shown, environ, job)
            if not compresses:
                yield file.name
                return
            with converted(file.name, found, "qcow2", shown, directory, environ, job, compress=True) as smaller:
                os.truncate(file.name, 0)  # sending takes a while, and only the other one is needed for it
                yield smaller

    return rewrite


def _fetch(content: ImageContent, file: IO[bytes], shown: str, job: Job) -> None:
    job.stage("fetch")
    done = 0
    for chunk in content.chunks:
        file.write(chunk)
        done += len(chunk)
        job.progress(done, content.size_bytes)
    file.flush()
    if done != content.size_bytes:
        raise Failed(f"{done} bytes of {shown} came instead of {content.size_bytes}", hint="try again")
