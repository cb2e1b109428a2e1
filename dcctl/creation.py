"""Planning a create request: every problem of it at once, and where the instance goes. Pure."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TypeVar

from dcctl.abilities import AttachNetworks, ConsoleLog, SshKeys, UserData, UserName
from dcctl.errors import (
    Capacity,
    Conflict,
    DcctlError,
    Failed,
    NotAllowed,
    NotFound,
    NotSupported,
    Usage,
    raise_all,
)
from dcctl.frozen import frozen
from dcctl.hardware import Choices, Hardware, HardwareProfile, Property, Range, Value
from dcctl.model import Action, Image, ImageState, Instance, InstanceSpec, Realm, State
from dcctl.naming import name_problem
from dcctl.plan import Plan, step
from dcctl.words import plural, suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dcctl.driver import Driver
    from dcctl.networks import Network

Kind = TypeVar("Kind", UserName, UserData, SshKeys, AttachNetworks)


@frozen
class CreateRequest:
    """What a person asked for. ``image`` may be ``REALM/NAME``; ``name`` None: make one up; ``realm`` None: where the image is."""

    image: str
    hwp: str
    name: str | None = None
    realm: str | None = None
    overrides: Mapping[Property, Value] = field(default_factory=dict)
    user_data: bytes | None = None
    ssh_keys: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Names of keys that the provider keeps."""
    networks: tuple[str, ...] = ()
    console_log: bool = False
    """Keep what the console says."""
    count: int = 1
    """How many such instances the realm's limits must have room for."""


@frozen
class Fresh:
    """What changes from call to call: inputs of the planner, never made inside it."""

    token: str
    names: tuple[str, ...]  # made-up names, the first that is free is taken


@frozen
class Facts:
    """What was looked up for the request.

    ``profile`` and ``realm`` are the thing or why there is none; ``images`` those that have the asked name, in the order of the
    realms; ``image_names`` all names, for suggestions, filled only where none fits; ``instances`` those of the realm's endpoint that are
    needed to tell whether names are taken and limits reached.
    """

    profile: HardwareProfile | DcctlError
    realm: Realm | DcctlError
    image: Image | DcctlError
    instances: Sequence[Instance]
    keys: Sequence[str | DcctlError] = ()
    """The asked keys of the provider as lines of authorized_keys, each one or why there is none."""
    networks: Sequence[Network | DcctlError] = ()


def choose_image(
    wanted: str,
    images: Sequence[Image],
    *,
    realm: str | None,
    realms: Iterable[str],
    known: Callable[[], Iterable[str]],
) -> Image | DcctlError:
    """The image that is meant: in the asked realm, else in the first realm (catalogue order) that has it available.

    ``known`` lists all image names for the suggestion; called only when there is no such image.
    """
    fitting = [image for image in images if realm is None or image.realm in (None, realm)]
    if not fitting:
        place = f" in the realm {visible(realm)}" if realm is not None else ""
        return NotFound(
            f"there is no image {visible(wanted)}{place}",
            hint=suggestion(wanted, known()),
            resource=wanted,
            realm=realm,
        )
    order = list(realms)
    return min(
        fitting,
        key=lambda image: (
            image.state is not ImageState.AVAILABLE,
            order.index(image.realm) if image.realm in order else 0,
        ),
    )


