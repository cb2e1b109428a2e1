"""Files of one command beside the downloads: what it read from standard input, unpacked, converted, or fetched of an instance.

    downloads/KIND-RANDOM.tmp    the file
    downloads/KIND-RANDOM.lock   locked from before the file is there until it is gone, or the process is

The next command that needs such a file removes those of killed ones, and so does ``dcctl doctor --fix``. The lock has a file of its
own: where flock(2) locks bytes, as on NFS, qemu-img could not have those that it locks itself.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from tempfile import mkstemp

from dcctl.sources.parts import in_use, local_failure, lock_of, private, remove_old

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

_ENDING = ".tmp"


@contextmanager
def temporary(directory: str, prefix: str) -> Iterator[IO[bytes]]:
    """A file that is gone again afterwards, its owner's alone. Raises ``Capacity`` or ``Failed`` where it cannot be kept."""
    try:
        remove_old(directory)
        remove_abandoned(directory)
        with _locked(directory, prefix) as path, open(path, "x+b", opener=private) as file:
            try:
                yield file
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(path)
    except OSError as error:
        raise local_failure(error) from error


def abandoned(directory: str) -> list[str]:
    """The paths of the files whose process is gone."""
    paths = (os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(_ENDING))
    return [path for path in paths if os.path.exists(lock_of(path)) and not in_use(path)]


def remove_abandoned(directory: str) -> None:
    """Remove them. That another one was faster is as good."""
    for path in abandoned(directory):
        for each in (path, lock_of(path)):
            with suppress(FileNotFoundError):
                os.unlink(each)


@contextmanager
def _locked(directory: str, prefix: str) -> Iterator[str]:
    """The path of a file that is not there yet, and is nobody else's while the block runs."""
    descriptor, lock = mkstemp(dir=directory, prefix=prefix, suffix=".lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield os.path.splitext(lock)[0] + _ENDING
    finally:
        with suppress(FileNotFoundError):
            os.unlink(lock)
        os.close(descriptor)
