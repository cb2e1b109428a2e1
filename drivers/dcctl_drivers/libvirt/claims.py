"""Who has which volume of a pool that several daemons share: none sees the domains of the others, so each writes down what its own have.

    dcctl-volume-NAME~HOST~UUID~INSTANCE     empty; made before the domain's disk is used, and removed once it is not any more

Whoever claims a volume looks at the directory after that: of two that claim one at once both may step back, two never have it. A claim of
this host whose domain does not have the disk is left of interrupted work, and counts for nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename
from zlib import crc32

from dcctl.errors import Conflict
from dcctl_drivers.libvirt import domain_xml
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.options import path_of
from dcctl_drivers.libvirt.pools import Pool, create_empty, look_anew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    import libvirt

    from dcctl_drivers.libvirt.disk_uses import DiskUse

PREFIX = "dcctl-volume-"

# With the longest names of volumes, 218 of the 255 characters that a file's name may have.
_MOST_OF_A_NAME = 48


@dataclass(frozen=True)
class Claim:
    """One volume that one domain has."""

    volume: str
    host: str
    uuid: str
    instance: str
    """What it was called then; for people."""

    @property
    def mark(self) -> str:
        """The name of the volume of the pool that says so."""
        return f"{PREFIX}{self.volume}~{self.host}~{self.uuid}~{self.instance}"

    @property
    def holder(self) -> str:
        """``web@east.example``."""
        return f"{self.instance}@{self.host.partition('-')[2]}"


def parsed(mark: str) -> Claim | None:
    """The claim that a volume's name says; None if it says something else."""
    if not mark.startswith(PREFIX):
        return None
    name, *said = mark[len(PREFIX) :].split("~")
    return Claim(name, *said) if len(said) == 3 else None


def this_host(host: libvirt.virConnect) -> str:
    """The daemon in a word: a number that tells it from all others, and the name of its machine. Two calls.

    Names alone may be the same (localhost), and a machine may have a daemon for itself and some for its users.
    """
    name = host.getHostname()
    identity = f"{name} {domain_xml.host_uuid(host.getCapabilities())} {path_of(host.getURI())}"
    return f"{crc32(identity.encode()):08x}-{_plain(name)}"


def of_others(names: Iterable[str], host: libvirt.virConnect) -> dict[str, Claim]:
    """What daemons of other hosts have of these volumes of a pool, by the names of people's volumes."""
    found = [claim for name in names if (claim := parsed(name)) is not None]
    here = this_host(host) if found else ""
    return {claim.volume: claim for claim in found if claim.host != here}


def stale(names: Iterable[str], host: libvirt.virConnect, uses: Iterable[DiskUse]) -> list[Claim]:
    """Claims of this host by domains that do not have the volume: of interrupted work, or of what is attached at this very moment.

    ``uses``: those of all domains, asked for after the names.
    """
    found = [claim for name in names if (claim := parsed(name)) is not None]
    if not found:
        return []
    here, used = this_host(host), {(use.uuid, basename(use.path)) for use in uses}
    return [each for each in found if each.host == here and (each.uuid, f"{PREFIX}{each.volume}.qcow2") not in used]


def claim(host: libvirt.virConnect, pool: Pool, volumes: Iterable[str], domain: libvirt.virDomain) -> None:
    """Claim volumes for a domain. Raises ``Conflict`` when another host has one; then nothing is claimed."""
    here, uuid, name = this_host(host), domain.UUIDString(), _plain(domain.name())
    mine = [Claim(volume, here, uuid, name) for volume in volumes]
    there = pool.names()
    for each in mine:
        if each.mark not in there:
            create_empty(pool, each.mark)
    look_anew(pool)
    theirs = of_others(pool.names(), host)
    taken = [theirs[each.volume] for each in mine if each.volume in theirs]
    if taken:
        release(pool, uuid, [each.volume for each in mine])
        raise Conflict(
            f"the volume {taken[0].volume} is attached to {taken[0].holder}",
            hint="detach it there; where it is not attached any more: dcctl doctor --fix there",
            resource=taken[0].volume,
        )


def release(pool: Pool, uuid: str, volumes: Iterable[str]) -> None:
    """A domain does not have these volumes any more."""
    wanted = set(volumes)
    for name in pool.names():
        found = parsed(name)
        if found is not None and found.uuid == uuid and found.volume in wanted:
            pool.delete(name)


def release_all(host: libvirt.virConnect, uuid: str, paths: Iterable[str]) -> None:
    """A domain that does not run will not have the disks at these paths any more. Disks that are nobody's volumes are left out."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    for path in paths:
        name = basename(path)
        if not name.startswith(PREFIX):
            continue
        with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
            handle = host.storageVolLookupByPath(path).storagePoolLookupByVolume()
            release(Pool(handle, handle.name()), uuid, [name.removeprefix(PREFIX).removesuffix(".qcow2")])


def _plain(name: str) -> str:
    """A name as part of a file's: letters, digits, dots and dashes."""
    kept = "".join(each if each.isascii() and (each.isalnum() or each in ".-_") else "_" for each in name)
    return kept[:_MOST_OF_A_NAME]