def plan_create(driver: Driver, request: CreateRequest, facts: Facts, fresh: Fresh) -> Plan:
    """Check the whole request against the catalogue, the image, the realm, the driver's abilities and the names that exist.

    Raises ``Problems`` (or the only problem) with everything that is wrong, the most fundamental first.
    """
    found = (facts.image, facts.profile, facts.realm, *facts.keys, *facts.networks)
    problems = [fact for fact in found if isinstance(fact, DcctlError)]
    image, profile, realm = facts.image, facts.profile, facts.realm
    hardware = Hardware()
    if isinstance(image, Image):
        problems += _image_problems(image)
    if isinstance(profile, HardwareProfile):
        problems += profile.problems(request.overrides)
        # What is refused already says nothing about whether the image fits.
        possible = {name: value for name, value in request.overrides.items() if not profile.problems({name: value})}
        hardware = _resolve(profile, possible, image)
        if isinstance(image, Image):
            problems += _fit_problems(image, profile, hardware)
    if isinstance(realm, Realm):
        problems += _limit_problems(realm, hardware, request.count, facts.instances)
    ssh_keys = (*request.ssh_keys, *(key for key in facts.keys if isinstance(key, str)))
    problems += _ability_problems(driver, request, ssh_keys)
    name, name_problems = _name(driver, request, facts.instances, fresh)
    problems += name_problems
    raise_all(problems)
    if not (isinstance(image, Image) and isinstance(profile, HardwareProfile) and isinstance(realm, Realm)):
        raise Failed("a create request without problems must have found everything")
    spec = InstanceSpec(
        token=fresh.token,
        name=name,
        image=image,
        hwp=profile,
        hardware=hardware,
        overrides=dict(request.overrides),
        realm=realm,
        user_data=request.user_data,
        ssh_keys=ssh_keys,
        networks=tuple(network for network in facts.networks if not isinstance(network, DcctlError)),
        console_log=request.console_log,
    )
    create = step(driver.machine, State.START, Action.CREATE)
    if create is None:
        raise NotAllowed(
            f"the driver {driver.name} cannot create instances in {realm.id}",
            hint="choose another realm: dcctl realm list",
        )
    return Plan(Action.CREATE, (create,), realm.id, spec=spec)


def _image_problems(image: Image) -> list[DcctlError]:
    if image.state is ImageState.AVAILABLE:
        return []
    return [
        NotAllowed(
            f"the image {image.name} is {image.state}",
            hint="wait until it is available: dcctl image list",
            resource=image.name,
            realm=image.realm,
        )
    ]


def _resolve(profile: HardwareProfile, overrides: Mapping[Property, Value], image: Image | DcctlError) -> Hardware:
    """The size that results; where the profile leaves the architecture open, the image decides."""
    hardware = profile.resolve(overrides)
    if not isinstance(image, Image) or image.architecture is None or Property.ARCHITECTURE in overrides:
        return hardware
    architecture = profile.properties.get(Property.ARCHITECTURE)
    if architecture is None or (isinstance(architecture, Choices) and architecture.allows(image.architecture)):
        return replace(hardware, architecture=image.architecture)
    return hardware


def _fit_problems(image: Image, profile: HardwareProfile, hardware: Hardware) -> list[DcctlError]:
    """What of the image does not fit the size."""
    problems: list[DcctlError] = []
    if None not in (image.architecture, hardware.architecture) and image.architecture != hardware.architecture:
        problems.append(
            Usage(
                f"the image {image.name} is for {image.architecture}, the hardware profile {profile.name} gives"
                f" {hardware.architecture}",
                hint="choose a profile or an image of the other architecture",
                resource=image.name,
            )
        )
    for wanted, needed, given in (
        (Property.STORAGE, image.minimum_storage_gib, hardware.storage_gib),
        (Property.MEMORY, image.minimum_memory_mib, hardware.memory_mib),
    ):
        if needed is not None and given is not None and given < needed:
            problems.append(
                Usage(
                    f"the image {image.name} needs at least {wanted.text(needed)} of {wanted}, not {wanted.text(given)}",
                    hint=_room(profile, wanted, needed),
                    resource=image.name,
                )
            )
    return problems


def _room(profile: HardwareProfile, wanted: Property, needed: int) -> str:
    """Whether this profile could give more."""
    allowed = profile.properties.get(wanted)
    enough: int | None = None
    if isinstance(allowed, Range) and allowed.last >= needed:
        enough = max(allowed.first, needed)
    elif isinstance(allowed, Choices):
        enough = min((v for v in allowed.values if isinstance(v, int) and v >= needed), default=None)
    if enough is None:
        return f"choose a larger profile than {profile.name}: dcctl hwp list"
    return f"--{wanted} {wanted.text(enough).replace(' ', '')}"


