"""What a host has and what it lacks, by libvirt's API alone. Changes nothing."""

from __future__ import annotations

from dcctl.nouns.realm_facts import NetworkFacts, PoolFacts, RealmFacts
from dcctl_drivers.libvirt import domain_xml
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.guest_type import kvm_works
from dcctl_drivers.libvirt.options import POOL, USER_NETWORK, network_of
from dcctl_drivers.libvirt.pools import unusable
from dcctl_drivers.libvirt.user_network import NOBODY_GETS_IN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import libvirt

    from dcctl.model import Realm

_MIB = 1 << 20
_KIB_IN_MIB = 1 << 10


def realm_facts(host: libvirt.virConnect, uri: str, realm: Realm) -> RealmFacts:
    """How the realm is now; two calls for each pool and network."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    architecture, _, cpus, *_ = (
        host.getInfo()
    )  # its memory is wrong on some hosts: it looks at the first NUMA node only
    memory, free = _memory(host)
    wanted = network_of(realm, uri)
    pools = tuple(_pools(host, realm.options[POOL]))
    networks = tuple(_networks(host, wanted))
    accelerated = kvm_works(host, uri, architecture)
    return RealmFacts(
        realm=realm.id,
        hostname=host.getHostname(),
        architecture=architecture,
        accelerated=accelerated,
        cpus=cpus,
        memory_mib=memory,
        memory_free_mib=free,
        instances_running=len(host.listDomainsID()),
        pools=pools,
        networks=networks,
        versions={
            "libvirt": _version(host.getLibVersion()),
            host.getType(): _version(host.getVersion()),
            "libvirt client": _version(libvirt.getVersion()),
        },
        missing=(
            *_pool_problem(host, realm, pools),
            *_missing(realm, networks, wanted, accelerated=accelerated),
        ),
    )


def _version(number: int) -> str:
    """libvirt's numbers: 9000000 is 9.0.0."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _memory(host: libvirt.virConnect) -> tuple[int | None, int | None]:
    """All and free, in MiB."""
    import libvirt  # noqa: PLC0415  loaded already

    stats: dict[str, int] = {}
    with forgiving(libvirt.VIR_ERR_NO_SUPPORT):
        stats = host.getMemoryStats(libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
    if "total" not in stats:
        return None, None
    free = sum(stats.get(name, 0) for name in ("free", "buffers", "cached"))
    return stats["total"] // _KIB_IN_MIB, free // _KIB_IN_MIB


def _pools(host: libvirt.virConnect, wanted: str) -> Iterator[PoolFacts]:
    import libvirt  # noqa: PLC0415  loaded already

    for name, pool in sorted((pool.name(), pool) for pool in host.listAllStoragePools()):
        with forgiving(libvirt.VIR_ERR_NO_STORAGE_POOL):  # it went away meanwhile
            _, capacity, _, free = pool.info()
            active = bool(pool.isActive())
            _, path = domain_xml.pool_directory(pool.XMLDesc())
            space = (capacity // _MIB, free // _MIB) if active else (None, None)
            yield PoolFacts(name, active, name == wanted, path, *space)


def _networks(host: libvirt.virConnect, wanted: str) -> Iterator[NetworkFacts]:
    import libvirt  # noqa: PLC0415  loaded already

    with forgiving(libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_CONN):  # a session without a network driver
        for name, network in sorted((network.name(), network) for network in host.listAllNetworks()):
            with forgiving(libvirt.VIR_ERR_NO_NETWORK):
                yield NetworkFacts(name, bool(network.isActive()), name == wanted)


def _pool_problem(host: libvirt.virConnect, realm: Realm, pools: tuple[PoolFacts, ...]) -> Iterator[str]:
    pool, make = realm.options[POOL], f"dcctl realm init {realm.id}"
    own_pool = next((each for each in pools if each.used), None)
    if own_pool is None:
        yield f"there is no storage pool {pool}: make it with {make}, or name another in the catalogue"
    elif (reason := unusable(host, pool)) is not None:
        yield f"{reason.message}: {reason.hint}"
    elif not own_pool.active:
        yield f"the storage pool {pool} is not active: start it with {make}"


def _missing(realm: Realm, networks: tuple[NetworkFacts, ...], network: str, *, accelerated: bool) -> Iterator[str]:
    make = f"dcctl realm init {realm.id}"
    if network == USER_NETWORK:
        yield f"{NOBODY_GETS_IN}: no addresses, no ssh"
    else:
        own_network = next((each for each in networks if each.used), None)
        if own_network is None:
            yield f"there is no network {network}: make it with {make}, or name another in the catalogue"
        elif not own_network.active:
            yield f"the network {network} is not active: start it with {make}"
    if not accelerated:
        yield "KVM cannot be used: guests are emulated, some ten times slower"
