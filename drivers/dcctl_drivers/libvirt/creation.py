"""Creating an instance so that a crash at any point leaves something that can be named and destroyed.

The domain is defined first, which reserves its name and records what will belong to it; then come the volumes, the start, and last the mark
of being half made is taken away. Before each step the mark is read again: whoever destroys the instance meanwhile has replaced it, and
then the creator takes back what it made and stops.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from dcctl.errors import Conflict, DcctlError, NotFound, NotSupported, Usage
from dcctl.model import DiskMode
from dcctl_drivers.libvirt import domain_xml, host_key, images, machines, names, seed
from dcctl_drivers.libvirt.connection import Connection, answer
from dcctl_drivers.libvirt.domain_xml import Disk
from dcctl_drivers.libvirt.guest_type import guest_type
from dcctl_drivers.libvirt.metadata import Facts, OwnedVolume, Phase, Record
from dcctl_drivers.libvirt.options import POOL, SHARED, has_streams, network_of
from dcctl_drivers.libvirt.pools import Pool, open_pool, upload
from dcctl_drivers.libvirt.records import read, write
from dcctl_drivers.libvirt.removal import remove_domain, remove_volumes
from dcctl_drivers.libvirt.worker import PATIENCE_SECONDS, this_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.job import Job
    from dcctl.model import InstanceSpec
    from dcctl.nouns.changes import CloneSpec
    from dcctl_drivers.libvirt.disks import FurtherDisks
    from dcctl_drivers.libvirt.guest_type import GuestType
    from dcctl_drivers.libvirt.host_key import HostKey
    from dcctl_drivers.libvirt.images import Published
    from dcctl_drivers.libvirt.machines import Fitted

GIB = 1 << 30


class Overtaken(Conflict):
    """Somebody destroyed the instance while it was being created."""


@dataclass
class Creation:
    """One creation, as far as it has come."""

    host: libvirt.virConnect
    uri: str
    name: str
    job: Job
    pool: Pool
    record: Record
    host_key: HostKey | None
    domain: libvirt.virDomain | None = None
    made: list[str] = field(default_factory=list)

    def stage(self, name: str) -> None:
        """Begin a step, unless we were cancelled or overtaken."""
        self.job.stage(name)
        self.hold()

    def hold(self) -> None:
        """Make sure that the instance is still ours to make. Raises ``Overtaken``."""
        import libvirt  # noqa: PLC0415  loaded already

        if self.domain is None:
            return
        try:
            record, _ = read(self.domain)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            record = None
        if record is None or record.worker is None or record.worker.token != self._token:
            raise Overtaken(f"{self.name} was destroyed while it was being created", resource=self.name)

    @property
    def _token(self) -> str | None:
        return self.record.worker.token if self.record.worker is not None else None

    def roll_back(self, cause: BaseException) -> None:
        """Take back everything, the record last; of an instance that somebody else has taken over only our volumes."""
        remove_volumes(self.pool, self.record.uuid, self.made)
        if self.domain is not None and not isinstance(cause, Overtaken):
            remove_domain(self.domain)


def create(connection: Connection, spec: InstanceSpec, job: Job) -> None:
    """Make the instance and start it. Leaves nothing when it fails."""
    host = connection.host
    check_token(host, spec)
    pool = open_pool(host, spec.realm.options[POOL])
    image = images.published(pool, spec.image.name, shared=spec.realm.options[SHARED])
    if image is None:
        raise NotFound(
            f"there is no image {spec.image.name}",
            hint="see: dcctl image list",
            resource=spec.image.name,
            realm=spec.realm.id,
        )
    if spec.hardware.root_type == "transient":
        raise NotSupported("the driver libvirt makes persistent root disks only", hint="choose another profile")
    with_seed = has_streams(connection.uri)
    guest = guest_type(host, connection.uri, spec.hardware.architecture or image.architecture)
    machine = machines.usual(guest)
    if spec.machine is not None:
        guest = machines.with_type(guest, spec.machine)
        machine = machines.fit(host, guest, spec.machine)
    key = host_key.make() if with_seed else None
    if not with_seed and (spec.console_log or spec.vnc):
        raise NotSupported(
            "the guests of this hypervisor have neither consoles nor screens", hint="leave out --console-log and --vnc"
        )
    further = None
    if spec.disks is not None:
        from dcctl_drivers.libvirt.disks import further_disks  # noqa: PLC0415  few instances have more than one

        further = further_disks(
            spec.disks, spec.token, pool, shared=spec.realm.options[SHARED], simulated=not with_seed
        )
        further.check(host)
    record = _record(spec, pool, image, guest, machine, key, further, with_seed=with_seed)
    creation = Creation(host, connection.uri, spec.name, job, pool, record, key)
    try:
        _make(creation, spec, image, guest, machine, further, with_seed=with_seed)
    except BaseException as error:
        undo(creation, error, further)
        raise


def check_token(host: libvirt.virConnect, spec: InstanceSpec | CloneSpec) -> None:
    """Refuse a token that was used: libvirt redefines a domain of the same name and uuid without a word, and its record with it."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        made = answer(host.lookupByUUIDString, spec.token)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
        return
    raise Conflict(
        f"this request was carried out already: it made {made.name()}", hint="nothing is left to do", resource=spec.name
    )


