"""Files of the cache directory that are being downloaded: private, kept when a download breaks off, shared by who wants the same.

    downloads/KEY.lock   who has to do with the file: one that writes it (exclusive), or any number that use it (shared)
    downloads/KEY.part   what has come so far
    downloads/KEY.json   from where, and which version, so that a server that has another one by now is noticed
    downloads/KEY.queue  locked by those who wait for the file, so that whoever is done with it leaves it to them

KEY is the SHA-256 of the URL. Locks are flock(2)'s: they end with the process, however it ends. ``temporaries`` has files there, too.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from dcctl.errors import Capacity, DcctlError, Failed
from dcctl.files import make_private_directory
from dcctl.paths import cache_directory
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dcctl.job import Job

KEPT_SECONDS = 7 * 24 * 3600
"""What nobody went on with for a week is removed by the next import."""


@dataclass(frozen=True)
class Origin:
    """What is known of the file that a part belongs to.

    ``validator``: its strong ETag or its date, for If-Range; ``total``: bytes; ``purpose``: what the one who fetches it makes of it.
    """

    url: str
    validator: str | None = None
    total: int | None = None
    complete: bool = False
    purpose: str | None = None


class Part:
    """One file that is being downloaded, or was. The methods that change it are for who holds it exclusively."""

    def __init__(self, directory: str, url: str) -> None:
        key = hashlib.sha256(url.encode()).hexdigest()
        self.url = url
        self.lock_path = os.path.join(directory, f"{key}.lock")
        self.path = os.path.join(directory, f"{key}.part")
        self.queue_path = os.path.join(directory, f"{key}.queue")
        self._record = os.path.join(directory, f"{key}.json")

    def origin(self) -> Origin:
        """What is known; of a damaged record nothing, and then the part is of no use either."""
        try:
            with open(self._record, encoding="utf-8") as file:
                known = Origin(**json.load(file))
        except (OSError, ValueError, TypeError):
            return Origin(self.url)
        return known if known.url == self.url else Origin(self.url)

    def note(self, origin: Origin) -> None:
        """Remember it, whole or not at all."""
        temporary = f"{self._record}.new"
        with open(private(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="utf-8") as file:
            json.dump(asdict(origin), file)
        os.replace(temporary, self._record)

    def size(self) -> int:
        """How many bytes have come."""
        try:
            return os.stat(self.path).st_size
        except FileNotFoundError:
            return 0

    def writer(self) -> int:
        """A descriptor at the end of the part."""
        return private(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)

    def begin_anew(self) -> None:
        """Forget what has come, but not what it is for."""
        self.note(Origin(self.url, purpose=self.origin().purpose))
        with suppress(FileNotFoundError):
            os.unlink(self.path)

    def remove(self) -> None:
        for path in (self._record, self.path, self.queue_path, self.lock_path):
            with suppress(FileNotFoundError):
                os.unlink(path)


class Hold:
    """The lock on a part, as long as it is wanted."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._descriptor = -1

    def acquire(self, job: Job) -> bool:
        """Wait for the part: True if it is ours to write, False if another process has just finished it and still uses it."""
        while True:
            self._descriptor = private(self.part.lock_path, os.O_RDWR | os.O_CREAT)
            writing = try_lock(self._descriptor, fcntl.LOCK_EX)
            if not writing:
                with _opened(self.part.queue_path) as queue:
                    fcntl.flock(queue, fcntl.LOCK_SH)
                    job.stage("wait for another download of it")
                    self._wait(job)
            if self._current() and (writing or self.part.origin().complete):
                return writing
            self.close()  # the other one gave up: what it left is for who asks first

    def share(self) -> None:
        """From now on others may use the file as well, and nobody may change it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self, *, keep: bool) -> None:
        """Let go; unless there is something to be kept, or somebody waits for it, the last one removes the part."""
        wanted = keep and self.part.size() > 0
        if not wanted and self._descriptor >= 0 and try_lock(self._descriptor, fcntl.LOCK_EX) and not self._awaited():
            self.part.remove()
        self.close()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _wait(self, job: Job) -> None:
        """Until whoever writes is done; in a thread, so that the system wakes us, and a signal is heard meanwhile."""
        from threading import Thread  # noqa: PLC0415  3 ms, only where two want the same

        waiting = Thread(target=_lock_quietly, args=(os.dup(self._descriptor),), daemon=True)
        waiting.start()
        while waiting.is_alive():
            job.pause(0.05)

    def _awaited(self) -> bool:
        """Whether another process is in the queue: it is woken when the lock is free, and has it some time after that."""
        with _opened(self.part.queue_path) as queue:
            return not try_lock(queue, fcntl.LOCK_EX)

    def _current(self) -> bool:
        """Whether the file that we locked is still the one of this name: the last user of a part removes it."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self.part.lock_path))
        except FileNotFoundError:
            return False


