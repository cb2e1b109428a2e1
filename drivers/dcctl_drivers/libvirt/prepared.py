"""What a request to create becomes on one host: everything looked up and decided, and nothing made yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from dcctl.errors import NotFound, NotSupported, Usage
from dcctl.model import DiskMode
from dcctl_drivers.libvirt import domain_xml, host_key, images, machines, names
from dcctl_drivers.libvirt.domain_xml import Disk
from dcctl_drivers.libvirt.guest_type import guest_type
from dcctl_drivers.libvirt.metadata import Facts, OwnedVolume, Phase, Record
from dcctl_drivers.libvirt.options import POOL, SHARED, has_streams, network_of
from dcctl_drivers.libvirt.pools import open_pool
from dcctl_drivers.libvirt.worker import PATIENCE_SECONDS, this_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

    from dcctl.model import InstanceSpec
    from dcctl_drivers.libvirt.disks import FurtherDisks
    from dcctl_drivers.libvirt.guest_type import GuestType
    from dcctl_drivers.libvirt.host_key import HostKey
    from dcctl_drivers.libvirt.images import Published
    from dcctl_drivers.libvirt.machines import Fitted
    from dcctl_drivers.libvirt.pools import Pool

GIB = 1 << 30


@dataclass(frozen=True)
class Prepared:
    """A domain that can be defined, and what its volumes will be made of."""

    spec: InstanceSpec
    uri: str
    pool: Pool
    image: Published
    guest: GuestType
    machine: Fitted
    further: FurtherDisks | None
    host_key: HostKey | None
    record: Record
    size_bytes: int
    """Of the root disk."""

    @property
    def with_seed(self) -> bool:
        """Whether there is cloud-init to be told something; not of simulated guests."""
        return has_streams(self.uri)

    def volume(self, part: str) -> str:
        return names.volume(self.record.uuid, part)

    @property
    def root(self) -> str:
        return self.volume(self.record.facts.root)

    @property
    def root_format(self) -> str:
        return names.format_of(self.record.facts.root)

    @property
    def base(self) -> Disk:
        """The image."""
        return Disk(self.pool.path(self.image.volume), self.image.format)

    def definition(self) -> str:
        """The domain's XML."""
        path = self.pool.path
        disks = [Disk(path(self.root), self.root_format)]
        if self.with_seed:
            disks.append(Disk(path(self.volume(names.SEED)), "raw", read_only=True))
        disks += self.further.devices() if self.further is not None else []
        return domain_xml.domain(
            self.spec.name,
            self.record,
            self.guest,
            disks,
            self.record.facts.networks or (network_of(self.spec.realm, self.uri),),
            path(self.volume(names.CONSOLE)) if self.spec.console_log else None,
            machine=self.machine,
            firmware_settings=path(self.volume(names.FIRMWARE_SETTINGS)),
            vnc=self.spec.vnc,
        )


def prepare(host: libvirt.virConnect, uri: str, spec: InstanceSpec, *, with_host_key: bool = True) -> Prepared:
    """Look everything up and decide. Changes nothing. Raises what is wrong with the request on this host."""
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
    simulated = not has_streams(uri)
    guest = guest_type(host, uri, spec.hardware.architecture or image.architecture)
    machine = machines.usual(guest)
    if spec.machine is not None:
        guest = machines.with_type(guest, spec.machine)
        machine = machines.fit(host, guest, spec.machine)
    if simulated and (spec.console_log or spec.vnc):
        raise NotSupported(
            "the guests of this hypervisor have neither consoles nor screens", hint="leave out --console-log and --vnc"
        )
    further = None
    if spec.disks is not None:
        from dcctl_drivers.libvirt.disks import further_disks  # noqa: PLC0415  few instances have more than one

        further = further_disks(spec.disks, spec.token, pool, shared=spec.realm.options[SHARED], simulated=simulated)
        further.check(host)
    key = None if simulated or not with_host_key else host_key.make()
    facts = _facts(spec, pool, image, guest, machine, key, further)
    parts = [facts.root] if simulated else [facts.root, names.SEED]
    parts += [names.BRIDGE] if facts.disk_mode != DiskMode.OVERLAY else []
    parts += [names.CONSOLE] if spec.console_log else []
    parts += [names.FIRMWARE_SETTINGS] if machine.uefi else []
    parts += further.parts if further is not None else []
    record = Record(
        spec.token,
        Phase.CREATING,
        facts,
        tuple(OwnedVolume(pool.name, names.volume(spec.token, part)) for part in parts),
        worker=this_process(spec.token, _patience(facts)),
        labels=tuple(spec.labels.items()),
        description=spec.description,
    )
    size = _root_size(spec, image)
    return Prepared(spec, uri, pool, image, guest, machine, further, key, record, size)


def _root_size(spec: InstanceSpec, image: Published) -> int:
    """In bytes. QEMU would take a smaller one than the image, and the guest would find half a file system: ``Usage``."""
    size = spec.hardware.storage_gib * GIB if spec.hardware.storage_gib is not None else image.virtual_bytes
    if size < image.virtual_bytes:
        raise Usage(
            f"the image {image.name} does not fit on {size // GIB} GiB",
            hint="give it more with --storage",
            resource=image.name,
        )
    return size


def _facts(
    spec: InstanceSpec,
    pool: Pool,
    image: Published,
    guest: GuestType,
    machine: Fitted,
    key: HostKey | None,
    further: FurtherDisks | None,
) -> Facts:
    hardware = spec.hardware
    return Facts(
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
        storage_gib=hardware.storage_gib if hardware.storage_gib is not None else image.minimum_storage_gib,
        architecture=hardware.architecture or image.architecture or guest.architecture,
        host_key=key.public if key is not None else None,
        networks=tuple(network.name for network in spec.networks),
        interfaces=tuple((each.mac or "", each.address or "") for each in spec.interfaces),
        macs=_macs(spec),
        disks_gib=further.own_gib if further is not None else (),
        firmware=spec.machine.firmware if spec.machine is not None else None,
        tpm=machine.tpm,
        machine_type=spec.machine.type if spec.machine is not None else None,
        disk_mode=((None if spec.disks is None else spec.disks.mode) or DiskMode.OVERLAY).value,
    )


def _macs(spec: InstanceSpec) -> tuple[str, ...]:
    """Of its interfaces, where anything was chosen: the others follow from the address that is kept, or from the uuid as usual."""
    return tuple(
        each.mac
        or (names.mac_of_address(each.network, each.address) if each.address else names.mac(spec.token, position))
        for position, each in enumerate(spec.interfaces)
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
