"""Volumes and keys whose making was broken off: they are listed, cannot be used, and keep their names from others."""

from __future__ import annotations

from time import time
from typing import NamedTuple

from dcctl.model import Query
from dcctl.nouns.findings import Finding, Verdict
from dcctl.nouns.volumes import Volume, VolumeState
from dcctl_drivers.libvirt import keys, volumes
from dcctl_drivers.libvirt.disk_uses import disk_uses
from dcctl_drivers.libvirt.oddities import changed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import libvirt

    from dcctl.model import Realm
    from dcctl.nouns.keys import Key
    from dcctl_drivers.libvirt.disk_uses import DiskUse
    from dcctl_drivers.libvirt.pools import Pool

REMOVE = "remove what is left of it"

MAKING_SECONDS = 60.0
"""Making one takes a moment; what is younger may be in the making."""


class HalfMade(NamedTuple):
    """A volume or a key that is not whole. ``noun``: what commands call it."""

    noun: str
    thing: Volume | Key

    @property
    def resource(self) -> str:
        return f"{self.noun}/{self.thing.name}"


def findings(host: libvirt.virConnect, realm: Realm, pool: Pool, uses: Sequence[DiskUse]) -> Iterator[Finding]:
    """One for each. ``uses``: those of all domains."""
    for each in _half_made(host, realm, pool, uses):
        yield Finding(
            f"left {each.noun}",
            Verdict.WRONG,
            f"the creation of the {each.noun} {each.thing.name} was interrupted",
            f"dcctl {each.noun} destroy {realm.id}/{each.thing.name}",
            realm.id,
            each.resource,
            REMOVE,
            destroys=True,
        )


def remove(host: libvirt.virConnect, realm: Realm, pool: Pool, resource: str) -> None:
    """Destroy it if it still is so."""
    for each in _half_made(host, realm, pool, disk_uses(host)):
        if each.resource == resource:
            if isinstance(each.thing, Volume):
                volumes.destroy_volume(host, pool, realm, each.thing)
            else:
                keys.destroy_key(pool, each.thing)


def _half_made(host: libvirt.virConnect, realm: Realm, pool: Pool, uses: Sequence[DiskUse]) -> Iterator[HalfMade]:
    everything = Query.everything()
    found = [
        *(
            HalfMade("volume", each)
            for each in volumes.volumes(host, pool, realm, everything, uses)
            if each.state is VolumeState.ERROR and each.instance is None
        ),
        *(HalfMade("key", each) for each in keys.keys(pool, realm, everything) if each.public_key is None),
    ]
    files = pool.names() if found else {}
    for each in found:
        beginning = f"dcctl-{each.noun}-{each.thing.name}"
        parts = [files[name] for name in files if name.startswith((f"{beginning}.", f"{beginning}~"))]
        if all((changed(part) or 0) < time() - MAKING_SECONDS for part in parts):
            yield each
