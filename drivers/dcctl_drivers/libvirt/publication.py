"""Importing and destroying images, so that nothing half made is ever taken for an image, and none is destroyed under an instance."""

from __future__ import annotations

import json
import re
from contextlib import closing, contextmanager
from dataclasses import asdict
from itertools import chain
from time import time

from dcctl.disk_format import HEAD_BYTES, examine, examine_head
from dcctl.errors import Conflict, NotAllowed, NotFound, NotSupported, Usage
from dcctl.importing import name_taken
from dcctl.nouns.image_content import ImageContent
from dcctl.words import visible
from dcctl_drivers.libvirt import domain_xml, images, names
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.filling import Filled, chunks_of, sent
from dcctl_drivers.libvirt.images import Holding, Published
from dcctl_drivers.libvirt.options import POOL, SHARED, has_streams
from dcctl_drivers.libvirt.pools import create_empty, download, look_anew, open_pool, upload
from dcctl_drivers.libvirt.worker import this_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import libvirt

    from dcctl.disk_format import DiskFormat
    from dcctl.job import Job
    from dcctl.model import ImageSpec, Realm
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.pools import Pool

_SLOWEST_BYTES_A_SECOND = 1 << 20  # for whom only the deadline tells whether an import on another machine still goes on

# What fits into the name of a volume beside everything else.
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_ARCHITECTURE = re.compile(r"[A-Za-z0-9_]{1,16}")


def import_image(connection: Connection, spec: ImageSpec, formats: Collection[str], job: Job) -> Published:
    """Check the file, copy it and publish it. Leaves nothing when it fails.

    Raises ``Usage`` for a file that the gate refuses, ``Conflict`` when the name is taken.
    """
    check_words(spec)
    try:
        with open(spec.source, "rb") as file:
            found = examine(visible(spec.source), file, formats)
            return _publish(connection, spec, chunks_of(file), found, job)
    except OSError as error:
        raise Usage(
            f"cannot read {visible(spec.source)}: {error.strerror or error}",
            hint="give the path of a readable disk image",
        ) from error


def write_image(
    connection: Connection, spec: ImageSpec, content: ImageContent, formats: Collection[str], job: Job
) -> Published:
    """Publish what another realm sends. It went through the gate there, by that host's word; so it goes through ours as well."""
    check_words(spec)
    chunks = iter(content.chunks)
    head = b""
    while len(head) < HEAD_BYTES and (chunk := next(chunks, b"")):
        head += chunk
    found = examine_head(visible(spec.source), head, content.size_bytes, formats)
    whole = ImageContent(content.size_bytes, chain([head], chunks))
    return _publish(connection, spec, whole, found, job)


@contextmanager
def read_image(connection: Connection, realm: Realm, name: str) -> Iterator[ImageContent]:
    """The content of a published image."""
    pool = open_pool(connection.host, realm.options[POOL])
    published = images.published(pool, name, shared=realm.options[SHARED])
    if published is None:
        raise NotFound(
            f"there is no image {visible(name)} that can be read", hint="see: dcctl image list", resource=name
        )
    if not has_streams(connection.uri):
        raise NotSupported("libvirt's simulated hypervisor keeps no content", hint="copy from a real one")
    with closing(download(connection.host, pool.handle.storageVolLookupByName(published.volume))) as chunks:
        yield ImageContent(published.size_bytes, chunks)


def check_words(spec: ImageSpec) -> None:
    """Raises ``Usage`` for what does not fit into the name of a publication."""
    if spec.user is not None and not _USER.fullmatch(spec.user):
        raise Usage(
            f"'{visible(spec.user)}' is no account name", hint="lower-case letters, digits, - and _; at most 32"
        )
    if spec.architecture is not None and not _ARCHITECTURE.fullmatch(spec.architecture):
        raise Usage(f"'{visible(spec.architecture)}' is no architecture", hint="a word such as x86_64")


def _publish(connection: Connection, spec: ImageSpec, content: ImageContent, found: DiskFormat, job: Job) -> Published:
    """Publish a disk whose content comes from us."""

    def fill(pool: Pool, made: list[str]) -> Filled:
        return sent(connection, pool, made, spec, content, found, job)

    return publish(connection, spec, content.size_bytes, fill, job)


