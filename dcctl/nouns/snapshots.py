"""Snapshots of instances: the noun, and a request for a new one. Pure."""

from __future__ import annotations

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from dcctl.model import State


@frozen
class Snapshot:
    """What an instance was at a moment: its disks, and where it was not stopped its memory, too.

    Its name is unique among the snapshots of its instance. ``current``: what the instance is now began here: it was taken last, or
    reverted to since.
    """

    name: str
    instance: str
    state: State
    realm: str | None = None
    created: datetime | None = None
    description: str | None = None
    current: bool = False


@frozen
class SnapshotSpec:
    """A request to take a snapshot."""

    name: str
    description: str | None = None