def undo(creation: Creation, cause: BaseException, further: FurtherDisks | None = None) -> None:
    """Roll back; what cannot be taken back now is named, and can be destroyed later."""
    try:
        creation.roll_back(cause)
        if further is not None:
            further.give_back()
    except Exception as error:  # noqa: BLE001  the first error is the one to tell; this becomes a note to it
        cause.add_note(f"rolling back failed: {error}")
        if isinstance(cause, DcctlError):
            left = f"something is left of it: dcctl instance destroy {creation.name}"
            cause.hint = f"{cause.hint}; {left}" if cause.hint else left


def _record(
    spec: InstanceSpec,
    pool: Pool,
    image: Published,
    guest: GuestType,
    machine: Fitted,
    key: HostKey | None,
    further: FurtherDisks | None,
    *,
    with_seed: bool,
) -> Record:
    hardware = spec.hardware
    storage = hardware.storage_gib if hardware.storage_gib is not None else image.minimum_storage_gib
    facts = Facts(
        image=spec.image.id,
        hwp=spec.hwp.name,
        overrides=tuple((name.value, value) for name, value in spec.overrides.items()),
        realm=spec.realm.id,
        pool=pool.name,
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        user=spec.first_boot.user if spec.first_boot is not None and spec.first_boot.user else image.user,
        key=_key_name(spec.ssh_keys),
        cpu=hardware.cpu or domain_xml.DEFAULT_CPU,
        memory_mib=hardware.memory_mib or domain_xml.DEFAULT_MEMORY_MIB,
        storage_gib=storage,
        architecture=hardware.architecture or image.architecture or guest.architecture,
        host_key=key.public if key is not None else None,
        networks=tuple(network.name for network in spec.networks),
        disks_gib=further.own_gib if further is not None else (),
        firmware=spec.machine.firmware if spec.machine is not None else None,
        tpm=machine.tpm,
        machine_type=spec.machine.type if spec.machine is not None else None,
        disk_mode=((None if spec.disks is None else spec.disks.mode) or DiskMode.OVERLAY).value,
    )
    parts = [facts.root, names.SEED] if with_seed else [facts.root]
    parts += [names.CONSOLE] if spec.console_log else []
    parts += [names.FIRMWARE_SETTINGS] if machine.uefi else []
    parts += further.parts if further is not None else []
    volumes = tuple(OwnedVolume(pool.name, names.volume(spec.token, part)) for part in parts)
    return Record(
        spec.token,
        Phase.CREATING,
        facts,
        volumes,
        worker=this_process(spec.token, _patience(facts)),
        labels=tuple(spec.labels.items()),
        description=spec.description,
    )


