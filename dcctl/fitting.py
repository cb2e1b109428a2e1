"""Whether an image fits a size, and a size the limits of a realm. Pure."""

from __future__ import annotations

from dataclasses import replace

from dcctl.errors import Capacity, DcctlError, NotAllowed, NotFound, Usage
from dcctl.hardware import Choices, Hardware, HardwareProfile, Property, Range
from dcctl.model import Image, ImageState, State
from dcctl.words import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dcctl.hardware import Value
    from dcctl.model import Instance, Realm


def image_problems(image: Image, *, import_missing: bool) -> list[DcctlError]:
    """Why nothing can be made from the image now. ``import_missing``: one that only the catalogue has will be imported first, and one that
    somebody is importing is waited for.
    """
    if image.state is ImageState.AVAILABLE:
        return []
    if import_missing and image.state in (ImageState.NOT_IMPORTED, ImageState.PENDING):
        return []
    if image.state is ImageState.NOT_IMPORTED:
        return [
            NotFound(
                f"the image {image.name} is not imported in the realm {image.realm}, but the catalogue knows it",
                hint=f"add --import, or first: dcctl image import {image.name} --realm {image.realm}",
                resource=image.name,
                realm=image.realm,
            )
        ]
    unfinished = image.state is ImageState.ERROR
    there = image.name if image.realm is None else f"{image.realm}/{image.name}"
    return [
        NotAllowed(
            f"the image {image.name} is {'unfinished' if unfinished else image.state}",
            hint=f"its import was interrupted; remove what is left, and import it again: dcctl image destroy {there}"
            if unfinished
            else "wait until it is available, or have create wait: --import",
            resource=image.name,
            realm=image.realm,
        )
    ]


def resolve(profile: HardwareProfile, overrides: Mapping[Property, Value], image: Image | DcctlError) -> Hardware:
    """The size that results; where the profile leaves the architecture open, the image decides."""
    hardware = profile.resolve(overrides)
    if not isinstance(image, Image) or image.architecture is None or Property.ARCHITECTURE in overrides:
        return hardware
    architecture = profile.properties.get(Property.ARCHITECTURE)
    if architecture is None or (isinstance(architecture, Choices) and architecture.allows(image.architecture)):
        return replace(hardware, architecture=image.architecture)
    return hardware


def fit_problems(image: Image, profile: HardwareProfile, hardware: Hardware) -> list[DcctlError]:
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


def limit_problems(
    realm: Realm, hardware: Hardware, count: int, instances: Sequence[Instance], disks_gib: Sequence[int] = ()
) -> list[DcctlError]:
    """What of the realm's limits so many new instances would exceed. ``disks_gib``: those beside the root disk; volumes exist already."""
    if not (realm.limits and count):
        return []
    used = usage(realm.id, instances)
    wanted = {name: count * size for name, size in _limited(hardware, disks_gib).items()}
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


def limit_room(
    realm: Realm, hardware: Hardware, instances: Sequence[Instance], disks_gib: Sequence[int] = ()
) -> int | None:
    """How many such new instances the realm's limits have room for; None: any number."""
    if not realm.limits:
        return None
    used, wanted = usage(realm.id, instances), _limited(hardware, disks_gib)
    fitting = [max(0, limit - used[name]) // wanted[name] for name, limit in realm.limits.items() if wanted[name]]
    return min(fitting, default=None)


def _limited(hardware: Hardware, disks_gib: Sequence[int]) -> dict[str, int]:
    """How much of each limit a new instance takes."""
    return {
        "instances": 1,
        "cpu": hardware.cpu or 0,
        "memory": hardware.memory_mib or 0,
        "storage": (hardware.storage_gib or 0) + sum(disks_gib),
    }


def usage(realm: str, instances: Iterable[Instance]) -> dict[str, int]:
    """How much of each limit the instances of a realm use: instances, cpu, memory (MiB), storage (GiB)."""
    totals = {"instances": 0, "cpu": 0, "memory": 0, "storage": 0}
    for instance in instances:
        if instance.realm == realm and instance.state is not State.FINISH:
            size = instance.hardware or Hardware()
            totals["instances"] += 1
            totals["cpu"] += size.cpu or 0
            totals["memory"] += size.memory_mib or 0
            totals["storage"] += (size.storage_gib or 0) + sum(instance.disks_gib)
    return totals


def _quantity(limit: str, amount: int) -> str:
    return plural(amount, "instance") if limit == "instances" else f"{limit} {Property(limit).text(amount)}"
