"""A local index of facts that hardly ever change for a uuid, so that a list need not read the metadata of every domain.

It holds the facts of instances that are ready, and None for domains that are not ours. No decision is ever taken from it: whatever is
done to an instance begins with reading its metadata. Only a resize and an adoption change them: they make the index of its own machine forget them, and others
heal as they read a domain anew with each list. Beside it lies what people noted, by its stamp. Both may be deleted at any time.
"""

from __future__ import annotations

import marshal  # as safe as the .pyc files of the same owner, and free where json costs 6 ms; only an owner's own file is read
import os
import sys
from _thread import allocate_lock  # what threading is made of, without its 3 ms

from dcctl import paths
from dcctl_drivers.libvirt.metadata import Facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from dcctl_drivers.libvirt.stamps import Notes

_NOTHING = object()

VERSION = 8


class Index:
    """The index of one endpoint. Every failure to read or write it is silent: it only makes lists slower."""

    def __init__(self, uri: str, environ: Mapping[str, str]) -> None:
        directory = paths.cache_directory(environ)
        self._directory = None if environ.get("DCCTL_NO_CACHE") else directory
        # The format is the interpreter's own.
        self._name = f"libvirt-{_digest(uri)}.{sys.implementation.cache_tag}"
        self._uri = uri
        self._lock = allocate_lock()
        """Held by whoever takes something out: one command may adopt or resize several instances at once."""

    def load(self) -> dict[str, Facts | None]:
        """By uuid; empty when there is none, or when somebody else could have written it."""
        try:
            return {uuid: None if row is None else _facts(row) for uuid, row in self._rows(".index").items()}
        except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError):
            return {}

    def load_notes(self) -> dict[str, Notes]:
        """What was noted on instances, by uuid: a file of its own, which most lists need not read."""
        from dcctl_drivers.libvirt.stamps import Notes  # noqa: PLC0415  loaded already: the notebook is asking

        try:
            return {uuid: Notes(*row) for uuid, row in self._rows(".notes").items()}
        except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError):
            return {}

    def _rows(self, suffix: str) -> dict[str, tuple[Any, ...]]:
        """What is in a file; nothing when it is not this version's or endpoint's, or when somebody else could have written it."""
        if self._directory is None:
            return {}
        with open(os.path.join(self._directory, self._name + suffix), "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                return {}
            stored = marshal.loads(file.read())  # noqa: S302  checked above: only we could have written it
        if stored["version"] != VERSION or stored["uri"] != self._uri:
            return {}
        rows: dict[str, tuple[Any, ...]] = stored["domains"]
        return rows

    def forget(self, uuid: str) -> None:
        """What is known of a domain is no longer so: the next list reads it."""
        with self._lock:
            known = self.load()
            if known.pop(uuid, _NOTHING) is not _NOTHING:
                self.store(known)

    def doubt_notes(self, uuid: str, now: Notes) -> None:
        """Whoever reads a record sees what was noted: what is remembered otherwise is forgotten, and the next list reads it."""
        with self._lock:
            known = self.load_notes()
            if known.get(uuid, now) != now:
                del known[uuid]
                self.store_notes(known)

    def store(self, known: Mapping[str, Facts | None]) -> None:
        """Replace it, in one step: of several writers the last wins, and all are right."""
        self._replace(".index", {uuid: None if facts is None else tuple(facts) for uuid, facts in known.items()})

    def store_notes(self, known: Mapping[str, Notes]) -> None:
        """Replace them, as ``store`` does."""
        self._replace(".notes", {uuid: tuple(notes) for uuid, notes in known.items()})

    def _replace(self, suffix: str, domains: Mapping[str, tuple[object, ...] | None]) -> None:
        if self._directory is None:
            return
        stored = {"version": VERSION, "uri": self._uri, "domains": domains}
        target = os.path.join(self._directory, self._name + suffix)
        scratch = f"{target}.{os.getpid()}"
        try:
            os.makedirs(self._directory, mode=0o700, exist_ok=True)
            descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.write(marshal.dumps(stored))
            os.rename(scratch, target)
        except OSError:
            _remove(scratch)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # it was never there, or somebody else's


def _facts(row: tuple[object, ...]) -> Facts:
    facts = Facts(*row)  # type: ignore[arg-type]
    if not all(isinstance(text, str) for text in (facts.image, facts.hwp, facts.realm, facts.pool, facts.created)):
        raise ValueError("not facts")
    return facts


def _digest(uri: str) -> str:
    from zlib import crc32  # noqa: PLC0415  free; a collision is noticed by the uri in the file

    return f"{crc32(uri.encode()):08x}"