@contextmanager
def held(directory: str, url: str, job: Job) -> Iterator[tuple[Hold, bool]]:
    """A hold on the part of this URL, and whether it is ours to write. What has come is kept if the block raises."""
    hold = Hold(Part(directory, url))
    try:
        writing = hold.acquire(job)
        yield hold, writing
    except BaseException:
        hold.release(keep=True)
        raise
    hold.release(keep=False)


def purpose_at_work(directory: str, url: str) -> str | None:
    """What somebody on this machine makes of the URL just now: fetches it, or uses what was fetched; None: nobody does."""
    part = Part(directory, url)
    return part.origin().purpose if in_use(part.path) else None


def downloads_directory(environ: Mapping[str, str]) -> str:
    """Where parts are, made if it is missing. Raises ``Failed`` where there is no place that is only ours."""
    cache = cache_directory(environ)
    if cache is None:
        raise Failed("there is no home directory for downloads", hint="name a place with XDG_CACHE_HOME")
    directory = os.path.join(cache, "downloads")
    try:
        make_private_directory(directory)
        found = os.stat(directory)
    except OSError as error:
        raise local_failure(error) from error
    if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Failed(
            f"others may write to {visible(directory)}, where downloads go",
            hint=f"run: chmod go-w {visible(directory)}",
        )
    return directory


def remove_old(directory: str) -> None:
    """Remove what nobody has touched for a week and nobody holds. Nothing here ever fails: it is only tidying."""
    with suppress(OSError):
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            with suppress(OSError):
                if time.time() - os.lstat(path).st_mtime > KEPT_SECONDS and not in_use(path):
                    os.unlink(path)


def kept(directory: str) -> Iterator[tuple[Origin, int, float]]:
    """What broke off and waits for the next attempt: where it is from, how many bytes of it are here, and until when, in seconds since 1970."""
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        with suppress(OSError, ValueError, TypeError, KeyError):
            if name.endswith(".json") and not in_use(path):
                with open(path, encoding="utf-8") as file:
                    part = Part(directory, json.load(file)["url"])
                changed = os.stat(part.path).st_mtime
                yield part.origin(), part.size(), changed + KEPT_SECONDS


def in_use(path: str) -> bool:
    """Whether a process holds the lock of what this file belongs to, or may hold it: one that sudo left is root's, and cannot be asked."""
    try:
        descriptor = os.open(lock_of(path), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        return not try_lock(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def lock_of(path: str) -> str:
    """The file whose lock says whether anybody has to do with this one."""
    return f"{os.path.splitext(path)[0]}.lock"


def local_failure(error: OSError) -> DcctlError:
    """Why something cannot be kept on this machine."""
    from errno import EDQUOT, ENOSPC  # noqa: PLC0415  on errors only

    if error.errno in (ENOSPC, EDQUOT):
        return Capacity(
            "no space is left on this machine for the image",
            hint="downloads and converted images go below XDG_CACHE_HOME; nothing was kept",
        )
    where = f" in {visible(str(error.filename))}" if error.filename else ""
    return Failed(
        f"cannot keep the image{where}: {error.strerror or error}",
        hint="downloads and converted images go below XDG_CACHE_HOME, ~/.cache if it is not set",
    )


def private(path: str, flags: int) -> int:
    """A descriptor of a file that only its owner may read, and that is no link."""
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Whether we have the lock; does not wait for it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(path: str) -> Iterator[int]:
    """A file to be locked while the block runs."""
    descriptor = private(path, os.O_RDWR | os.O_CREAT)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock_quietly(descriptor: int) -> None:
    """Wait for the lock; it belongs to the open file, which this descriptor shares with the one it was copied from."""
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
