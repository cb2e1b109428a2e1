"""Which realms ``--realm auto`` chooses, and how it explains itself."""

from __future__ import annotations

import pytest

from dcctl.errors import Capacity
from dcctl.nouns.realm_facts import PoolFacts, RealmFacts
from dcctl.spreading import Room, room_of, share_out, shares


def facts(realm: str, memory: int | None, space: int | None = None, host: str | None = None) -> RealmFacts:
    pools = () if space is None else (PoolFacts("disks", active=True, used=True, free_mib=space),)
    return RealmFacts(realm, hostname=host, memory_free_mib=memory, pools=pools)


def room(
    realm: str, memory: int | None, space: int | None = None, *, more: int | None = None, host: str | None = None
) -> Room:
    return room_of(facts(realm, memory, space, host), "an endpoint", more=more)


@pytest.mark.parametrize(
    ("realms", "chosen"),
    [
        ([room("a", 1000), room("b", 2000)], "b"),
        ([room("a", 2000, 10), room("b", 2000, 20)], "b"),
        ([room("a", 2000), room("b", 2000)], "a"),
        ([room("a", None), room("b", 600)], "b"),
        ([room("a", 100), room("b", None)], "b"),
        ([room("a", 4000, 1), room("b", 600, 50)], "b"),  # where the disk would not fit is second choice only
        ([room("a", 4000, 1), room("b", 600, 2)], "a"),
        ([room("a", 4000, more=0), room("b", 600)], "b"),  # at its limits
    ],
)
def test_most_memory_then_most_space_then_the_catalogue_s_order(realms: list[Room], chosen: str) -> None:
    (share,) = shares(realms, 1, memory_mib=512, space_mib=20)
    assert (share.realm, share.count) == (chosen, 1)
    assert share.notes[0].startswith(f"placed in {chosen} (")
    assert all(each.facts.realm in " ".join(share.notes) for each in realms)


def test_where_none_has_room_each_is_named_with_what_it_has() -> None:
    with pytest.raises(Capacity, match=r"512 MiB of memory free: a \(100 MiB .*, b \(200 MiB") as caught:
        shares([room("a", 100), room("b", 200)], 1, memory_mib=512, space_mib=0)
    assert caught.value.exit_status == 10


@pytest.mark.parametrize(
    ("realms", "placed"),
    [
        ([room("a", 1000), room("b", 3000)], "bbbba"),  # at 1,000 each the first of the catalogue
        ([room("a", 2000), room("b", 2000)], "ababa"),
        ([room("a", 2000, more=1), room("b", 2000)], "abbbb!"),  # limits first, then memory
        (
            [room("a", 2600, 4000), room("b", 1000, 9000)],
            "aabba",
        ),  # the third disk fits b only; then b has no memory left
        ([room("a", None), room("b", 1000)], "bbaaa"),  # one that does not tell, when the others are full
    ],
)
def test_several_go_where_then_most_is_left(realms: list[Room], placed: str) -> None:
    wanted = placed.rstrip("!")
    assert "".join(share_out(realms, len(wanted), memory_mib=500, space_mib=2000)) == wanted
    if wanted != placed:
        with pytest.raises(Capacity, match=f"room for {len(wanted)} instances .* not for {len(placed)}: a "):
            share_out(realms, len(placed), memory_mib=500, space_mib=2000)


def test_realms_of_one_host_have_its_memory_in_common() -> None:
    ssd, hdd = room("ssd", 1000, host="alpha"), room("hdd", 1000, host="alpha")
    other = room_of(facts("other", 900, host="alpha"), "another endpoint")
    assert share_out([ssd, hdd, other], 3, memory_mib=500, space_mib=0) == ["ssd", "other", "ssd"]
    with pytest.raises(Capacity):
        share_out([ssd, hdd], 3, memory_mib=500, space_mib=0)


def test_the_notes_say_how_many_go_where_and_where_none_goes() -> None:
    found = shares([room("a", 1500, more=2), room("b", 2000), room("c", 100)], 3, memory_mib=500, space_mib=0)
    assert [(share.realm, share.count) for share in found] == [("b", 2), ("a", 1)]
    assert found[0].notes[0] == "placed in b (2000 MiB of memory and space unknown free): 2 of 3"
    assert (
        found[1].notes[0] == "placed in a (1500 MiB of memory and space unknown free; its limits allow 2 more): 1 of 3"
    )
    assert {share.notes[1:] for share in found} == {("rather than in c (100 MiB of memory and space unknown free)",)}


def test_where_all_are_at_their_limits_the_catalogue_is_named() -> None:
    with pytest.raises(Capacity, match="at its limits") as caught:
        shares([room("a", 9000, more=0)], 1, memory_mib=500, space_mib=0)
    assert "limits in the catalogue" in (caught.value.hint or "")


def test_disks_that_may_outgrow_the_space_are_noted_and_no_reason_to_refuse() -> None:
    (share,) = shares([room("a", 2000, 10)], 1, memory_mib=500, space_mib=4096)
    assert share.notes[-1] == "disks may grow to 4096 MiB, more than is free in a"
    (share,) = shares([room("a", 2000, 9000)], 1, memory_mib=500, space_mib=4096)
    assert len(share.notes) == 1
