"""The disks of a new domain beside root and seed: its own, recorded and made empty, and volumes of people's own, which are only lent to it.

Whom a volume is lent to is what the domains say. So the definition is the claim: it is written first, then everybody looks who else claims
the volume. Of two that claim one at once both may step back; two never have it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dcctl.errors import Conflict, NotAllowed, NotFound, NotSupported
from dcctl_drivers.libvirt import claims, domain_xml, names, volumes
from dcctl_drivers.libvirt.disk_uses import disk_uses
from dcctl_drivers.libvirt.domain_xml import Disk
from dcctl_drivers.libvirt.pools import look_anew

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import libvirt

    from dcctl.nouns.disks import Disks
    from dcctl_drivers.libvirt.pools import Pool

_GIB = 1 << 30


@dataclass(frozen=True)
class FurtherDisks:
    """Those of one new domain, before anything of it exists."""

    uuid: str
    pool: Pool
    own_gib: tuple[int, ...]
    lent: tuple[str, ...]
    """The names of the volumes."""
    shared: bool
    """Whether daemons of other hosts may have them."""

    @property
    def parts(self) -> list[str]:
        """What its record must name as its own."""
        return own_parts(self.own_gib)

    def devices(self) -> list[Disk]:
        """For the definition, in the order in which the guest finds them; there, disk1.qcow2 is /dev/disk/by-id/virtio-disk1."""
        own = [
            Disk(self.pool.path(names.volume(self.uuid, part)), "qcow2", serial=part.removesuffix(".qcow2"))
            for part in self.parts
        ]
        return own + [
            Disk(self.pool.path(volumes.disk(name)), "qcow2", serial=volumes.serial(name)) for name in self.lent
        ]

    def claim(self, host: libvirt.virConnect, domain: libvirt.virDomain) -> None:
        """Once the domain has them by its definition: make sure that nobody else has. Raises as ``check`` does."""
        if self.shared and self.lent:
            claims.claim(host, self.pool, self.lent, domain)
        self.check(host)

    def give_back(self) -> None:
        """Once the domain is gone again."""
        if self.shared and self.lent:
            claims.release(self.pool, self.uuid, self.lent)

    def check(self, host: libvirt.virConnect) -> None:
        """Raises ``NotFound``, ``NotAllowed`` or ``Conflict`` for a volume that is not there, not whole, or used by another domain."""
        if not self.lent:
            return
        if self.shared:
            look_anew(self.pool)
        whole = volumes.states(self.pool, self.lent)
        users = {use.path: use.domain for use in disk_uses(host) if use.uuid != self.uuid}
        theirs = claims.of_others(self.pool.names(), host) if self.shared else {}
        for name in self.lent:
            if name not in whole:
                raise NotFound(f"there is no volume {name}", hint="see: dcctl volume list", resource=name)
            if not whole[name]:
                raise NotAllowed(
                    f"the volume {name} is not whole: it is being created or destroyed, or that was interrupted",
                    hint="see: dcctl volume list",
                    resource=name,
                )
            user = users.get(self.pool.path(volumes.disk(name))) or (theirs[name].holder if name in theirs else None)
            if user is not None:
                raise Conflict(
                    f"the volume {name} is attached to {user}",
                    hint="detach it first; see: dcctl volume list",
                    resource=name,
                )

    def make(self, made: list[str]) -> None:
        """The disks of its own. ``made`` learns of each before it is made."""
        for part, size in zip(self.parts, self.own_gib, strict=True):
            name = names.volume(self.uuid, part)
            made.append(name)
            self.pool.handle.createXML(domain_xml.plain_volume(name, size * _GIB, "qcow2"))


def further_disks(disks: Disks, uuid: str, pool: Pool, *, shared: bool, simulated: bool) -> FurtherDisks:
    """Those of the instance that will have this uuid.

    Raises ``NotSupported`` for volumes on the simulated hypervisor, which does not say who has them.
    """
    if disks.volumes and simulated:
        raise NotSupported("libvirt's simulated hypervisor lends no volumes", hint="leave out --volume")
    return FurtherDisks(uuid, pool, disks.own_gib, tuple(volume.name for volume in disks.volumes), shared)


def own_parts(sizes: Sequence[int]) -> list[str]:
    """The names of so many disks of an instance's own, as its record has them."""
    return [names.disk(number) for number in range(1, len(sizes) + 1)]
