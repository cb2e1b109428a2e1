"""Planning a create request: every problem of it at once, and where the instance goes. Pure."""

from __future__ import annotations

from dataclasses import field

from dcctl.abilities import UserName
from dcctl.create_options import ability_of, option_problems, unsupported
from dcctl.errors import Conflict, DcctlError, Failed, NotAllowed, NotFound, raise_all
from dcctl.fitting import fit_problems, image_problems, limit_problems, resolve
from dcctl.frozen import frozen
from dcctl.hardware import Hardware, HardwareProfile, Property, Value
from dcctl.model import Action, Image, ImageState, Instance, InstanceSpec, Realm, State
from dcctl.naming import name_problem
from dcctl.plan import Plan, step
from dcctl.words import as_name, suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dcctl.driver import Driver
    from dcctl.nouns.disks import Disks, WantedDisks
    from dcctl.nouns.first_boot import FirstBoot
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine
    from dcctl.nouns.networks import Network
    from dcctl.nouns.volumes import Volume


AUTO = "auto"
"""The realm of a request that may go wherever there is room; a realm that is called so is meant itself."""


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
    interfaces: tuple[Interface, ...] = ()
    """One for each of the networks, if more is asked for than these."""
    console_log: bool = False
    """Keep what the console says."""
    vnc: bool = False
    """Show the screen by VNC."""
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    autostart: bool = False
    disks: WantedDisks | None = None
    """Those beside the root disk."""
    machine: Machine | None = None
    first_boot: FirstBoot | None = None
    count: int = 1
    """How many such instances the realm's limits must have room for."""
    import_missing: bool = False
    """An image that only the catalogue has will do: it is imported first; one that is on its way is waited for."""


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
    volumes: Sequence[Volume | DcctlError] = ()
    machine_problems: Sequence[DcctlError] = ()
    """Why the realm has no such machine."""
    interface_problems: Sequence[DcctlError] = ()
    """Why the realm cannot have such interfaces now."""
    notes: tuple[str, ...] = ()
    """Why it goes where it goes, for the person."""


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
        elsewhere = ", ".join(sorted({as_name(image.realm) for image in images if image.realm is not None}))
        return NotFound(
            f"there is no image {as_name(wanted)}{place}",
            hint=f"it is in: {elsewhere}" if elsewhere else suggestion(wanted, known()) or "see: dcctl image list",
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
    found = (facts.image, facts.profile, facts.realm, *facts.keys, *facts.networks, *facts.volumes)
    problems = [fact for fact in found if isinstance(fact, DcctlError)]
    image, profile, realm = facts.image, facts.profile, facts.realm
    hardware = Hardware()
    if isinstance(image, Image):
        problems += image_problems(image, import_missing=request.import_missing)
    if isinstance(profile, HardwareProfile):
        problems += profile.problems(request.overrides)
        # What is refused already says nothing about whether the image fits.
        possible = {name: value for name, value in request.overrides.items() if not profile.problems({name: value})}
        hardware = resolve(profile, possible, image)
        if isinstance(image, Image):
            problems += fit_problems(image, profile, hardware)
    if isinstance(realm, Realm):
        problems += limit_problems(realm, hardware, request.count, facts.instances, _own_disks(request))
    ssh_keys = (*request.ssh_keys, *(key for key in facts.keys if isinstance(key, str)))
    problems += option_problems(driver, request, ssh_keys)
    problems += facts.machine_problems
    if request.interfaces:
        from dcctl.interface_options import interface_problems  # noqa: PLC0415  few instances choose their addresses

        problems += interface_problems(driver, request.interfaces, facts.networks, request.count)
        problems += facts.interface_problems
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
        interfaces=_interfaces(request, facts),
        console_log=request.console_log,
        vnc=request.vnc,
        labels=dict(sorted(request.labels.items())),
        description=request.description or None,
        autostart=request.autostart,
        disks=_disks(request.disks, facts),
        machine=request.machine,
        first_boot=request.first_boot,
    )
    create = step(driver.machine, State.START, Action.CREATE)
    if create is None:
        raise NotAllowed(
            f"the driver {driver.name} cannot create instances in {realm.id}",
            hint="choose another realm: dcctl realm list",
        )
    notes = facts.notes
    if image.state is ImageState.NOT_IMPORTED:
        notes += (f"the image {image.name} is not in {realm.id} yet: it is imported first, as the catalogue says",)
    if image.state is ImageState.PENDING:
        notes += (f"the image {image.name} is on its way to {realm.id}: it is waited for",)
    if spec.interfaces and spec.first_boot is not None:
        from dcctl.interface_options import interface_notes  # noqa: PLC0415  few instances choose their addresses

        notes += interface_notes(spec.interfaces, spec.first_boot)
    problem = driver.no_way_in(realm, [network.name for network in spec.networks])
    if problem is not None:
        notes += (f"{problem.message}; {problem.hint}",)
    return Plan(Action.CREATE, (create,), realm.id, spec=spec, notes=notes)


def _own_disks(request: CreateRequest) -> tuple[int, ...]:
    return request.disks.own_gib if request.disks is not None else ()


def _interfaces(request: CreateRequest, facts: Facts) -> tuple[Interface, ...]:
    if not request.interfaces:
        return ()
    from dcctl.interface_options import interfaces_of  # noqa: PLC0415  few instances choose their addresses

    return interfaces_of(request.interfaces, facts.networks)


def _disks(wanted: WantedDisks | None, facts: Facts) -> Disks | None:
    if wanted is None:
        return None
    from dcctl.disk_options import disks_of  # noqa: PLC0415  few instances have more than one

    return disks_of(wanted, facts.volumes)


def _name(
    driver: Driver, request: CreateRequest, instances: Sequence[Instance], fresh: Fresh
) -> tuple[str, list[DcctlError]]:
    taken = {instance.name for instance in instances if instance.state is not State.FINISH}
    if request.name is None:
        free = next((name for name in fresh.names if name not in taken), None)
        if free is None:
            return "", [Conflict("none of the made-up names is free", hint="give a name with --name")]
        return free, []
    rule = ability_of(driver, UserName)
    if rule is None:
        return "", [unsupported(driver, "names")]
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
