"""Stamps: empty volumes which tell a list, in one call for each pool, that what people noted on instances is still what it remembers.

libvirt has no call for the metadata of several domains, but one that names every volume of a pool. So whoever writes notes first makes an
empty volume of a name that never was, ``dcctl-<uuid>-notes-<random>``, then writes the record, which names it among the volumes that it
owns, and deletes the one before last. A stamp is deleted only after a later record than its own was written: the stamp of the last record
is always there, and where it is the only one, it is the last record's. Where there are two, somebody is writing, was killed doing so, or two wrote at once:
the record is read. An instance has none until the first change after its creation, so that creating costs nothing.

Where no stamp can be made, in a pool that is full or not active, the change is made all the same: the stamps of before go first, and the
record names one that is not there, so that nobody remembers it. Only who remembers an instance that never had a stamp, or one whose pool was
not active, learns of it late: ``doctor`` finds that and makes the stamp (``late_notes``).
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import NamedTuple

from dcctl.frozen import frozen
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.metadata import OwnedVolume, Phase, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import libvirt

    from dcctl_drivers.libvirt.index import Index
    from dcctl_drivers.libvirt.metadata import Facts
    from dcctl_drivers.libvirt.pools import Pool

PART = "notes-"
"""What the names of stamps go on with after the uuid."""


class Notes(NamedTuple):
    """What people noted on an instance, as plain values, and the stamp that it was written under."""

    stamp: str | None
    labels: tuple[tuple[str, str], ...]
    description: str | None
    protected: bool
    adopted: tuple[str, ...] | None


def notes_of(record: Record) -> Notes:
    """What there is to remember of the record."""
    stamp = next((owned.name for owned in stamps_of(record)), None)
    return Notes(stamp, record.labels, record.description, record.protected, record.adopted)


def stamps_of(record: Record) -> tuple[OwnedVolume, ...]:
    """The stamp that the record was written under, none before the first change; more where those of before could not be deleted."""
    prefix = names.volume(record.uuid, PART)
    return tuple(owned for owned in record.volumes if owned.name.startswith(prefix))


def is_settled(record: Record, standing: tuple[str, ...]) -> bool:
    """Whether ``standing``, the stamps of the instance in its pool, tell for sure that this is its last record."""
    named = stamps_of(record)
    if record.adopted is not None and not named:
        return False  # its pool may be none that takes stamps
    return len(named) <= 1 and standing == tuple(owned.name for owned in named)


def remove_left(pool: Pool, uuid: str) -> None:
    """Of an instance that is being destroyed: stamps of writers that were killed, which no record names."""
    prefix = names.volume(uuid, PART)
    for name in pool.names():
        if name.startswith(prefix):
            pool.delete(name)


class Notebook:
    """The notes of one endpoint's instances as last read, each believed while its stamp says so. Made before any record is read."""

    def __init__(self, host: libvirt.virConnect, pools: Iterable[str], index: Index) -> None:
        self._index = index
        self._stored = index.load_notes()
        self._known: dict[str, Notes] = {}
        self._listed = {pool: found for pool in pools if (found := stamps_in(host, pool)) is not None}

    def record(self, uuid: str, facts: Facts) -> Record | None:
        """The record of an instance that nobody is at work on; None if it has to be read."""
        notes = self._stored.get(uuid)
        standing = self._standing(uuid, facts.pool)
        if notes is None or standing != (() if notes.stamp is None else (notes.stamp,)):
            return None
        self._known[uuid] = notes
        return Record(
            uuid,
            Phase.READY,
            facts,
            (),
            None,
            labels=notes.labels,
            description=notes.description,
            protected=notes.protected,
            adopted=notes.adopted,
        )

    def learn(self, record: Record) -> None:
        """What was read now."""
        self._known.pop(record.uuid, None)
        standing = self._standing(record.uuid, record.facts.pool)
        if standing is not None and record.phase is Phase.READY and not record.newer and is_settled(record, standing):
            self._known[record.uuid] = notes_of(record)

    def save(self) -> None:
        """Have it remembered for the next list."""
        if self._known != self._stored:
            self._index.store_notes(self._known)

    def _standing(self, uuid: str, pool: str) -> tuple[str, ...] | None:
        """The stamps of an instance in its pool; None where the pool cannot tell."""
        listed = self._listed.get(pool)
        return None if listed is None else listed.get(uuid, ())


