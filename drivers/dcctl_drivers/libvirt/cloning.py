"""Copies of instances: created as new ones are, with the definition of the old one, and its disks converted into ones that need no image.

It is crash-safe in the same way (see ``creation``). A seed of its own, with the new id, makes cloud-init give the copy its name and host key.
"""

from __future__ import annotations

from datetime import UTC, datetime

from dcctl.errors import NotAllowed
from dcctl.model import DiskMode, State
from dcctl.words import as_argument
from dcctl_drivers.libvirt import domain_xml, host_key, names, records, seed
from dcctl_drivers.libvirt.adoption import must_be_made_here
from dcctl_drivers.libvirt.copies import ALLOCATION, CAPACITY, NewDisk, copied, copied_through, patience
from dcctl_drivers.libvirt.creation import Creation, check_token, undone_on_failure
from dcctl_drivers.libvirt.disks import own_parts
from dcctl_drivers.libvirt.domain_xml import Disk
from dcctl_drivers.libvirt.metadata import OwnedVolume, Phase, Record
from dcctl_drivers.libvirt.options import has_streams
from dcctl_drivers.libvirt.pools import open_pool, upload
from dcctl_drivers.libvirt.prepared import GIB
from dcctl_drivers.libvirt.worker import this_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.nouns.changes import CloneSpec
    from dcctl_drivers.libvirt.connection import Connection


def clone(connection: Connection, domain: libvirt.virDomain, spec: CloneSpec, job: Job) -> None:
    """Make the copy. Leaves nothing when it fails.

    Whoever starts the original meanwhile fails, or makes us fail: QEMU locks the disks that it writes, and qemu-img those that it reads.
    """
    host = connection.host
    check_token(host, spec)
    original = must_be_clonable(domain)
    with_seed = has_streams(connection.uri)
    key = host_key.make() if with_seed else None
    facts = original.facts._replace(
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        host_key=key.public if key is not None else None,
        interfaces=(),  # it has addresses of its own
        macs=(),
        disk_mode=(DiskMode.RAW if original.facts.disk_mode == DiskMode.RAW else DiskMode.FULL).value,
    )
    parts = [facts.root, *own_parts(facts.disks_gib)] + ([names.SEED] if with_seed else [])
    parts += [names.BRIDGE] if facts.disk_mode == DiskMode.RAW else []
    settings = names.volume(domain.UUIDString(), names.FIRMWARE_SETTINGS)
    parts += [names.FIRMWARE_SETTINGS] if settings in {owned.name for owned in original.volumes} else []
    volumes = tuple(OwnedVolume(facts.pool, names.volume(spec.token, part)) for part in parts)
    size = ((facts.storage_gib or 0) + sum(facts.disks_gib)) * GIB
    record = Record(spec.token, Phase.CREATING, facts, volumes, worker=this_process(spec.token, patience(size)))
    creation = Creation(host, connection.uri, spec.name, job, open_pool(host, facts.pool), record, key)
    with undone_on_failure(creation):
        _make(creation, domain, with_seed=with_seed)


def must_be_clonable(domain: libvirt.virDomain) -> Record:
    """The record. Raises what forbids it."""
    original = records.whole(domain)
    must_be_made_here(
        domain,
        original,
        "clone",
        instead=f"make an image of it, and instances of that: dcctl image create NAME --from {as_argument(domain.name())}",
    )
    _must_be_off(domain)
    return original


def _make(creation: Creation, original: libvirt.virDomain, *, with_seed: bool) -> None:
    """All steps, in order."""
    pool, uuid, name = creation.pool, creation.record.uuid, creation.name
    seed_name = names.volume(uuid, names.SEED)
    was = original.UUIDString()
    parts = [creation.record.facts.root, *own_parts(creation.record.facts.disks_gib)]
    paths = {
        pool.path(names.volume(was, part)): pool.path(names.volume(uuid, part))
        for part in (*parts, names.SEED, names.FIRMWARE_SETTINGS)
    }
    creation.stage("define")
    text = domain_xml.copied(_inactive(original), name, creation.record, paths)
    creation.domain = creation.host.defineXML(text)
    for part in parts:
        creation.stage("disk")
        source = pool.handle.storageVolLookupByName(names.volume(was, part))
        copy = names.volume(uuid, part)
        creation.made.append(copy)
        disk = NewDisk(copy, source.info()[CAPACITY], names.format_of(part))
        if disk.format == "raw":
            bridge, base = names.volume(uuid, names.BRIDGE), Disk(source.path(), disk.format)
            copied_through(pool, bridge, base, disk, source.info()[ALLOCATION], creation.job)
        else:
            copied(pool, disk, source, creation.job)
    _must_be_off(original)
    if with_seed:
        creation.stage("seed")
        macs = domain_xml.interfaces(text)
        content = seed.image(seed.files(uuid, name, (), None, creation.host_key, macs=macs, copied=True))
        creation.made.append(seed_name)
        volume = pool.handle.createXML(domain_xml.plain_volume(seed_name, len(content), "raw", secret=True))
        upload(creation.host, volume, [content], len(content))
    creation.hold()
    records.write(creation.domain, creation.record.ready())


def _must_be_off(domain: libvirt.virDomain) -> None:
    state = records.state(domain)
    if state is not State.STOPPED:
        raise NotAllowed(f"cannot clone {domain.name()}: it is {state}", hint="stop it first", resource=domain.name())


def _inactive(domain: libvirt.virDomain) -> str:
    import libvirt  # noqa: PLC0415  loaded already

    text: str = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    return text
