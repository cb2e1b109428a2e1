"""The disks of a new instance: in which form it has its root disk, and which others. Pure."""

from __future__ import annotations

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import DiskMode
    from dcctl.nouns.volumes import Volume


@frozen
class WantedDisks:
    """What a person asked for: the sizes of disks of its own, and the names of volumes, in the order in which the guest finds them."""

    own_gib: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    mode: DiskMode | None = None
    """Of the root disk; None: whatever the provider does unasked."""


@frozen
class Disks:
    """The same, checked, with nothing left to look up.

    Its own disks are empty at first and are destroyed with it; the volumes are attached from its first start on, and outlive it.
    """

    own_gib: tuple[int, ...] = ()
    volumes: tuple[Volume, ...] = ()
    mode: DiskMode | None = None
