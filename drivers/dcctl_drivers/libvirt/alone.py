"""One change of an instance at a time, among the processes of this user on this machine.

libvirt replaces a record whoever has read it meanwhile: of eight ``label`` that began at once three were lost. A lock of the host's would be
a volume that a killed process leaves behind; flock(2)'s end with their process, and cost 0.1 ms.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from time import monotonic, sleep

from dcctl.errors import Conflict
from dcctl.files import make_private_directory
from dcctl.paths import cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE_SECONDS = 30.0
"""A change takes some hundredths of a second, going back to a snapshot some seconds."""

_PAUSE_SECONDS = 0.01


@contextmanager
def alone(uuid: str, name: str) -> Iterator[None]:
    """Nobody else on this machine changes the instance while the block runs; not to be entered twice. Where no file can be kept or locked, it is left to chance.

    Raises ``Conflict`` when somebody else does not come to an end.
    """
    descriptor = _opened(uuid, os.environ)
    if descriptor is None:
        yield
        return
    try:
        _lock(descriptor, name)
        yield
    finally:
        os.close(descriptor)


def _opened(uuid: str, environ: Mapping[str, str]) -> int | None:
    """One of 256 files, so that none has to be removed."""
    base = _runtime_directory(environ) or cache_directory(environ)
    if base is None:
        return None
    directory = os.path.join(base, "changes")
    try:
        make_private_directory(directory)
        return os.open(os.path.join(directory, uuid[:2]), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None


def _runtime_directory(environ: Mapping[str, str]) -> str | None:
    """Where processes of one user meet, whatever HOME they have; not that of somebody else, as sudo may leave it in the environment."""
    given = environ.get("XDG_RUNTIME_DIR", "")
    try:
        ours = os.path.isabs(given) and os.stat(given).st_uid == os.geteuid()
    except OSError:
        return None
    return os.path.join(given, "dcctl") if ours else None


def _lock(descriptor: int, name: str) -> None:
    import fcntl  # noqa: PLC0415  changes only

    end = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > end:
                raise Conflict(
                    f"another process of yours is changing {name}, or an instance beside it",
                    hint="try again when it has come to its end",
                    resource=name,
                ) from None
            sleep(_PAUSE_SECONDS)
        except OSError:
            return  # some file systems know no locks, such as an NFS without its daemon (ENOLCK)
        else:
            return
