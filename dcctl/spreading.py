"""Sharing out new instances among realms, each where then most is free, within the limits of all of them. Pure."""

from __future__ import annotations

from dataclasses import replace

from dcctl.errors import Capacity
from dcctl.frozen import frozen
from dcctl.words import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.nouns.realm_facts import RealmFacts


@frozen
class Room:
    """What a realm has left. ``host`` and ``pool`` are the same where realms have memory or space in common.

    ``more``: how many such instances the limits of the catalogue allow; None: as many as fit.
    """

    facts: RealmFacts
    host: object
    pool: object
    memory_mib: int | None
    space_mib: int | None
    more: int | None = None


@frozen
class Share:
    """How many go to a realm, and why: sentences for the person."""

    realm: str
    count: int
    notes: tuple[str, ...]


def room_of(facts: RealmFacts, endpoint: object, *, more: int | None = None) -> Room:
    """The room of a realm as its endpoint tells it. Realms of one endpoint that name the same host have its memory in common."""
    host = (endpoint, facts.hostname or f"realm {facts.realm}")
    pool = next((pool.name for pool in facts.pools if pool.used), f"realm {facts.realm}")
    return Room(facts, host, (host, pool), facts.memory_free_mib, facts.storage_free_mib, more)


def share_out(realms: Sequence[Room], count: int, *, memory_mib: int, space_mib: int) -> list[str]:
    """The realm of each of ``count`` instances of this size, one after the other: the most memory left, then space; then the first.

    A realm that does not tell comes last. Space is a preference only: disks grow as they are filled, and a realm may promise more than it
    has. Raises ``Capacity`` where not all of them have room.
    """
    left = list(realms)
    placed: list[str] = []
    while len(placed) < count:
        roomy = [room for room in left if room.more != 0 and (room.memory_mib is None or room.memory_mib >= memory_mib)]
        if not roomy:
            raise _full(realms, count, len(placed), memory_mib)
        best = max(roomy, key=lambda room: _preference(room, space_mib))
        placed.append(best.facts.realm)
        left = [_without(room, best, memory_mib, space_mib) for room in left]
    return placed


def shares(realms: Sequence[Room], count: int, *, memory_mib: int, space_mib: int) -> list[Share]:
    """What ``share_out`` says, realm by realm, in the order in which they got their first; and why."""
    placed = share_out(realms, count, memory_mib=memory_mib, space_mib=space_mib)
    by_realm = {room.facts.realm: room for room in realms}
    others = [told(room) for name, room in by_realm.items() if name not in placed]
    rather = (f"rather than in {', '.join(others)}",) if others else ()
    found = []
    for name in dict.fromkeys(placed):
        number = placed.count(name)
        how_many = "" if count == 1 else f": {number} of {count}"
        found.append(
            Share(
                name,
                number,
                (f"placed in {told(by_realm[name])}{how_many}", *rather, *_tight(by_realm[name], number * space_mib)),
            )
        )
    return found


def _tight(room: Room, space_mib: int) -> tuple[str, ...]:
    """What to say of disks that may grow to more than there is."""
    if room.space_mib is None or room.space_mib >= space_mib:
        return ()
    return (f"disks may grow to {space_mib} MiB, more than is free in {room.facts.realm}",)


def told(room: Room) -> str:
    """What is free in a realm, for people."""
    memory, space, more = room.facts.memory_free_mib, room.facts.storage_free_mib, room.more
    words = [f"{memory} MiB of memory" if memory is not None else "memory unknown"]
    words.append(f"{space} MiB of space" if space is not None else "space unknown")
    limit = "" if more is None else f"; its limits allow {more} more"
    return f"{room.facts.realm} ({' and '.join(words)} free{limit})"


def _preference(room: Room, space_mib: int) -> tuple[bool, int, int]:
    space = room.space_mib
    memory = -1 if room.memory_mib is None else room.memory_mib
    return space is None or space >= space_mib, memory, -1 if space is None else space


def _without(room: Room, taken: Room, memory_mib: int, space_mib: int) -> Room:
    """The room after an instance has gone to ``taken``."""
    memory, space, more = room.memory_mib, room.space_mib, room.more
    if room.host == taken.host and memory is not None:
        memory -= memory_mib
    if room.pool == taken.pool and space is not None:
        space = max(0, space - space_mib)
    if room is taken and more is not None:
        more -= 1
    return replace(room, memory_mib=memory, space_mib=space, more=more)


def _full(realms: Sequence[Room], count: int, fitting: int, memory_mib: int) -> Capacity:
    free = ", ".join(map(told, realms))
    hint = "choose a smaller profile, or name a realm with --realm to try all the same"
    limited = all(room.more == 0 for room in realms)
    if limited:
        hint = "destroy instances that are not needed, or raise the limits in the catalogue"
    if count == 1 and limited:
        return Capacity(f"every realm that has the image is at its limits: {free}", hint=hint)
    if count == 1:
        return Capacity(f"no realm that has the image has {memory_mib} MiB of memory free: {free}", hint=hint)
    return Capacity(
        f"the realms that have the image have room for {plural(fitting, 'instance')}"
        f" with {memory_mib} MiB of memory, not for {count}: {free}",
        hint=hint if limited else f"{hint}; or make fewer: --count",
    )
