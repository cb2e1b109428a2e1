"""What is odd on a host and worth knowing, though nothing of it is dcctl's to mend: others' volumes, old leases, clocks that differ."""

from __future__ import annotations

from time import time
from xml.etree.ElementTree import fromstring

from dcctl.nouns.findings import Finding, Verdict
from dcctl.words import as_argument, plural, visible
from dcctl_drivers.libvirt import domain_xml, images, names
from dcctl_drivers.libvirt.connection import forgiving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import libvirt

    from dcctl.model import Realm
    from dcctl_drivers.libvirt.disk_uses import DiskUse
    from dcctl_drivers.libvirt.pools import Pool

CLOCK_SECONDS = 5.0
"""Beyond what a file's time and a message's way explain."""

_NAMED = 5
"""So many volumes are named; a pool of somebody else's may have thousands."""


def unused_volumes(
    realm: Realm, pool: Pool, volumes: Mapping[str, libvirt.virStorageVol], uses: Iterable[DiskUse]
) -> Iterator[Finding]:
    """Volumes that somebody else put into the pool and that no domain and no overlay needs: named, never touched."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    needed = {use.path for use in uses}
    for volume in volumes.values():
        with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
            needed.add(domain_xml.backing_path(volume.XMLDesc()) or "")
    others = sorted(name for name in volumes if not name.startswith(names.PREFIX) and pool.path(name) not in needed)
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        listed = ", ".join(map(visible, others[:_NAMED]))
        yield Finding(
            "unused volume",
            Verdict.NOTE,
            f"no domain uses {plural(len(others), 'volume')} that dcctl has not made: {listed}{more}",
            f"see: virsh vol-list --details {pool.name}",
            realm.id,
        )


def old_leases(host: libvirt.virConnect, realm: Realm, network: str) -> Iterator[Finding]:
    """Addresses that are lent to machines which are no longer there. libvirt cannot take them back; they end by themselves.

    A new instance never gets one of them by mistake: its MAC addresses follow from its id, and leases are matched by them.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    leases: list[dict[str, object]] = []
    with forgiving(libvirt.VIR_ERR_NO_NETWORK, libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_SUPPORT):
        leases = host.networkLookupByName(network).DHCPLeases()
    if not leases:
        return
    known: set[str] = set()
    for domain in host.listAllDomains():
        with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
            known.update(domain_xml.interfaces(domain.XMLDesc()))
    old = [lease for lease in leases if str(lease["mac"]).lower() not in known]
    if old:
        last = max(int(str(lease["expirytime"])) for lease in old) - time()
        yield Finding(
            "old lease",
            Verdict.NOTE,
            f"{plural(len(old), 'address')} of {network} {'is' if len(old) == 1 else 'are'} lent to machines that are gone",
            f"the last one ends in {max(0, last) / 60:.0f} minutes; see: dcctl network show {as_argument(f'{realm.id}/{network}')}",
            realm.id,
            network,
        )


def vanished(realm: Realm, pool: Pool, times: Mapping[str, float | None]) -> Iterator[Finding]:
    """Volumes that libvirt lists and whose files are gone, as when a file system is not mounted. ``times``: see ``times_of``."""
    lost = [name for name, changed in times.items() if changed is None]
    listed = pool.names() if lost else {}  # else it was deleted meanwhile
    gone = sorted(name for name in lost if name in listed)
    if gone:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        yield Finding(
            "pool",
            Verdict.WRONG,
            f"not in {visible(pool.directory)} any more: {', '.join(map(visible, gone[:_NAMED]))}{more}",
            f"is it mounted? What is gone for good libvirt forgets with: virsh pool-refresh {as_argument(pool.name)}",
            realm.id,
            pool.name,
        )


def times_of(volumes: Mapping[str, libvirt.virStorageVol]) -> Mapping[str, float | None]:
    """What ``changed`` says of each volume."""
    return {name: changed(volume) for name, volume in volumes.items()}


def clock(realm: Realm, times: Mapping[str, float | None]) -> Iterator[Finding]:
    """libvirt does not tell a host's time; the times of files do.

    One from the future tells that the host is ahead of us. The newest image says when it was made by the clock of whoever imported it, and
    its file by the host's.
    """
    newest = max((changed or 0 for changed in times.values()), default=0)
    ahead = newest - time()
    if ahead > CLOCK_SECONDS:
        yield _differs(realm, f"the host's clock is {ahead:.0f} s ahead of this machine's")
        return
    published = [holding.published for holding in images.holdings(times).values() if holding.published is not None]
    if published:
        last = max(published, key=lambda each: each.created)
        written = times[last.sidecar]
        behind = 0.0 if written is None else last.created - written
        if behind > CLOCK_SECONDS:
            name = visible(last.name)
            yield _differs(realm, f"the host's clock was {behind:.0f} s behind when the image {name} was imported")


def changed(volume: libvirt.virStorageVol) -> float | None:
    """When its file was written last, by the host's clock, in seconds; 0 where nobody tells, None where it is gone."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    text = None
    with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
        text = volume.XMLDesc()
    return None if text is None else float(fromstring(text).findtext("target/timestamps/mtime") or 0)  # noqa: S314  libvirt writes no document types


def _differs(realm: Realm, message: str) -> Finding:
    return Finding("clock", Verdict.WRONG, message, "see there and here: timedatectl", realm.id)
