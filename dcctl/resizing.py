"""Planning another size for an instance: what it would be, or everything that forbids it. Pure."""

from __future__ import annotations

from dcctl.abilities import Resize
from dcctl.errors import DcctlError, NotAllowed, Usage, raise_all
from dcctl.fitting import limit_problems
from dcctl.hardware import Choices, Hardware, HardwareProfile, Property, Range
from dcctl.nouns.changes import Size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dcctl.hardware import Value
    from dcctl.model import Instance, Realm

_FIXED_FOR_GOOD = (Property.ARCHITECTURE, Property.ROOT_TYPE)


def plan_size(
    driver: Resize,
    instance: Instance,
    profile: HardwareProfile,
    asked: Mapping[Property, Value],
    realm: Realm | None,
    others: Sequence[Instance],
) -> Size:
    """The size that results from another profile, other values, or both; of the profile that it has already, old overrides stay.

    ``instance`` with its hardware; ``realm``, with the ``others`` in it: whose limits hold. A root disk never shrinks: where the profile
    would have a smaller one, and allows the present one, that stays. Raises ``Problems`` with everything that is wrong.
    """
    now = instance.hardware or Hardware()
    overrides = {**(instance.overrides if profile.name == instance.hwp else {}), **asked}
    problems = profile.problems(overrides)
    if not problems and _keeps_disk(profile, overrides, now):
        overrides[Property.STORAGE] = now.storage_gib or 0
    hardware = profile.resolve(
        {name: value for name, value in overrides.items() if not profile.problems({name: value})}
    )
    problems += _lasting_problems(instance, profile, hardware, now)
    if hardware.storage_gib is not None and now.storage_gib is not None and hardware.storage_gib < now.storage_gib:
        problems.append(
            Usage(
                f"the disk of {instance.name} has {Property.STORAGE.text(now.storage_gib)}, and a disk does not shrink to"
                f" {Property.STORAGE.text(hardware.storage_gib)}",
                hint="what is on it would be cut off; create another instance",
                resource=instance.name,
            )
        )
    wanted = _changed(hardware, now)
    problems += [
        NotAllowed(
            f"the {name} of {instance.name} cannot be changed by this driver",
            hint=f"what can: {', '.join(sorted(driver.resizable))}",
            resource=instance.name,
        )
        for name in wanted
        if name not in driver.resizable and name not in _FIXED_FOR_GOOD
    ]
    if realm is not None and wanted:
        rest = [each for each in others if each.id != instance.id]
        problems += limit_problems(realm, hardware, 1, rest, instance.disks_gib)
    raise_all(problems)
    return Size(profile, hardware, overrides)


def after(instance: Instance, size: Size) -> Hardware:
    """The whole size once this is done."""
    now = instance.hardware or Hardware()
    return Hardware(
        cpu=size.hardware.cpu or now.cpu,
        memory_mib=size.hardware.memory_mib or now.memory_mib,
        storage_gib=size.hardware.storage_gib or now.storage_gib,
        architecture=now.architecture or size.hardware.architecture,
        root_type=now.root_type or size.hardware.root_type,
    )


def _keeps_disk(profile: HardwareProfile, overrides: Mapping[Property, Value], now: Hardware) -> bool:
    allowed = profile.properties.get(Property.STORAGE)
    if Property.STORAGE in overrides or now.storage_gib is None or not isinstance(allowed, Range | Choices):
        return False
    default = allowed.default
    return isinstance(default, int) and default < now.storage_gib and allowed.allows(now.storage_gib)


def _lasting_problems(
    instance: Instance, profile: HardwareProfile, hardware: Hardware, now: Hardware
) -> list[DcctlError]:
    """What an instance has for its whole life."""
    problems: list[DcctlError] = []
    for name, had, wanted in (
        (Property.ARCHITECTURE, now.architecture, hardware.architecture),
        (Property.ROOT_TYPE, now.root_type, hardware.root_type),
    ):
        allowed = profile.properties.get(name)
        possible = allowed is None or had is None or allowed.allows(had)
        if None not in (had, wanted) and not possible:
            problems.append(
                Usage(
                    f"{instance.name} has the {name.replace('_', ' ')} {had} for good, and the hardware profile"
                    f" {profile.name} gives {wanted}",
                    hint="choose another profile: dcctl hwp list",
                    resource=instance.name,
                )
            )
    return problems


def _changed(hardware: Hardware, now: Hardware) -> tuple[Property, ...]:
    pairs = (
        (Property.CPU, hardware.cpu, now.cpu),
        (Property.MEMORY, hardware.memory_mib, now.memory_mib),
        (Property.STORAGE, hardware.storage_gib, now.storage_gib),
    )
    return tuple(name for name, wanted, had in pairs if wanted is not None and wanted != had)