def stamps_in(host: libvirt.virConnect, pool: str) -> Mapping[str, tuple[str, ...]] | None:
    """The stamps in a pool by the uuid in their names; None if the pool cannot be asked, as when it is not active."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    found: dict[str, tuple[str, ...]] = {}
    start, end = len(names.PREFIX), len(names.PREFIX) + 36
    try:
        volumes = host.storagePoolLookupByName(pool).listAllVolumes()
    except libvirt.libvirtError:
        return None  # whatever is wrong with it: the records tell the same
    for volume in volumes:
        name = volume.name()
        if name.startswith(PART, end + 1) and name.startswith(names.PREFIX):
            uuid = name[start:end]
            found[uuid] = (*found.get(uuid, ()), name)
    return found


@frozen
class Stamping:
    """Writes notes of one domain under a new stamp."""

    host: libvirt.virConnect
    domain: libvirt.virDomain

    def change(self, edit: Callable[[Record], Record]) -> None:
        """``records.change`` of what lists remember."""
        from dcctl_drivers.libvirt import records  # noqa: PLC0415  changes only

        self._write(lambda stamp: records.change(self.domain, lambda record: stamp(record, edit(record))))

    def replace(self, before: Record | None, after: Record) -> None:
        """``records.write`` of what lists remember."""
        from dcctl_drivers.libvirt import records  # noqa: PLC0415  changes only

        def write(stamp: Callable[[Record, Record], Record]) -> Record:
            record = stamp(before or replace(after, adopted=None), after)
            records.write(self.domain, record)
            return record

        self._write(write)

    def _write(self, write: Callable[[Callable[[Record, Record], Record]], Record]) -> None:
        touched: set[OwnedVolume] = set()

        def stamp(before: Record, after: Record) -> Record:
            if after == before:
                return before
            old = stamps_of(before)
            kept = tuple(owned for owned in after.volumes if owned not in old)
            new = self._name(after)
            if new is None:
                touched.update(old)
                return replace(after, volumes=kept)
            if self._makes(new):
                touched.update((*old, new))
                return replace(after, volumes=(*kept, new))
            # Whoever remembers what was before must read the record from now on. What cannot be deleted stays the instance's.
            left = tuple(owned for owned in old if not self._deletes(owned))
            return replace(after, volumes=(*kept, *left, new))

        try:
            last = write(stamp)
        except BaseException:
            self._tidy_up(touched)
            raise
        self._delete(touched.difference(stamps_of(last)))

    def renew(self) -> None:
        """Write the record once more, under a new stamp and no other, so that all lists read it. Raises ``libvirtError`` where none can be made."""
        from dcctl_drivers.libvirt import records  # noqa: PLC0415  changes only

        record = records.whole(self.domain)
        new = self._name(record)
        if new is None:
            return
        before = (stamps_in(self.host, new.pool) or {}).get(record.uuid, ())
        self._make(new)
        touched = {new, *(OwnedVolume(new.pool, name) for name in before)}

        def stamp(record: Record) -> Record:
            named = stamps_of(record)
            touched.update(named)
            return replace(record, volumes=(*(owned for owned in record.volumes if owned not in named), new))

        try:
            records.change(self.domain, stamp)
        except BaseException:
            self._tidy_up({new})
            raise
        self._delete(touched.difference((new,)))

    def _name(self, record: Record) -> OwnedVolume | None:
        """A new stamp's name; None for an adopted instance in a pool that takes none."""
        from dcctl.errors import NotSupported  # noqa: PLC0415  for changes only
        from dcctl_drivers.libvirt.pools import open_pool  # noqa: PLC0415  9 ms with XML

        if record.adopted is not None:
            try:
                # What dcctl made lies in a pool of files; what it adopted may lie in any.
                open_pool(self.host, record.facts.pool).path("")
            except NotSupported:
                return None
        return OwnedVolume(record.facts.pool, names.volume(record.uuid, f"{PART}{os.urandom(8).hex()}"))

    def _make(self, stamp: OwnedVolume) -> None:
        from dcctl_drivers.libvirt.pools import create_empty, open_pool  # noqa: PLC0415  9 ms with XML

        create_empty(open_pool(self.host, stamp.pool), stamp.name)

    def _makes(self, stamp: OwnedVolume) -> bool:
        """Make it if that can be; whatever is wrong with the pool, the change is not about it."""
        import libvirt  # noqa: PLC0415  loaded already

        try:
            self._make(stamp)
        except libvirt.libvirtError:
            return False
        return True

    def _deletes(self, stamp: OwnedVolume) -> bool:
        import libvirt  # noqa: PLC0415  loaded already

        from dcctl_drivers.libvirt.pools import open_pool  # noqa: PLC0415  9 ms with XML

        try:
            open_pool(self.host, stamp.pool).delete(stamp.name)
        except libvirt.libvirtError:
            return False
        return True

    def _tidy_up(self, touched: set[OwnedVolume]) -> None:
        """After a failure: stamps that the record does not name. Where nobody can tell they stay, which only makes lists slower."""
        import libvirt  # noqa: PLC0415  loaded already

        from dcctl_drivers.libvirt import records  # noqa: PLC0415  changes only

        try:
            record, _ = records.read(self.domain)
            self._delete(touched.difference(() if record is None else stamps_of(record)))
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                self._delete(touched)

    def _delete(self, stamps: Iterable[OwnedVolume]) -> None:
        """Where one stays, the record is read each time, until ``doctor`` deletes it."""
        for owned in stamps:
            self._deletes(owned)
