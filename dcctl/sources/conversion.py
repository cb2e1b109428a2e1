"""Disk images in another format than they have, or compressed, by qemu-img; only what the gate let through comes here."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from tempfile import TemporaryFile
from time import monotonic

from dcctl.errors import Capacity, Failed, Timeout, Usage
from dcctl.sources.programs import QEMU_IMG, Limits, last_words, running
from dcctl.sources.temporaries import temporary
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from dcctl.disk_format import DiskFormat
    from dcctl.job import Job

_MEMORY = (
    2 << 30
)  # of addresses: its up to 64 threads alone reserve 512 MiB for their stacks; 1 GiB was seen to be too little
_LEAST_SECONDS = 60
_SLOWEST_BYTES_A_SECOND = 2 << 20  # of the input; inflating takes a hundredth of that on any processor of this century
_METADATA_SHARE = 256  # qcow2 needs a 4,000th of the disk for its tables
_METADATA_BYTES = 16 << 20
_POLL_SECONDS = 0.1
_MOST_WORDS = 16 << 20  # of what a check finds: a line for each broken table

_COMPRESSED = ("-c", "-W", "-o", "compression_type=zstd")
"""-W: clusters may be written in any order, so that several are compressed at once."""

_NO_CHECKS = 63
_LEAKS = 3
"""What ``qemu-img check`` ends with where a format cannot be checked, and where only room is wasted."""

_OPENING = re.compile(r"(?:Could not open '[^']*': )+")
"""It says so once for each layer."""

_PERCENT = re.compile(rb"\((\d+)\.\d+/100%\)")


@contextmanager
def converted(
    path: str,
    found: DiskFormat,
    wanted: str,
    shown: str,
    directory: str,
    environ: Mapping[str, str],
    job: Job,
    *,
    compress: bool = False,
) -> Iterator[str]:
    """The path of the image in the wanted format, while the block runs. Raises ``Failed``, saying what qemu-img said."""
    job.stage("compress" if compress else f"convert from {found.format}")
    seconds = _seconds(path)
    limits = Limits(
        memory=_MEMORY,
        seconds=seconds,
        file_bytes=found.virtual_bytes + found.virtual_bytes // _METADATA_SHARE + _METADATA_BYTES,
    )
    with temporary(directory, "converted-") as output, TemporaryFile() as words:
        # Both formats are said: guessing would believe the content. Absolute paths: "nbd:…" would be taken for an address.
        options = ["convert", "-p", "-f", found.format, "-O", wanted, os.path.abspath(path), output.name]
        if compress:
            options[1:1] = _COMPRESSED
        with running(QEMU_IMG, options, limits, environ, stderr=words) as process:
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            deadline = monotonic() + 10 * seconds
            while process.poll() is None:
                if percents := _PERCENT.findall(process.stdout.read() or b""):
                    job.progress(int(percents[-1]) * found.virtual_bytes // 100, found.virtual_bytes)
                if monotonic() > deadline:
                    raise Timeout(
                        f"qemu-img has not converted {shown} in {10 * seconds} seconds", hint="nothing was kept"
                    )
                job.pause(_POLL_SECONDS)
        if process.returncode != 0:
            raise _failure(shown, _said(words), process.returncode)
        yield output.name


def check_whole(path: str, found: DiskFormat, shown: str, environ: Mapping[str, str], job: Job) -> None:
    """Raises ``Usage`` for an image that lacks something, or that qemu-img cannot read: missing parts would be converted to zeros."""
    job.stage("check")
    limits = Limits(memory=_MEMORY, seconds=_seconds(path), file_bytes=_MOST_WORDS)
    options = ["check", "-q", "-f", found.format, os.path.abspath(path)]
    with TemporaryFile() as words, running(QEMU_IMG, options, limits, environ, stderr=words) as process:
        while process.poll() is None:
            job.pause(_POLL_SECONDS)
        if process.returncode not in (0, _LEAKS, _NO_CHECKS):
            why = (
                visible(_found_wrong(words) or _said(words)) or f"qemu-img check ended with status {process.returncode}"
            )
            raise Usage(f"{shown} is a damaged {found.format} image: {why}", hint="copy or download it again")


def _seconds(path: str) -> int:
    """Of processor time, that no sane image of this size takes."""
    return _LEAST_SECONDS + os.stat(path).st_size // _SLOWEST_BYTES_A_SECOND


def _found_wrong(words: IO[bytes]) -> str:
    """The first thing that a check found, what is said last being no more than that something was."""
    words.seek(0)
    lines = words.read(1 << 16).decode(errors="replace").splitlines()
    return next((line.removeprefix("ERROR").strip(": ") for line in lines if line.startswith("ERROR")), "")


def _said(words: IO[bytes]) -> str:
    """What qemu-img said, without its name and that of the file."""
    return _OPENING.sub("", last_words(words).removeprefix("qemu-img: "))


def _failure(shown: str, words: str, status: int) -> Failed | Capacity:
    if "No space left" in words:
        return Capacity(
            f"no space is left on this machine to convert {shown}",
            hint="it goes below XDG_CACHE_HOME; nothing was kept",
        )
    why = visible(words) or f"it ended with status {status}"
    return Failed(f"qemu-img cannot convert {shown}: {why}", hint="is the file complete?")
