"""The digest of what is sent, computed beside the sending: one processor hashes while the daemon writes on another."""

from __future__ import annotations

import hashlib
from queue import SimpleQueue
from threading import Thread

AHEAD = 4
"""Chunks that may wait to be hashed. Whoever sends faster than that waits. With twice as many glibc gives memory back and gets it anew all the time:
30,000 page faults for each GiB instead of 200."""


class Digest:
    """sha256 in a thread of its own. Use it as a context, so that the thread ends whatever happens."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._chunks: SimpleQueue[bytes | None] = SimpleQueue()
        self._places: SimpleQueue[None] = (
            SimpleQueue()
        )  # one for each chunk that may be added now; a Queue of this size takes 5 times as long
        for _ in range(AHEAD):
            self._places.put(None)
        self._thread = Thread(target=self._run, name="digest", daemon=True)

    def __enter__(self) -> Digest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def update(self, chunk: bytes) -> None:
        """To be hashed after what came before it."""
        self._places.get()
        self._chunks.put(chunk)

    def hexdigest(self) -> str:
        """Of all of it. Nothing can be added any more."""
        self._end()
        return self._sum.hexdigest()

    def _end(self) -> None:
        if self._thread.is_alive():
            self._chunks.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            self._sum.update(chunk)  # without the interpreter's lock, as sending is
            self._places.put(None)
