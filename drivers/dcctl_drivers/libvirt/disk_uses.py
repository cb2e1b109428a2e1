"""Which domains have which disks, running or not."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt


class DiskUse(NamedTuple):
    """A disk of a domain: where the file is, whose it is, and what the domain calls it."""

    path: str
    domain: str
    uuid: str
    device: str


def disk_uses(host: libvirt.virConnect) -> list[DiskUse]:
    """Every disk of every domain; several may have one file. One call, which waits for no guest."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        stats = host.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_BLOCK, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT)
    except libvirt.libvirtError as error:
        if error.get_error_code() in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_ARG):
            return []  # the simulated hypervisor, whose volumes hold nothing
        raise
    return [
        DiskUse(path, domain.name(), domain.UUIDString(), values.get(key.replace(".path", ".name"), ""))
        for domain, values in stats
        for key, path in values.items()
        if key.startswith("block.") and key.endswith(".path")
    ]
