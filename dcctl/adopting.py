"""Adopting instances that something else than dcctl made: what of a request fits, and what destroying them means. Pure."""

from __future__ import annotations

from dcctl.errors import NotAllowed, Usage
from dcctl.hardware import Hardware, Property
from dcctl.words import as_placed, plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.hardware import HardwareProfile, Value
    from dcctl.model import Instance
    from dcctl.nouns.adoption import Adopted


def must_be_adoptable(instance: Instance) -> None:
    """Raises ``NotAllowed`` for an instance that dcctl made. One that was adopted before may be again."""
    if not instance.foreign and instance.adopted is None:
        raise NotAllowed(
            f"{instance.name} is dcctl's already: it made it",
            hint=f"see: dcctl instance show {as_placed(instance)}",
            resource=instance.name,
            realm=instance.realm,
        )


def sizes_beside(profile: HardwareProfile, instance: Instance) -> Mapping[Property, Value]:
    """The processors and the memory that the instance has and the profile would not give it. Raises ``Usage`` where it does not allow them."""
    now, given = instance.hardware or Hardware(), profile.resolve({})
    overrides: dict[Property, Value] = {}
    if now.cpu is not None and now.cpu != given.cpu:
        overrides[Property.CPU] = now.cpu
    if now.memory_mib is not None and now.memory_mib != given.memory_mib:
        overrides[Property.MEMORY] = now.memory_mib
    if problems := profile.problems(overrides):
        raise Usage(
            f"{instance.name} does not fit the hardware profile {profile.name}: {problems[0].message}",
            hint="name another profile, or none",
            resource=instance.name,
        )
    return overrides


def notes_of_destroying(instance: Instance, adopted: Adopted, *, with_disks: bool) -> tuple[str, ...]:
    """What becomes of the disks of an adopted instance. Raises ``NotAllowed`` if disks are to go that were never adopted."""
    name, known = instance.name, ", ".join(map(visible, adopted.disks))
    if with_disks and not adopted.disks:
        raise NotAllowed(
            f"the disks of {name} were not adopted with it",
            hint=f"first: dcctl instance adopt {as_placed(instance)} --with-disks",
            resource=name,
            realm=instance.realm,
        )
    if with_disks:
        return (f"{name} was adopted with {plural(len(adopted.disks), 'disk')}, destroyed with it: {known}",)
    which = f"; --with-disks destroys {known}" if adopted.disks else ""
    return (f"{name} was adopted: its definition goes, and its disks stay{which}",)
