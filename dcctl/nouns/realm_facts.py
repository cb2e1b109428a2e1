"""How a realm is doing: what its host has, what of it is free, and what new instances would lack. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class PoolFacts:
    """A place for disks. ``used``: the realm's own; None where the provider does not tell."""

    name: str
    active: bool
    used: bool
    path: str | None = None
    capacity_mib: int | None = None
    free_mib: int | None = None


@frozen
class NetworkFacts:
    """A network that instances can be attached to. ``used``: the one of the realm's new instances."""

    name: str
    active: bool
    used: bool


@frozen
class RealmFacts:
    """What a realm's host has now. None: the provider does not tell.

    ``memory_free_mib``: what new instances could have, caches that would make room included. ``accelerated``: instances run on the
    processor itself, not emulated. ``versions``: of the programs that matter, by name. ``missing``: what new instances would lack,
    each in a sentence that says what to do.
    """

    realm: str
    hostname: str | None = None
    architecture: str | None = None
    accelerated: bool | None = None
    cpus: int | None = None
    memory_mib: int | None = None
    memory_free_mib: int | None = None
    instances_running: int | None = None
    pools: tuple[PoolFacts, ...] = ()
    networks: tuple[NetworkFacts, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def storage_free_mib(self) -> int | None:
        """The free space of the realm's own pool."""
        return next((pool.free_mib for pool in self.pools if pool.used), None)
