"""Compressed images: found by their first bytes, unpacked as a stream, and never to more than the disk could hold that comes out.

gzip, xz and bzip2 are in Python's library; zstd comes into it with 3.14, until then the command does it.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from contextlib import contextmanager
from tempfile import TemporaryFile

from dcctl.errors import Usage
from dcctl.sources.programs import ZSTD, Limits, last_words, running
from dcctl.sources.temporaries import temporary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import IO, BinaryIO

    from dcctl.job import Job

_MAGIC = {
    b"\x1f\x8b": "gz",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
    b"\x50\x2a\x4d\x18": "zst",  # a skippable frame, with which the output of pzstd begins
    b"BZh": "bz2",
}

ENDINGS = (".gz", ".xz", ".zst", ".bz2")

MOST_BYTES = 2 << 40
"""2 TiB, the largest disk that a partition table of the old kind describes: what comes out where no profile sets a bound."""

_CHUNK = 1 << 20
_HOLE = 64 << 10  # zeros of this many bytes are not written: a file with holes costs what its data cost
_ZEROS = bytes(_HOLE)
_XZ_MEMORY = 256 << 20  # xz -9 needs 65 MiB to unpack; a file may ask for 4 GiB
_ZSTD_ORIGIN = re.compile(r"^/\*stdin\*\\ *: *")  # what zstd calls its standard input
_ZSTD_LIMITS = Limits(memory=512 << 20, seconds=24 * 3600)


def compression(path: str) -> str | None:
    """How a file is compressed; None for one that is not."""
    with open(path, "rb") as file:
        head = file.read(8)
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


@contextmanager
def unpacked(
    path: str, kind: str, shown: str, most: int, directory: str, environ: Mapping[str, str], job: Job
) -> Iterator[str]:
    """The path of what comes out, while the block runs. Raises ``Usage`` for a damaged file and for more than ``most`` bytes."""
    job.stage("unpack")
    with temporary(directory, "unpacked-") as output:
        with open(path, "rb") as packed:
            size = packed.seek(0, 2)
            packed.seek(0)
            done = 0
            try:
                for chunk in _content(packed, kind, shown, environ):
                    done += len(chunk)
                    if done > most:
                        raise Usage(
                            f"{shown} unpacks to more than {most >> 30} GiB",
                            hint="no hardware profile could hold it: dcctl hwp list",
                        )
                    _write_with_holes(output, chunk)
                    job.progress(min(packed.tell(), size), size)
            except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
                raise _damaged(shown, kind, str(error)) from error
        output.truncate(done)
        output.flush()
        yield output.name


def _content(packed: BinaryIO, kind: str, shown: str, environ: Mapping[str, str]) -> Iterator[bytes]:
    """At most ``_CHUNK`` bytes at a time, whatever the input."""
    if kind == "gz":
        with gzip.GzipFile(fileobj=packed) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    elif kind == "xz":
        yield from _streams(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))
    elif kind == "bz2":
        try:
            yield from _streams(packed, bz2.BZ2Decompressor)
        except OSError as error:
            if error.errno is not None:
                raise
            raise _damaged(shown, kind, str(error)) from error  # the library has no class of its own for it
    else:
        yield from _by_zstd(packed, shown, environ)


def _streams(packed: BinaryIO, begin: Callable[[], lzma.LZMADecompressor | bz2.BZ2Decompressor]) -> Iterator[bytes]:
    """One stream after the other, as ``cat a.xz b.xz`` makes them."""
    decompressor, data = begin(), b""
    while True:
        if decompressor.eof:
            data = (decompressor.unused_data or packed.read(_CHUNK)).lstrip(b"\0")  # xz pads streams with zeros
            if not data:
                return
            decompressor = begin()
        elif decompressor.needs_input:
            data = packed.read(_CHUNK)
            if not data:
                raise EOFError("it ends too early")
        if chunk := decompressor.decompress(data, _CHUNK):
            yield chunk
        data = b""


def _by_zstd(packed: BinaryIO, shown: str, environ: Mapping[str, str]) -> Iterator[bytes]:
    with TemporaryFile() as words:
        with running(ZSTD, ["-dcq"], _ZSTD_LIMITS, environ, stdin=packed, stderr=words) as process:
            assert process.stdout is not None
            while chunk := process.stdout.read(_CHUNK):
                yield chunk
            status = process.wait()
        if status != 0:
            raise _damaged(shown, "zst", _ZSTD_ORIGIN.sub("", last_words(words)))


def _write_with_holes(output: IO[bytes], chunk: bytes) -> None:
    for start in range(0, len(chunk), _HOLE):
        block = chunk[start : start + _HOLE]
        if block == _ZEROS:
            output.seek(_HOLE, 1)
        else:
            output.write(block)


def _damaged(shown: str, kind: str, why: str) -> Usage:
    return Usage(f"{shown} cannot be unpacked ({kind}): {why}", hint="copy or download it again")
