"""Public ssh keys in a storage pool: whole keys in the names of empty volumes.

libvirt keeps no keys, and other people who use the host should see the same ones. As with images, one call lists all of them with
everything about them, and it works where volumes cannot be read. A file name has room for 255 bytes, so a long key is cut into parts.

    dcctl-key-NAME.key                                  made first, removed last: two cannot have one name
    dcctl-key-NAME~CREATED~PART.PARTS~BASE64            a piece of the key, in the alphabet that is safe in file names
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from time import time

from dcctl.errors import Conflict, NotFound
from dcctl.nouns.keys import Key, blob_of, from_blob
from dcctl_drivers.libvirt.pools import create_empty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcctl.job import Job
    from dcctl.model import Query, Realm
    from dcctl.nouns.keys import KeySpec
    from dcctl_drivers.libvirt.pools import Pool

_PREFIX = "dcctl-key-"
_RESERVATION = ".key"
_PART_CHARACTERS = (
    144  # beside a name of 63, a time of 10 and the rest; a multiple of 4, so that each part is whole base64
)


@dataclass
class _Stored:
    """Everything that a pool has of one key."""

    volumes: list[str] = field(default_factory=list)
    parts: dict[int, str] = field(default_factory=dict)
    count: int = 0
    created: int = 0

    def public_key(self) -> str | None:
        """The key, if all of it is there."""
        if not self.count or set(self.parts) != set(range(1, self.count + 1)):
            return None
        try:
            return from_blob(urlsafe_b64decode("".join(text for _, text in sorted(self.parts.items()))))
        except NotBase64:
            return None


def keys(pool: Pool, realm: Realm, query: Query) -> list[Key]:
    """The keys of a pool that the query asks for, as the realm's, by name. One call."""
    stored = sorted(_stored(pool.names()).items(), key=itemgetter(0))
    return [_key(name, each, realm) for name, each in stored if query.wants(name, name)]


def import_key(pool: Pool, spec: KeySpec, job: Job) -> Key:
    """Write the key under its name. Raises ``Conflict`` when the name is taken."""
    import libvirt  # noqa: PLC0415  loaded already

    pool.must_hold_files()
    job.stage("reserve")
    reservation = f"{_PREFIX}{spec.name}{_RESERVATION}"
    made = [reservation]
    try:
        create_empty(pool, reservation)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_STORAGE_VOL_EXIST:
            raise
        raise Conflict(
            f"there is a key {spec.name} already",
            hint=f"choose another name, or destroy it first: dcctl key destroy {spec.realm.id}/{spec.name}",
            resource=spec.name,
        ) from error
    try:
        job.stage("write")
        for volume in _parts(spec.name, blob_of(spec.public_key), int(time())):
            made.append(volume)
            create_empty(pool, volume)
    except BaseException:
        for volume in reversed(made):
            pool.delete(volume)
        raise
    return _key(spec.name, _stored(made)[spec.name], spec.realm)


def destroy_key(pool: Pool, key: Key) -> None:
    """Remove everything of the key, its reservation last. Raises ``NotFound``."""
    stored = _stored(pool.names()).get(key.name)
    if stored is None:
        raise NotFound(f"there is no key {key.name}", hint="see: dcctl key list", resource=key.name)
    for volume in sorted(stored.volumes, key=lambda volume: volume.endswith(_RESERVATION)):
        pool.delete(volume)


def _parts(name: str, blob: bytes, created: int) -> list[str]:
    """The names of the volumes that hold the key."""
    text = urlsafe_b64encode(blob).decode()
    pieces = [text[start : start + _PART_CHARACTERS] for start in range(0, len(text), _PART_CHARACTERS)]
    return [f"{_PREFIX}{name}~{created}~{number}.{len(pieces)}~{piece}" for number, piece in enumerate(pieces, start=1)]


def _stored(volumes: Iterable[str]) -> dict[str, _Stored]:
    """What the names of a pool's volumes say about keys, by the key's name."""
    found: dict[str, _Stored] = {}
    for volume in volumes:
        if not volume.startswith(_PREFIX):
            continue
        name, *facts = volume[len(_PREFIX) :].split("~")
        if not facts and name.endswith(_RESERVATION):
            found.setdefault(name.removesuffix(_RESERVATION), _Stored()).volumes.append(volume)
        elif len(facts) == 3:
            created, place, piece = facts
            number, _, count = place.partition(".")
            if not (created.isdecimal() and number.isdecimal() and count.isdecimal()):
                continue  # somebody else's file
            stored = found.setdefault(name, _Stored())
            stored.volumes.append(volume)
            stored.parts[int(number)] = piece
            stored.count, stored.created = int(count), int(created)
    return found


def _key(name: str, stored: _Stored, realm: Realm) -> Key:
    created = datetime.fromtimestamp(stored.created, UTC) if stored.created else None
    return Key(name, name, realm.id, stored.public_key(), created)
