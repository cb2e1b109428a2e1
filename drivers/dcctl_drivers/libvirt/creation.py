"""Creating an instance so that a crash at any point leaves something that can be named and destroyed.

The domain is defined first, which reserves its name and records what will belong to it; then come the volumes, the start, and last the mark
of being half made is taken away. Before each step the mark is read again: whoever destroys the instance meanwhile has replaced it, and
then the creator takes back what it made and stops.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from dcctl.errors import Conflict, DcctlError, raise_all
from dcctl.model import DiskMode
from dcctl.patience import Call
from dcctl_drivers.libvirt import domain_xml, images, names, seed
from dcctl_drivers.libvirt.connection import answer
from dcctl_drivers.libvirt.options import SHARED
from dcctl_drivers.libvirt.pools import upload
from dcctl_drivers.libvirt.prepared import prepare
from dcctl_drivers.libvirt.records import read, write
from dcctl_drivers.libvirt.removal import remove_domain, remove_volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import libvirt

    from dcctl.job import Job
    from dcctl.model import InstanceSpec
    from dcctl.nouns.changes import CloneSpec
    from dcctl_drivers.libvirt.connection import Connection
    from dcctl_drivers.libvirt.disks import FurtherDisks
    from dcctl_drivers.libvirt.host_key import HostKey
    from dcctl_drivers.libvirt.metadata import Record
    from dcctl_drivers.libvirt.pools import Pool
    from dcctl_drivers.libvirt.prepared import Prepared


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
    reserved: list[str] = field(default_factory=list)
    """Addresses that networks keep for it."""

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

    def cause_of(self, error: BaseException) -> BaseException:
        """What to tell of an error: something that is missing in the middle is missing because the instance was destroyed, if it was."""
        import libvirt  # noqa: PLC0415  loaded already

        missing = (libvirt.VIR_ERR_NO_STORAGE_VOL, libvirt.VIR_ERR_NO_DOMAIN)
        if isinstance(error, libvirt.libvirtError) and error.get_error_code() in missing:
            try:
                with suppress(libvirt.libvirtError):  # nobody can tell
                    self.hold()
            except Overtaken as overtaken:
                return overtaken
        return error

    @property
    def _token(self) -> str | None:
        return self.record.worker.token if self.record.worker is not None else None

    def roll_back(self, cause: BaseException) -> None:
        """Take back everything, the record last; of an instance that somebody else has taken over only our volumes."""
        remove_volumes(self.pool, self.record.uuid, self.made)
        if self.reserved:
            from dcctl_drivers.libvirt import interfaces  # noqa: PLC0415  few instances choose their addresses

            interfaces.release(self.host, self.record, only=self.reserved)
        if self.domain is not None and not isinstance(cause, Overtaken):
            remove_domain(self.domain)


def create(connection: Connection, spec: InstanceSpec, job: Job) -> None:
    """Make the instance and start it. Leaves nothing when it fails."""
    host = connection.host
    check_token(host, spec)
    wanted = prepare(host, connection.uri, spec)
    creation = Creation(host, connection.uri, spec.name, job, wanted.pool, wanted.record, wanted.host_key)
    with undone_on_failure(creation, wanted.further):
        _make(creation, wanted)


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


@contextmanager
def undone_on_failure(creation: Creation, further: FurtherDisks | None = None) -> Iterator[None]:
    """Take back what was made when something goes wrong, and tell what really did."""
    try:
        yield
    except BaseException as error:
        cause = creation.cause_of(error)
        _undo(creation, cause, further)
        if cause is error:
            raise
        raise cause from error


def _undo(creation: Creation, cause: BaseException, further: FurtherDisks | None) -> None:
    """Roll back; what cannot be taken back now is named, and can be destroyed later."""
    try:
        creation.roll_back(cause)
        if further is not None:
            further.give_back()
    except Exception as error:  # noqa: BLE001  the first error is the one to tell; this becomes a note to it
        cause.add_note(f"rolling back failed: {error}")
        if isinstance(cause, DcctlError):
            left = f"something is left of it: dcctl instance destroy {creation.record.facts.realm}/{creation.name}"
            cause.hint = f"{cause.hint}; {left}" if cause.hint else left


def _make(creation: Creation, wanted: Prepared) -> None:
    """All steps, in order."""
    pool, spec, further = wanted.pool, wanted.spec, wanted.further
    # 45 ms of ours, while the daemon defines the domain and makes its disk.
    seeding = Call(lambda: _seed(wanted)) if wanted.with_seed else None
    creation.stage("define")
    creation.domain = creation.host.defineXML(wanted.definition())
    if further is not None:
        further.claim(creation.host, creation.domain)
    if spec.interfaces:
        from dcctl_drivers.libvirt import interfaces  # noqa: PLC0415  few instances choose their addresses

        creation.stage("addresses")
        # The definition is the claim to a MAC address: of two creators both may step back, and never have both it.
        raise_all(list(interfaces.problems(creation.host, spec.interfaces, spec.token)))
        interfaces.reserve(creation.host, creation.record, creation.reserved)
    creation.stage("disk")
    creation.made.append(wanted.root)
    if wanted.record.facts.disk_mode == DiskMode.OVERLAY:
        pool.handle.createXML(domain_xml.overlay(wanted.root, wanted.size_bytes, wanted.base))
    else:
        from dcctl_drivers.libvirt.copies import NewDisk, copied_through  # noqa: PLC0415  overlays are usual

        root = NewDisk(wanted.root, wanted.size_bytes, wanted.root_format)
        bridge = wanted.volume(names.BRIDGE)
        copied_through(pool, bridge, wanted.base, root, wanted.image.size_bytes, creation.job)
    # Whoever destroys the image writes its tombstone before looking for overlays; we look for the tombstone after making ours.
    name = wanted.image.name
    if images.published(pool, name, shared=spec.realm.options[SHARED]) is None:
        raise Conflict(f"the image {name} is being destroyed", hint="import it again, or choose another", resource=name)
    if further is not None and further.own_gib:
        creation.stage("further disks")
        further.make(creation.made)
    if seeding is not None:
        creation.stage("seed")
        content = seeding.outcome()
        creation.made.append(wanted.volume(names.SEED))
        volume = pool.handle.createXML(
            domain_xml.plain_volume(wanted.volume(names.SEED), len(content), "raw", secret=True)
        )
        upload(creation.host, volume, [content], len(content))
    if spec.console_log:
        creation.stage("console log")
        creation.made.append(wanted.volume(names.CONSOLE))
        # An empty file, so that libvirt knows it as a volume of the pool: virtlogd appends to it.
        pool.handle.createXML(domain_xml.plain_volume(wanted.volume(names.CONSOLE), 0, "raw", secret=True))
    creation.stage("start")
    creation.domain.create()
    creation.hold()
    if spec.autostart:
        creation.domain.setAutostart(1)  # once it is whole: the host may go down at any moment
    write(creation.domain, creation.record.ready())


def _seed(wanted: Prepared) -> bytes:
    """The seed's content."""
    spec = wanted.spec
    macs = wanted.record.facts.interface_macs(spec.token)
    return seed.image(
        seed.files(spec.token, spec.name, spec.ssh_keys, spec.user_data, wanted.host_key, spec.first_boot, macs)
    )
