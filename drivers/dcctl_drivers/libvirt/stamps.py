"""Stamps: empty volumes which tell a list, in one call for each pool, that what people noted on instances is still what it remembers.

libvirt has no call for the metadata of several domains, but one that names every volume of a pool. So whoever writes notes first makes an
empty volume of a name that never was, ``dcctl-<uuid>-notes-<random>``, then writes the record, which names it among the volumes that it
owns, and deletes the one before last. A stamp is deleted only after a later record than its own was written: the stamp of the last record
is always there, and where it is the only one, it is the last record's. Where there are two, somebody is writing, was killed doing so, or two wrote at once:
the record is read. An instance has none until the first change after its creation, so that creating costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from dcctl.frozen import frozen
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.metadata import Phase, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import libvirt

    from dcctl_drivers.libvirt.index import Index
    from dcctl_drivers.libvirt.metadata import Facts, OwnedVolume
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


def stamp_of(record: Record) -> str | None:
    """The name of the stamp that the record was written under; None before the first change."""
    prefix = names.volume(record.uuid, PART)
    return next((owned.name for owned in record.volumes if owned.name.startswith(prefix)), None)


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
        self._listed = {pool: found for pool in pools if (found := _listed(host, pool)) is not None}

    def record(self, uuid: str, facts: Facts) -> Record | None:
        """The record of an instance that nobody is at work on; None if it has to be read."""
        notes = self._stored.get(uuid)
        if notes is None or not self._stands(uuid, facts.pool, notes.stamp):
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
        stamp = stamp_of(record)
        if record.adopted is not None and stamp is None:
            return  # its pool may be none that takes stamps
        if record.phase is Phase.READY and not record.newer and self._stands(record.uuid, record.facts.pool, stamp):
            self._known[record.uuid] = Notes(stamp, record.labels, record.description, record.protected, record.adopted)

    def save(self) -> None:
        """Have it remembered for the next list."""
        if self._known != self._stored:
            self._index.store_notes(self._known)

    def _stands(self, uuid: str, pool: str, stamp: str | None) -> bool:
        listed = self._listed.get(pool)
        return listed is not None and listed.get(uuid, ()) == (() if stamp is None else (stamp,))


def _listed(host: libvirt.virConnect, pool: str) -> Mapping[str, tuple[str, ...]] | None:
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
            new = self._make(after)
            old = _stamps(before)
            touched.update(old if new is None else (*old, new))
            kept = tuple(owned for owned in after.volumes if owned not in old)
            return replace(after, volumes=kept if new is None else (*kept, new))

        try:
            last = write(stamp)
        except BaseException:
            self._tidy_up(touched)
            raise
        self._delete(touched.difference(_stamps(last)))

    def _make(self, record: Record) -> OwnedVolume | None:
        from uuid import uuid4  # noqa: PLC0415  8 ms, for changes only

        from dcctl.errors import NotSupported  # noqa: PLC0415  likewise
        from dcctl_drivers.libvirt.metadata import OwnedVolume  # noqa: PLC0415  likewise
        from dcctl_drivers.libvirt.pools import create_empty, open_pool  # noqa: PLC0415  9 ms with XML

        pool = open_pool(self.host, record.facts.pool)
        if record.adopted is not None:
            try:
                pool.path("")  # what dcctl made lies in a pool of files; what it adopted may lie in any
            except NotSupported:
                return None
        new = OwnedVolume(pool.name, names.volume(record.uuid, f"{PART}{uuid4().hex[:16]}"))
        create_empty(pool, new.name)
        return new

    def _tidy_up(self, touched: set[OwnedVolume]) -> None:
        """After a failure: stamps that the record does not name. Where nobody can tell they stay, which only makes lists slower."""
        import libvirt  # noqa: PLC0415  loaded already

        from dcctl_drivers.libvirt import records  # noqa: PLC0415  changes only

        try:
            record, _ = records.read(self.domain)
            self._delete(touched.difference(() if record is None else _stamps(record)))
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                self._delete(touched)

    def _delete(self, stamps: Iterable[OwnedVolume]) -> None:
        from dcctl_drivers.libvirt.pools import open_pool  # noqa: PLC0415  9 ms with XML

        for owned in stamps:
            open_pool(self.host, owned.pool).delete(owned.name)


def _stamps(record: Record) -> tuple[OwnedVolume, ...]:
    prefix = names.volume(record.uuid, PART)
    return tuple(owned for owned in record.volumes if owned.name.startswith(prefix))
