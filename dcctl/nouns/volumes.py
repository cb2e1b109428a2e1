"""The noun of volumes: disks that are kept apart from instances, and attached to one at a time. Pure."""

from __future__ import annotations

from enum import StrEnum

from dcctl.frozen import frozen
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from dcctl.model import Realm


LARGEST_GIB = 1 << 20
"""1 PiB: a slip of the finger, since disks are made thin and a host would not notice."""


class VolumeState(StrEnum):
    """What may be done with a volume, as in Deltacloud's storage volumes."""

    AVAILABLE = "available"  # to be attached, resized, destroyed
    IN_USE = "in-use"  # attached to an instance
    ERROR = "error"  # its creation was interrupted; destroy removes it


@frozen
class Volume:
    """A disk. ``instance`` is the name of the one that it is attached to, ``device`` what the provider calls it there.

    One that is out of the endpoint's reach, at a host that shares its volumes, is called otherwise than any other: ``web@east.example``.
    """

    id: str
    name: str
    state: VolumeState = VolumeState.AVAILABLE
    realm: str | None = None
    size_gib: int | None = None
    instance: str | None = None
    device: str | None = None
    created: datetime | None = None


def way_to_free(volume: Volume) -> str:
    """The hint for those who want a volume that an instance has."""
    if volume.device is None:  # an instance of another host may have it, whose realm is another
        return "detach it first, by the realm that has its instance; see: dcctl volume list"
    return f"detach it first: dcctl volume detach {as_placed(volume)}"


@frozen
class VolumeSpec:
    """A request to make an empty volume."""

    token: str
    name: str
    size_gib: int
    realm: Realm