def _patience(facts: Facts) -> float:
    """Seconds that we are believed to be alive where nobody can see that."""
    if facts.disk_mode == DiskMode.OVERLAY:
        return PATIENCE_SECONDS
    from dcctl_drivers.libvirt.copies import patience  # noqa: PLC0415  overlays are usual

    return patience((facts.storage_gib or 0) * GIB)


def _key_name(keys: tuple[str, ...]) -> str | None:
    """What people call a key: its comment; else its kind."""
    if not keys:
        return None
    parts = keys[0].split(None, 2)
    return parts[2] if len(parts) > 2 else parts[0]


def _make(
    creation: Creation,
    spec: InstanceSpec,
    image: Published,
    guest: GuestType,
    machine: Fitted,
    further: FurtherDisks | None,
    *,
    with_seed: bool,
) -> None:
    """All steps, in order."""
    pool, uuid = creation.pool, creation.record.uuid
    root_part = creation.record.facts.root
    root, seed_name = names.volume(uuid, root_part), names.volume(uuid, names.SEED)
    base = Disk(pool.path(image.volume), image.format)
    base_bytes = image.virtual_bytes
    size = spec.hardware.storage_gib * GIB if spec.hardware.storage_gib is not None else base_bytes
    if size < base_bytes:  # QEMU would accept it, and the guest would find half a file system
        raise Usage(
            f"the image {image.name} does not fit on {size // GIB} GiB",
            hint="give it more with --storage",
            resource=image.name,
        )
    disks = [Disk(pool.path(root), names.format_of(root_part))]
    if with_seed:
        disks.append(Disk(pool.path(seed_name), "raw", read_only=True))
    disks += further.devices() if further is not None else []
    networks = creation.record.facts.networks or (network_of(spec.realm, creation.uri),)
    creation.stage("define")
    log = names.volume(uuid, names.CONSOLE) if spec.console_log else None
    log_path = pool.path(log) if log is not None else None
    text = domain_xml.domain(
        spec.name,
        creation.record,
        guest,
        disks,
        networks,
        log_path,
        machine=machine,
        firmware_settings=pool.path(names.volume(uuid, names.FIRMWARE_SETTINGS)),
        vnc=spec.vnc,
    )
    creation.domain = creation.host.defineXML(text)
    if further is not None:
        further.claim(creation.host, creation.domain)
    creation.stage("disk")
    creation.made.append(root)
    if creation.record.facts.disk_mode == DiskMode.OVERLAY:
        pool.handle.createXML(domain_xml.overlay(root, size, base))
    else:
        from dcctl_drivers.libvirt.copies import copied_image  # noqa: PLC0415  overlays are usual

        copied_image(pool, image, root, names.format_of(root_part), size, creation.job)
    # Whoever destroys the image writes its tombstone before looking for overlays; we look for the tombstone after making ours.
    if images.published(pool, image.name, shared=spec.realm.options[SHARED]) is None:
        raise Conflict(
            f"the image {image.name} is being destroyed", hint="import it again, or choose another", resource=image.name
        )
    if further is not None and further.own_gib:
        creation.stage("further disks")
        further.make(creation.made)
    if with_seed:
        creation.stage("seed")
        content = seed.image(
            seed.files(uuid, spec.name, spec.ssh_keys, spec.user_data, creation.host_key, spec.first_boot)
        )
        creation.made.append(seed_name)
        volume = pool.handle.createXML(domain_xml.plain_volume(seed_name, len(content), "raw", secret=True))
        upload(creation.host, volume, [content], len(content))
    if log is not None:
        creation.stage("console log")
        creation.made.append(log)
        # An empty file, so that libvirt knows it as a volume of the pool: virtlogd appends to it.
        pool.handle.createXML(domain_xml.plain_volume(log, 0, "raw", secret=True))
    creation.stage("start")
    creation.domain.create()
    creation.hold()
    if spec.autostart:
        creation.domain.setAutostart(1)  # once it is whole: the host may go down at any moment
    write(creation.domain, creation.record.ready())
