"""Which realm ``--realm auto`` chooses, and how it explains itself."""

from __future__ import annotations

import pytest

from dcctl.errors import Capacity
from dcctl.nouns.realm_facts import PoolFacts, RealmFacts
from dcctl.placing import choose


def facts(realm: str, memory: int | None, space: int | None = None) -> RealmFacts:
    pools = () if space is None else (PoolFacts("disks", active=True, used=True, free_mib=space),)
    return RealmFacts(realm, memory_free_mib=memory, pools=pools)


@pytest.mark.parametrize(
    ("realms", "chosen"),
    [
        ([facts("a", 1000), facts("b", 2000)], "b"),
        ([facts("a", 2000, 10), facts("b", 2000, 20)], "b"),
        ([facts("a", 2000), facts("b", 2000)], "a"),
        ([facts("a", None), facts("b", 600)], "b"),
        ([facts("a", 100), facts("b", None)], "b"),
        ([facts("a", 4000, 1), facts("b", 600, 50)], "b"),  # where the disk would not fit is second choice only
        ([facts("a", 4000, 1), facts("b", 600, 2)], "a"),
    ],
)
def test_most_memory_then_most_space_then_the_catalogue_s_order(realms: list[RealmFacts], chosen: str) -> None:
    found, notes = choose(realms, memory_mib=512, storage_mib=20)
    assert found.realm == chosen
    assert notes[0].startswith(f"placed in {chosen} (")
    assert all(each.realm in " ".join(notes) for each in realms)


def test_where_none_has_room_each_is_named_with_what_it_has() -> None:
    with pytest.raises(Capacity, match=r"512 MiB of memory free: a \(100 MiB .*, b \(200 MiB") as caught:
        choose([facts("a", 100), facts("b", 200)], memory_mib=512, storage_mib=0)
    assert caught.value.exit_status == 10
