"""``--realm auto``: the realm with the most room among those that have the image, and why."""

from __future__ import annotations

from dataclasses import replace

from dcctl.abilities import DescribeRealms
from dcctl.creation import AUTO
from dcctl.errors import Capacity, NotSupported, Usage, raise_all
from dcctl.fitting import resolve
from dcctl.hardware import Hardware, HardwareProfile
from dcctl.lookup import split
from dcctl.model import ImageState, Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.collected import Reach
    from dcctl.creation import CreateRequest
    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.model import Image
    from dcctl.nouns.realm_facts import RealmFacts


def placed(
    reach: Reach, request: CreateRequest, profile: HardwareProfile | DcctlError
) -> tuple[CreateRequest, tuple[str, ...]]:
    """The request with a realm in place of ``auto``, and sentences that explain it; where no realm has the image, without any.

    Raises ``NotSupported`` if the driver does not tell how its realms are doing, ``Capacity`` if none has room, ``Usage`` where something
    else says where it goes.
    """
    if request.realm != AUTO or AUTO in reach.endpoints.realms:
        return request, ()
    if request.disks is not None and request.disks.volumes:
        raise Usage("an instance with volumes goes where they are", hint="name their realm: --realm REALM")
    if not issubclass(reach.driver, DescribeRealms):
        raise NotSupported(
            f"the driver {reach.driver.name} does not tell how its realms are doing", hint="name one: --realm REALM"
        )
    in_realm, name = split(request.image)
    if in_realm is not None:
        return replace(request, realm=None), (f"the image says where: in {in_realm}",)
    candidates, failures = reach.lookup.ask(None, lambda driver: _with_room(driver, name))
    found = [each for _, facts in candidates for each in facts]
    if not found:
        raise_all(failures)
        return replace(request, realm=None), ()
    needed, disks = _needed(request, profile, found[0][1]), request.disks
    chosen, notes = choose(
        [facts for facts, _ in found],
        memory_mib=(needed.memory_mib or 0) * request.count,
        storage_mib=((needed.storage_gib or 0) + sum(disks.own_gib if disks is not None else ()))
        * 1024
        * request.count,
    )
    unasked = (f"{error.realm or 'an endpoint'} was not considered: {error.message}" for error in failures)
    return replace(request, realm=chosen.realm), (*notes, *unasked)


def _needed(request: CreateRequest, profile: HardwareProfile | DcctlError, image: Image) -> Hardware:
    """The size that is asked for, as far as it makes sense; the planner tells what does not."""
    if not isinstance(profile, HardwareProfile):
        return Hardware()
    possible = {name: value for name, value in request.overrides.items() if not profile.problems({name: value})}
    return resolve(profile, possible, image)


def _with_room(driver: Driver, name: str) -> list[tuple[RealmFacts, Image]]:
    """How the realms of one endpoint are doing that have the image."""
    found = []
    for image in driver.images(Query.called(name)):
        realms = [each for each in driver.endpoint.realms if image.realm in (None, each.id)]
        if image.state is ImageState.AVAILABLE and isinstance(driver, DescribeRealms):
            found += [(driver.realm_facts(realm), image) for realm in realms]
    return found


def choose(realms: Sequence[RealmFacts], *, memory_mib: int, storage_mib: int) -> tuple[RealmFacts, tuple[str, ...]]:
    """The realm with the most free memory, then space, and why. One that does not tell comes last. Raises ``Capacity`` if none has room.

    Space is compared only: disks grow as they are filled, and a realm may promise more than it has.
    """
    roomy = [each for each in realms if each.memory_free_mib is None or each.memory_free_mib >= memory_mib]
    if not roomy:
        raise Capacity(
            f"no realm that has the image has {memory_mib} MiB of memory free: {_all(realms)}",
            hint="choose a smaller profile, or name a realm with --realm to try all the same",
        )

    def room(facts: RealmFacts) -> tuple[bool, int, int]:
        space = facts.storage_free_mib
        return (space is None or space >= storage_mib, facts.memory_free_mib or -1, space or -1)

    best = max(roomy, key=room)  # the first of the catalogue among equals
    others = [each for each in realms if each is not best]
    notes = [f"placed in {_room(best)}"]
    if others:
        notes.append(f"rather than in {_all(others)}")
    return best, tuple(notes)


def _all(realms: Sequence[RealmFacts]) -> str:
    return ", ".join(map(_room, realms))


def _room(facts: RealmFacts) -> str:
    memory, space = facts.memory_free_mib, facts.storage_free_mib
    told = [f"{memory} MiB of memory" if memory is not None else "memory unknown"]
    told.append(f"{space} MiB of space" if space is not None else "space unknown")
    return f"{facts.realm} ({' and '.join(told)} free)"
