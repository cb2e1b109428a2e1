"""The digest of what is sent, computed beside the sending: one processor hashes while the daemon writes on another."""

from __future__ import annotations

import hashlib
from queue import SimpleQueue
from threading import Thread

TOGETHER = 8
"""Chunks that are handed over at once: each time wakes the other thread, 20,000 times for 1 GiB, one by one."""

AHEAD = 2
"""Times that whoever sends may be ahead of the hashing; then it waits."""


class Digest:
    """sha256 in a thread of its own. Use it as a context, so that the thread ends whatever happens."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._gathered: list[bytes] = []
        self._handed: SimpleQueue[list[bytes] | None] = SimpleQueue()
        # One for each time that may be handed over now. A Queue of this size takes 5 times as long.
        self._places: SimpleQueue[None] = SimpleQueue()
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
        self._gathered.append(chunk)
        if len(self._gathered) == TOGETHER:
            self._hand_over()

    def hexdigest(self) -> str:
        """Of all of it. Nothing can be added any more."""
        self._hand_over()
        self._end()
        return self._sum.hexdigest()

    def _hand_over(self) -> None:
        self._places.get()
        self._handed.put(self._gathered)
        self._gathered = []

    def _end(self) -> None:
        if self._thread.is_alive():
            self._handed.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (chunks := self._handed.get()) is not None:
            for chunk in chunks:
                self._sum.update(chunk)  # without the interpreter's lock, as sending is
            self._places.put(None)
