"""Images in a storage pool: a disk, and beside it a small volume whose existence is the publication.

All facts that do not change stand in that volume's *name*, so that one call lists every image with everything about it, on any host and
however many there are; its content says the same, and the description, as JSON. While an image is imported or destroyed another
volume, again only a name, says who is at work on it.

    dcctl-image-NAME.img                                                            the disk
    dcctl-image-NAME~FORMAT~ARCHITECTURE~VIRTUAL~USER~CREATED~SIZE~SHA256.json      written last
    dcctl-import-NAME~WORKER   dcctl-destroy-NAME~WORKER                            who is at work
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter

from dcctl.model import Image, ImageState
from dcctl_drivers.libvirt import names, worker
from dcctl_drivers.libvirt.pools import look_anew
from dcctl_drivers.libvirt.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.model import Query, Realm
    from dcctl_drivers.libvirt.pools import Pool

_DISK = names.IMAGE_DISK
_IMPORT = "dcctl-import-"
_DESTROY = "dcctl-destroy-"
_GIB = 1 << 30


@dataclass(frozen=True)
class Published:
    """What the name of a publication says."""

    name: str
    format: str
    architecture: str | None
    virtual_bytes: int
    user: str | None
    created: int  # seconds since 1970
    size_bytes: int
    digest: str  # sha256 in hexadecimal

    @property
    def volume(self) -> str:
        """The name of the disk's volume."""
        return disk_volume(self.name)

    @property
    def minimum_storage_gib(self) -> int:
        """The smallest root disk that holds it, rounded up."""
        return -(-self.virtual_bytes // _GIB)

    @property
    def sidecar(self) -> str:
        """The name of the volume that publishes it; at most 250 characters, with the limits that import keeps."""
        facts = (
            self.name,
            self.format,
            self.architecture or "",
            str(self.virtual_bytes),
            self.user or "",
            str(self.created),
            str(self.size_bytes),
            self.digest,
        )
        return f"{_DISK}{'~'.join(facts)}.json"


@dataclass
class Holding:
    """Everything that a pool has of one image."""

    published: Published | None = None
    disk: bool = False
    importing: list[Worker] = field(default_factory=list)
    destroying: list[Worker] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)  # the names of the volumes that say who is at work

    def state(self) -> ImageState:
        """What instances may make of it."""
        if self.published is not None and self.disk and not self.destroying:
            return ImageState.AVAILABLE
        at_work = any(worker.alive(each) for each in (*self.importing, *self.destroying))
        return ImageState.PENDING if at_work else ImageState.ERROR


def disk_volume(name: str) -> str:
    return f"{_DISK}{name}.img"


def import_mark(name: str, at_work: Worker) -> str:
    return f"{_IMPORT}{name}~{worker.as_name(at_work)}"


def tombstone(name: str, at_work: Worker) -> str:
    return f"{_DESTROY}{name}~{worker.as_name(at_work)}"


def holdings(names: Iterable[str]) -> dict[str, Holding]:
    """What the names of a pool's volumes say about images, by the image's name. Other volumes are nobody's image."""
    found: dict[str, Holding] = {}
    for volume in names:
        if volume.startswith(_DISK):
            rest = volume[len(_DISK) :]
            if rest.endswith(".json") and (published := _parse(rest[:-5])) is not None:
                found.setdefault(published.name, Holding()).published = published
            elif rest.endswith(".img") and "~" not in rest:
                found.setdefault(rest[:-4], Holding()).disk = True
        elif volume.startswith((_IMPORT, _DESTROY)):
            _note_mark(found, volume)
    return found


def _note_mark(found: dict[str, Holding], volume: str) -> None:
    importing = volume.startswith(_IMPORT)
    name, _, rest = volume[len(_IMPORT if importing else _DESTROY) :].partition("~")
    try:
        at_work = worker.from_name(rest)
    except ValueError:
        return  # somebody else's file
    holding = found.setdefault(name, Holding())
    (holding.importing if importing else holding.destroying).append(at_work)
    holding.marks.append(volume)


def _parse(text: str) -> Published | None:
    facts = text.split("~")
    try:
        name, disk_format, architecture, virtual, user, created, size, digest = facts
        return Published(
            name, disk_format, architecture or None, int(virtual), user or None, int(created), int(size), digest
        )
    except ValueError:
        return None


def published(pool: Pool, name: str, *, shared: bool) -> Published | None:
    """The image, if instances may be made from it now: published, and no tombstone beside it. One call.

    ``shared``: other daemons publish and destroy in the directory, too; two calls then, since it is looked at anew.
    """
    if shared:
        look_anew(pool)
    holding = holdings(pool.names()).get(name)
    return holding.published if holding is not None and holding.state() is ImageState.AVAILABLE else None


def found(pool: Pool, realm: Realm, query: Query, *, shared: bool) -> list[Image]:
    """The images that the query asks for. ``shared``: also those that another daemon has just put there."""
    everything = query.ids is None and query.names is None
    if shared and everything:
        look_anew(pool, at_any_rate=False)
    here = images(pool, realm, query)
    if shared and not everything and not here:
        look_anew(pool, at_any_rate=False)
        here = images(pool, realm, query)
    return here


def images(pool: Pool, realm: Realm, query: Query) -> list[Image]:
    """The images of a pool that the query asks for, as the realm's, by name: libvirt has them in another order each time. One call."""
    held = sorted(holdings(pool.names()).items(), key=itemgetter(0))
    return [_image(name, holding, realm) for name, holding in held if query.wants(name, name)]


def _image(name: str, holding: Holding, realm: Realm) -> Image:
    facts = holding.published
    if facts is None:
        return Image(name, name, state=holding.state(), realm=realm.id)
    return Image(
        id=name,
        name=name,
        state=holding.state(),
        realm=realm.id,
        architecture=facts.architecture,
        minimum_storage_gib=facts.minimum_storage_gib,
        size_bytes=facts.size_bytes,
        digest=f"sha256:{facts.digest}",
        user=facts.user,
        created=datetime.fromtimestamp(facts.created, UTC),
    )