def publish(
    connection: Connection,
    spec: ImageSpec,
    size: int,
    fill: Callable[[Pool, list[str]], Filled],
    job: Job,
    *,
    describe: Callable[[], str] | None = None,
) -> Published:
    """Reserve the name, have the disk made by ``fill``, which notes the volumes that it makes, and publish it. Leaves nothing when it fails.

    ``size``: about how many bytes it will be. ``describe``: its description, asked for once it is filled; else the request's. Raises ``Conflict`` when the name is taken.
    """
    pool = open_pool(connection.host, spec.realm.options[POOL])
    pool.must_hold_files()
    if spec.realm.options[SHARED]:
        look_anew(pool)
    there = images.holdings(pool.names()).get(spec.name)
    if there is not None:
        raise name_taken(spec.name, spec.realm.id, there.state())
    mark = images.import_mark(spec.name, this_process(spec.token, 600 + size / _SLOWEST_BYTES_A_SECOND))
    made: list[str] = []
    try:
        job.stage("reserve")
        made.append(mark)
        create_empty(pool, mark)
        job.stage("copy")
        filled = fill(pool, made)
        job.stage("publish")
        published = Published(
            name=spec.name,
            format=filled.format,
            architecture=spec.architecture,
            virtual_bytes=filled.virtual_bytes,
            user=spec.user,
            created=int(time()),
            size_bytes=filled.size_bytes,
            digest=filled.digest,
        )
        made.append(published.sidecar)
        _write_sidecar(connection, pool, published, spec.description if describe is None else describe())
        _must_not_be_destroyed(pool, spec, mark, made)
    except BaseException as error:
        _undo(pool, made, error, spec.name)
        raise
    pool.delete(mark)
    return published


def _must_not_be_destroyed(pool: Pool, spec: ImageSpec, mark: str, made: list[str]) -> None:
    """Raise ``Conflict`` if somebody has destroyed the image while it was made; its name may be another one's by now, and so is its disk.

    Looked at after publishing, as destroyers look after placing their tombstone: one of the two notices.
    """
    if spec.realm.options[SHARED]:
        look_anew(pool, at_any_rate=False)
    holding = images.holdings(pool.names()).get(spec.name)
    if holding is not None and mark in holding.marks and holding.disk and not holding.destroying:
        return
    made.remove(images.disk_volume(spec.name))
    raise Conflict(
        f"the image {spec.name} was destroyed while it was made",
        hint="nothing is left of it; if that was not meant, make it again",
        resource=spec.name,
        realm=spec.realm.id,
    )


def _write_sidecar(connection: Connection, pool: Pool, published: Published, description: str | None) -> None:
    """The last step, which makes it an image: the volume appears under its name at once, whatever becomes of its content."""
    content = json.dumps({**asdict(published), "description": description}, indent=1).encode() + b"\n"
    volume = pool.handle.createXML(domain_xml.plain_volume(published.sidecar, len(content), "raw"))
    if has_streams(connection.uri):
        upload(connection.host, volume, [content], len(content))


def _undo(pool: Pool, made: list[str], cause: BaseException, name: str) -> None:
    """Take back everything in reverse, the mark last."""
    try:
        for volume in reversed(made):
            pool.delete(volume)
    except Exception as error:  # noqa: BLE001  the first error is the one to tell; this becomes a note to it
        cause.add_note(f"rolling back failed: {error}; something is left: dcctl image destroy {name}")


def destroy_image(connection: Connection, realm: Realm, name: str, token: str) -> None:
    """Remove an image, also one whose import or destruction was interrupted.

    The tombstone comes before the look for overlays, and a creator looks for it after making its overlay: one of the two notices. In a
    directory that several hosts share both look at the directory itself, which has the overlays and tombstones of all of them.
    """
    pool = open_pool(connection.host, realm.options[POOL])
    shared = realm.options[SHARED]
    if shared:
        look_anew(pool)
    if name not in images.holdings(pool.names()):
        raise NotFound(f"there is no image {visible(name)}", hint="see: dcctl image list", resource=name)
    stone = images.tombstone(name, this_process(token))
    create_empty(pool, stone)
    try:
        users = users_of(connection.host, pool, pool.path(images.disk_volume(name)), shared=shared)
    except BaseException:
        pool.delete(stone)
        raise
    if users:
        pool.delete(stone)
        raise NotAllowed(
            f"the image {name} is in use by {', '.join(users)}",
            hint="destroy these instances first",
            resource=name,
        )
    # Anew: whoever was making it may have published it meanwhile; whoever publishes it from now on sees the tombstone.
    holding = images.holdings(pool.names()).get(name, Holding())
    if holding.published is not None:
        pool.delete(holding.published.sidecar)
    pool.delete(images.disk_volume(name))
    for mark in (*(mark for mark in holding.marks if mark != stone), stone):
        pool.delete(mark)


def users_of(host: libvirt.virConnect, pool: Pool, disk: str, *, shared: bool) -> list[str]:
    """Who has a disk that is an overlay of this one: instances by name, other volumes by theirs. Looks at the directory anew."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    # What this daemon itself made meanwhile it knows; of what others did it knows nothing.
    look_anew(pool, at_any_rate=shared)
    users = []
    for name, volume in pool.names().items():
        with forgiving(libvirt.VIR_ERR_NO_STORAGE_VOL):
            if domain_xml.backing_path(volume.XMLDesc()) == disk:
                users.append(_called(host, name))
    return sorted(users)


def _called(host: libvirt.virConnect, volume: str) -> str:
    """The name of the instance that a volume was made for; else the volume's own."""
    import libvirt  # noqa: PLC0415  loaded already

    uuid = names.instance_of(volume)
    if uuid is not None:
        try:
            name: str = host.lookupByUUIDString(uuid).name()
        except libvirt.libvirtError:
            return f"the volume {visible(volume)}"
        return name
    return f"the volume {visible(volume)}"
