"""Instances whose memory is on disk: what is saved of them knows no change of their definition or disks."""

from __future__ import annotations

from dcctl.errors import NotAllowed
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import Instance


def saved_is_refused(instance: Instance, verb: str) -> NotAllowed:
    """Why ``verb`` is not possible now."""
    return NotAllowed(
        f"cannot {verb} {instance.name}: it is suspended to disk, and what was saved would not know of it",
        hint=f"first: dcctl instance resume {as_placed(instance)}",
        resource=instance.name,
        realm=instance.realm,
    )
