"""How a realm of the mock cloud is doing: it is large, and what its instances have is not free."""

from __future__ import annotations

from dcctl.model import State
from dcctl.nouns.realm_facts import NetworkFacts, PoolFacts, RealmFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.model import Instance, Realm

CPUS = 64
MEMORY_MIB = 256 * 1024
STORAGE_MIB = 10 * 1024 * 1024


def realm_facts(instances: Iterable[Instance], realm: Realm) -> RealmFacts:
    """What the realm has, less what the hardware of its instances takes."""
    here = [each for each in instances if each.realm == realm.id and each.state is not State.FINISH]
    running = [each for each in here if each.state is State.RUNNING]
    memory = sum(each.hardware.memory_mib or 0 for each in running if each.hardware is not None)
    storage = sum(each.hardware.storage_gib or 0 for each in here if each.hardware is not None) * 1024
    return RealmFacts(
        realm=realm.id,
        hostname=f"{realm.id}.mock.invalid",
        architecture="x86_64",
        cpus=CPUS,
        memory_mib=MEMORY_MIB,
        memory_free_mib=max(0, MEMORY_MIB - memory),
        instances_running=len(running),
        pools=(
            PoolFacts(
                "disks", active=True, used=True, capacity_mib=STORAGE_MIB, free_mib=max(0, STORAGE_MIB - storage)
            ),
        ),
        networks=(NetworkFacts("default", active=True, used=True),),
    )
