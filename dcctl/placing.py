"""``--realm auto``: the realms with the most room among those that have the image, and why."""

from __future__ import annotations

from dataclasses import replace

from dcctl.abilities import DescribeRealms
from dcctl.batch import plan_each
from dcctl.create_facts import look_up
from dcctl.creation import AUTO
from dcctl.endpoints import border
from dcctl.errors import DcctlError, Problems, Usage, raise_all
from dcctl.fitting import limit_room, resolve
from dcctl.frozen import frozen
from dcctl.hardware import Hardware, HardwareProfile
from dcctl.lookup import or_error, split
from dcctl.model import Field, ImageState, Instance, Query, State
from dcctl.requiring import require_class
from dcctl.spreading import Room, room_of, shares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.catalogue import Catalogue
    from dcctl.collected import Reach
    from dcctl.creation import CreateRequest, Fresh
    from dcctl.driver import Driver
    from dcctl.model import Image
    from dcctl.plan import Plan


@frozen
class Placed:
    """A request with a realm in place of ``auto``, how many such instances go there, and sentences that explain it."""

    request: CreateRequest
    count: int
    notes: tuple[str, ...] = ()


@frozen
class Home:
    """A realm that has the image, and what an instance would need there."""

    realm: str
    room: Room
    needed: Hardware


def place(reach: Reach, catalogue: Catalogue, request: CreateRequest, count: int = 1) -> list[Placed]:
    """Where ``count`` such instances go; where no realm has the image, a request without any.

    Raises ``NotSupported`` if the driver does not tell how its realms are doing, ``Capacity`` if they have not room for all, ``Usage``
    where something else says where it goes.
    """
    if request.realm != AUTO or AUTO in reach.endpoints.realms:
        return [Placed(request, count)]
    if request.disks is not None and request.disks.volumes:
        raise Usage("an instance with volumes goes where they are", hint="name their realm: --realm REALM")
    require_class(reach.driver, DescribeRealms)
    in_realm, name = split(request.image)
    if in_realm is not None:
        return [Placed(replace(request, realm=None), count, (f"the image says where: in {in_realm}",))]
    profile = or_error(lambda: catalogue.profile(request.hwp))
    candidates, failures = reach.lookup.ask(
        None,
        Query.called(name),
        lambda driver, query: _with_room(driver, request, profile, query),
    )
    found = [each for _, rooms in candidates for each in rooms]
    if not found:
        raise_all(failures)
        return [Placed(replace(request, realm=None), count)]
    needed = found[0].needed
    unasked = tuple(f"{_where(error) or 'an endpoint'} was not considered: {error.message}" for error in failures)
    without = _without_image(reach, [home.realm for home in found], failures)
    return [
        Placed(replace(request, realm=share.realm), share.count, (*share.notes, *without, *unasked))
        for share in shares(
            [home.room for home in found],
            count,
            memory_mib=needed.memory_mib or 0,
            space_mib=((needed.storage_gib or 0) + sum(_own_disks(request))) * 1024,
        )
    ]


def _where(error: DcctlError) -> str:
    """The realm, or the realms of one endpoint, that did not answer."""
    return error.realm or ", ".join(error.realms)


def _without_image(reach: Reach, homes: Sequence[str], failures: Sequence[DcctlError]) -> tuple[str, ...]:
    """A sentence about the realms that answered and could not be chosen."""
    silent = {realm for error in failures for realm in (error.realm, *error.realms)}
    others = [realm for realm in reach.endpoints.realms if realm not in homes and realm not in silent]
    return (f"without the image: {', '.join(others)}",) if others else ()


def plan_each_somewhere(
    reach: Reach,
    catalogue: Catalogue,
    request: CreateRequest,
    names: Sequence[str | None],
    freshes: Sequence[Fresh],
) -> list[Plan]:
    """A plan for each name, in the realm that it is placed in; what is asked grows with the realms, not with the instances.

    Raises everything that is wrong with any of them, each problem once.
    """
    known = [name for name in names if name is not None]
    plans: list[Plan] = []
    problems: dict[str, DcctlError] = {}
    first = 0
    for placed in place(reach, catalogue, request, len(names)):
        part = slice(first, first := first + placed.count)
        must_be_free = known or [name for fresh in freshes[part] for name in fresh.names]
        driver, facts = look_up(reach, catalogue, placed.request, must_be_free, placed.notes)
        # Made-up names differ also between realms.
        planned = [Instance("", plan.resource, State.PENDING) for plan in plans]
        facts = replace(facts, instances=[*facts.instances, *planned])
        try:
            with border(driver):
                plans += plan_each(driver, placed.request, names[part], facts, freshes[part])
        except DcctlError as error:
            for problem in error.problems if isinstance(error, Problems) else (error,):
                problems.setdefault(problem.message, problem)
    raise_all(list(problems.values()))
    return plans


def _own_disks(request: CreateRequest) -> tuple[int, ...]:
    return request.disks.own_gib if request.disks is not None else ()


def _needed(request: CreateRequest, profile: HardwareProfile | DcctlError, image: Image) -> Hardware:
    """The size that is asked for, as far as it makes sense; the planner tells what does not."""
    if not isinstance(profile, HardwareProfile):
        return Hardware()
    possible = {name: value for name, value in request.overrides.items() if not profile.problems({name: value})}
    return resolve(profile, possible, image)


def _with_room(
    driver: Driver, request: CreateRequest, profile: HardwareProfile | DcctlError, query: Query
) -> list[Home]:
    """How the realms of one endpoint are doing that have the image, and what an instance would need there."""
    if not isinstance(driver, DescribeRealms):
        return []
    homes = [
        (realm, image)
        for image in driver.images(query)
        if image.state is ImageState.AVAILABLE
        for realm in driver.endpoint.realms
        if image.realm in (None, realm.id) and query.concerns(realm.id)
    ]
    limited = any(realm.limits for realm, _ in homes)
    instances = list(driver.instances(Query.everything(Field.HARDWARE))) if limited else []
    found = []
    for realm, image in homes:
        needed = _needed(request, profile, image)
        more = limit_room(realm, needed, instances, _own_disks(request))
        room = room_of(driver.realm_facts(realm), driver.endpoint.key, more=more)
        found.append(Home(realm.id, room, needed))
    return found