def _limit_problems(realm: Realm, hardware: Hardware, count: int, instances: Sequence[Instance]) -> list[DcctlError]:
    """What of the realm's limits so many new instances would exceed."""
    if not (realm.limits and count):
        return []
    used = usage(realm.id, instances)
    wanted = {
        "instances": count,
        "cpu": count * (hardware.cpu or 0),
        "memory": count * (hardware.memory_mib or 0),
        "storage": count * (hardware.storage_gib or 0),
    }
    return [
        Capacity(
            f"the realm {realm.id} is limited to {_quantity(name, limit)}: {_quantity(name, used[name])} in use,"
            f" {_quantity(name, wanted[name])} more asked for",
            hint="destroy instances that are not needed, or choose another realm",
            realm=realm.id,
        )
        for name, limit in realm.limits.items()
        if used[name] + wanted[name] > limit
    ]


def usage(realm: str, instances: Iterable[Instance]) -> dict[str, int]:
    """How much of each limit the instances of a realm use: instances, cpu, memory (MiB), storage (GiB)."""
    totals = {"instances": 0, "cpu": 0, "memory": 0, "storage": 0}
    for instance in instances:
        if instance.realm == realm and instance.state is not State.FINISH:
            size = instance.hardware or Hardware()
            totals["instances"] += 1
            totals["cpu"] += size.cpu or 0
            totals["memory"] += size.memory_mib or 0
            totals["storage"] += size.storage_gib or 0
    return totals


def _quantity(limit: str, amount: int) -> str:
    return plural(amount, "instance") if limit == "instances" else f"{limit} {Property(limit).text(amount)}"


def _ability(driver: Driver, kind: type[Kind]) -> Kind | None:
    return next((ability for ability in driver.abilities if isinstance(ability, kind)), None)


def _ability_problems(driver: Driver, request: CreateRequest, ssh_keys: Sequence[str]) -> list[DcctlError]:
    """Options that the driver does not declare, or that exceed what it declares."""
    problems: list[DcctlError] = []
    if request.user_data is not None:
        user_data = _ability(driver, UserData)
        if user_data is None:
            problems.append(_unsupported(driver, "user data"))
        elif len(request.user_data) > user_data.max_bytes:
            problems.append(
                Usage(
                    f"the user data has {len(request.user_data)} bytes",
                    hint=f"at most {user_data.max_bytes} are allowed",
                )
            )
    if ssh_keys:
        rule = _ability(driver, SshKeys)
        if rule is None:
            problems.append(_unsupported(driver, "ssh keys"))
        elif len(ssh_keys) > rule.max_count:
            problems.append(Usage(f"{len(ssh_keys)} ssh keys are too many", hint=f"at most {rule.max_count}"))
    if request.networks:
        attaching = _ability(driver, AttachNetworks)
        if attaching is None:
            problems.append(_unsupported(driver, "networks"))
        elif len(request.networks) > attaching.max_count:
            problems.append(
                Usage(f"{len(request.networks)} networks are too many", hint=f"at most {attaching.max_count}")
            )
    if request.console_log and not isinstance(driver, ConsoleLog):
        problems.append(_unsupported(driver, "--console-log"))
    return problems


def _unsupported(driver: Driver, what: str) -> NotSupported:
    return NotSupported(
        f"the driver {driver.name} does not take {what}", hint=f"what it takes: dcctl driver show {driver.name}"
    )


def _name(
    driver: Driver, request: CreateRequest, instances: Sequence[Instance], fresh: Fresh
) -> tuple[str, list[DcctlError]]:
    taken = {instance.name for instance in instances if instance.state is not State.FINISH}
    if request.name is None:
        free = next((name for name in fresh.names if name not in taken), None)
        if free is None:
            return "", [Conflict("none of the made-up names is free", hint="give a name with --name")]
        return free, []
    rule = _ability(driver, UserName)
    if rule is None:
        return "", [_unsupported(driver, "names")]
    if (problem := name_problem(request.name, rule)) is not None:
        return "", [problem]
    if request.name in taken:
        return "", [
            Conflict(
                f"an instance called {request.name} exists already",
                hint="choose another name, or --if-missing to leave it as it is",
                resource=request.name,
            )
        ]
    return request.name, []


def make_fresh() -> Fresh:
    """A new token and new names."""
    from random import SystemRandom  # noqa: PLC0415  only create needs chance
    from uuid import uuid4  # noqa: PLC0415  likewise

    from dcctl.made_up_names import made_up_names  # noqa: PLC0415  likewise

    return Fresh(str(uuid4()), made_up_names(SystemRandom().randrange))
