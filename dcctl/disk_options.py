"""The disks that a create request asks for, against what the driver declares. Pure."""

from __future__ import annotations

from dcctl.abilities import AttachVolumes, DiskModes, OwnDisks
from dcctl.create_options import ability_of, unsupported
from dcctl.errors import DcctlError, NotAllowed, NotSupported, Usage
from dcctl.nouns.disks import Disks
from dcctl.nouns.volumes import LARGEST_GIB, Volume, VolumeState, way_to_free
from dcctl.words import as_placed, plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dcctl.driver import Driver
    from dcctl.model import Realm
    from dcctl.nouns.disks import WantedDisks


def disk_problems(driver: Driver, wanted: WantedDisks, count: int) -> Iterator[DcctlError]:
    """What of the disks the driver does not declare, or makes no sense for so many instances."""
    own = ability_of(driver, OwnDisks)
    if wanted.own_gib and own is None:
        yield unsupported(driver, "disks beside the root disk")
    elif own is not None and len(wanted.own_gib) > own.max_count:
        yield Usage(f"{len(wanted.own_gib)} disks are too many", hint=f"at most {own.max_count} beside the root disk")
    for size in wanted.own_gib:
        if not 1 <= size <= LARGEST_GIB:
            yield Usage(f"a disk cannot have {size} GiB", hint=f"from 1 GiB to {LARGEST_GIB} GiB")
    attaching = ability_of(driver, AttachVolumes)
    if wanted.volumes and attaching is None:
        yield unsupported(driver, "volumes")
    elif attaching is not None and len(wanted.volumes) > attaching.max_count:
        yield Usage(f"{len(wanted.volumes)} volumes are too many", hint=f"at most {attaching.max_count}")
    forms = ability_of(driver, DiskModes)
    if wanted.mode is not None and forms is None:
        yield unsupported(driver, "--disk-mode")
    elif forms is not None and wanted.mode not in (None, *forms.modes):
        yield NotSupported(
            f"the driver {driver.name} makes no {wanted.mode} disks", hint=f"one of: {', '.join(forms.modes)}"
        )
    for name in {name for name in wanted.volumes if wanted.volumes.count(name) > 1}:
        yield Usage(f"the volume {visible(name)} is given twice", hint="name it once")
    if wanted.volumes and count > 1:
        yield Usage(
            f"{plural(count, 'instance')} cannot have the same volume",
            hint="a volume is attached to one at a time: leave out --volume, or --count",
        )


def usable(volume: Volume | DcctlError, realm: Realm) -> Volume | DcctlError:
    """The volume if a new instance of the realm can have it, or why not."""
    if isinstance(volume, DcctlError):
        return volume
    if volume.realm not in (None, realm.id):
        return Usage(
            f"the volume {volume.name} is in the realm {volume.realm}, not in {realm.id}",
            hint=f"create the instance there: --realm {volume.realm}",
            resource=volume.name,
        )
    if volume.state is VolumeState.IN_USE:
        return NotAllowed(
            f"the volume {volume.name} is attached to {volume.instance}",
            hint=way_to_free(volume),
            resource=volume.name,
            realm=volume.realm,
        )
    if volume.state is VolumeState.ERROR:
        return NotAllowed(
            f"the creation of the volume {volume.name} was interrupted",
            hint=f"dcctl volume destroy {as_placed(volume)}, and create it again",
            resource=volume.name,
            realm=volume.realm,
        )
    return volume


def disks_of(wanted: WantedDisks, volumes: Sequence[Volume | DcctlError]) -> Disks:
    """What the driver is given."""
    return Disks(wanted.own_gib, tuple(volume for volume in volumes if isinstance(volume, Volume)), wanted.mode)
