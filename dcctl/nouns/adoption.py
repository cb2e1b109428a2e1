"""Instances that something else than dcctl made, and that dcctl took on."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.hardware import HardwareProfile, Property, Value
    from dcctl.model import Image


@frozen
class Adopted:
    """That an instance was adopted. ``disks``: those that were adopted with it, as the provider calls them; all others stay its own."""

    disks: tuple[str, ...] = ()


@frozen
class AdoptSpec:
    """A checked request to adopt an instance. What is None is not known, or stays as it was written before.

    ``overrides``: the sizes that it has and the profile would not give it. ``with_disks``: its disks, too.
    """

    image: Image | None = None
    hwp: HardwareProfile | None = None
    overrides: Mapping[Property, Value] = field(default_factory=dict)
    with_disks: bool = False
