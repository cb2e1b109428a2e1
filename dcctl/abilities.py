"""What a driver may declare beyond the minimum.

Options of create are values in ``Driver.abilities``: the limits are data that the planner checks and ``dcctl driver show`` prints.
Optional things to do are abstract classes to inherit from: inheriting *is* declaring, ``isinstance`` answers "can it?", and there
is no ``NotImplementedError``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from contextlib import AbstractContextManager
    from socket import socket
    from typing import ClassVar

    from dcctl.errors import DcctlError
    from dcctl.hardware import Property
    from dcctl.job import Job
    from dcctl.model import DiskMode, Image, ImageSpec, Instance, InstanceSpec, Query, Realm, State
    from dcctl.nouns.adoption import Adopted, AdoptSpec
    from dcctl.nouns.changes import CloneSpec, Description, Resized, Size
    from dcctl.nouns.commands import Ended
    from dcctl.nouns.consoles import ConsolePart
    from dcctl.nouns.findings import Finding
    from dcctl.nouns.image_content import ImageContent, Rewrite
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.keys import Key, KeySpec
    from dcctl.nouns.machines import Machine
    from dcctl.nouns.networks import Network, NetworkSpec
    from dcctl.nouns.realm_facts import RealmFacts
    from dcctl.nouns.realm_steps import RealmStep
    from dcctl.nouns.screens import Screen
    from dcctl.nouns.snapshots import Snapshot, SnapshotSpec
    from dcctl.nouns.volumes import Volume, VolumeSpec


@frozen
class UserName:
    """The instance may be given a name. Names are lower-case or upper-case ASCII letters, digits, and ``extra``; the first is a letter or digit."""

    max_length: int = 63
    extra: str = "-._"

    @property
    def sentence(self) -> str:
        return f"names of up to {self.max_length} letters, digits and any of {' '.join(self.extra)}"


@frozen
class UserData:
    """The instance may be given user data for its first boot, as bytes."""

    max_bytes: int

    @property
    def sentence(self) -> str:
        return f"user data of up to {self.max_bytes} bytes for the first boot"


@frozen
class SshKeys:
    """The instance may be given public ssh keys (OpenSSH format, one line each) that may log in."""

    max_count: int = 16

    @property
    def sentence(self) -> str:
        return f"up to {self.max_count} public ssh keys that may log in"


@frozen
class Account:
    """The account that people log in to may be given another name than the image's, and a password, already hashed."""

    @property
    def sentence(self) -> str:
        return "a name and a password for the account that people log in to"


@frozen
class CloudInit:
    """Meta-data and a network configuration reach the instance's cloud-init, which reads them as its own documents say."""

    max_bytes: int

    @property
    def sentence(self) -> str:
        return f"meta-data and a network configuration of up to {self.max_bytes} bytes for cloud-init"


@frozen
class AttachNetworks:
    """The instance may be attached to networks other than the realm's own. Only of drivers that have ``Networks``."""

    max_count: int

    @property
    def sentence(self) -> str:
        return f"up to {self.max_count} networks to be attached to"


@frozen
class Labels:
    """The instance may be given labels, ``key=value``, for people to find it by.

    Letters, digits and ``- . _ /`` in keys, and also ``: @ +`` in values, which may be empty. ``max_length`` holds for each of both.
    """

    max_count: int
    max_length: int = 63

    @property
    def sentence(self) -> str:
        return f"up to {self.max_count} labels, key=value, of up to {self.max_length} characters each"


@frozen
class Describable:
    """The instance may be given a description: one line of printable text in any script."""

    max_length: int

    @property
    def sentence(self) -> str:
        return f"a description of up to {self.max_length} characters"


@frozen
class OwnDisks:
    """The instance may be given disks beside its root disk: empty at first, in the order asked for, and destroyed with it."""

    max_count: int

    @property
    def sentence(self) -> str:
        return f"up to {self.max_count} disks of its own beside the root disk"


@frozen
class AttachVolumes:
    """The instance may be given volumes from its first start on. They outlive it, also when create fails. Only of drivers that have ``Volumes``.

    Of two creators of one volume at most one succeeds; create raises ``NotAllowed`` or ``Conflict`` for one that is attached meanwhile.
    """

    max_count: int

    @property
    def sentence(self) -> str:
        return f"up to {self.max_count} volumes that are attached from the start"


@frozen
class DiskModes:
    """How the root disk comes from the image may be chosen. An instance with any other form than an overlay needs its image no more.

    ``modes``: the first is what an instance gets unasked; ``Instance.disk_mode`` tells.
    """

    modes: tuple[DiskMode, ...]

    @property
    def sentence(self) -> str:
        return f"root disks in the forms {', '.join(self.modes)}"


Ability = (
    UserName
    | UserData
    | SshKeys
    | Account
    | CloudInit
    | AttachNetworks
    | Labels
    | Describable
    | OwnDisks
    | AttachVolumes
    | DiskModes
)


class PowerOff(ABC):
    """Stopping by pulling the plug: ``dcctl instance stop --power-off``. Allowed where the machine allows stop, and while it stops."""

    @abstractmethod
    def power_off(self, instance: Instance, job: Job) -> Instance:
        """Stop without asking the guest. Also called where the machine has no stop: while the instance is stopping, which may take too long."""


class SuspendToDisk(ABC):
    """Suspending without taking memory: ``dcctl instance suspend --to-disk``. Allowed where the machine allows suspend.

    ``resume`` goes on from there, also after the host was started anew. Until then the definition and the disks belong to what is
    saved: resizing, snapshots and volumes that come, go or grow MUST raise ``NotAllowed``; labels and protection that are changed
    meanwhile hold. Where the machine allows stop of suspended instances, ``power_off`` throws the memory away.
    """

    @abstractmethod
    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        """Write the memory to disk and let go of it; return the instance, suspended and ``saved``.

        Raises ``Capacity`` when there is no room. After a failure, and when it was cancelled, the instance goes on as before.
        """


class ImportImages(ABC):
    """Publishing a local file as an image: ``dcctl image import``."""

    image_formats: ClassVar[tuple[str, ...]] = ()
    """Disk formats that ``import_image`` takes, as qemu-img calls them, the best first; the core unpacks and converts others to that one.

    Empty: it is given the file as it is, whatever that may be, and has to look at it by itself.
    """

    @abstractmethod
    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        """Check the file, copy it to the realm and publish it, in that order; return the image, available.

        Raises ``Usage`` when the file cannot be read, has another digest than was asked for, or is not an acceptable image;
        ``Conflict`` when the name is taken, ``Capacity`` when it does not fit. MUST leave nothing behind on failure, and nothing that
        looks available after a crash.
        """


class DestroyImages(ABC):
    """Removing an image: ``dcctl image destroy``."""

    @abstractmethod
    def destroy_image(self, image: Image, job: Job) -> None:
        """Remove the image. MUST raise ``NotAllowed`` while an instance needs it, naming the instances."""


class CopyImages(ABC):
    """Handing an image on to another realm, also of another endpoint: ``dcctl image copy``."""

    @abstractmethod
    def read_image(self, image: Image) -> AbstractContextManager[ImageContent]:
        """The content of the image, while the context is open. Raises ``NotFound`` when the image is gone.

        What is read MUST be exactly what was published, so that its digest is the image's.
        """

    @abstractmethod
    def write_image(self, spec: ImageSpec, content: ImageContent, job: Job) -> Image:
        """Publish the content as an image. All that is said of ``import_image`` holds; ``spec.source`` only names where it comes from.

        Going through ``content.chunks`` may raise, and they may end before ``content.size_bytes`` are there: both MUST leave nothing
        behind, and the latter raise ``Failed``.
        """


class CaptureImages(ABC):
    """Making an image of an instance's root disk: ``dcctl image create --from``."""

    @abstractmethod
    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        """Publish a copy of the disk, which needs nothing of the instance or its image any more; return it, available.

        Called for stopped instances; raises ``NotAllowed`` for one that runs by now, ``Conflict`` when the name is taken. MUST leave the
        instance as it is, and nothing else behind on failure. ``spec.source`` only names the instance.
        """

    def check_capture(self, instance: Instance, spec: ImageSpec, *, live: bool = False) -> None:
        """Raise what else forbids it, as ``capture_image``, or ``capture_running`` if ``live``, would: dry runs ask. Changes nothing."""
        return


class CaptureRunning(ABC):
    """Making an image of an instance that runs: ``dcctl image create --from --live``. Only of drivers with ``CaptureImages``."""

    @abstractmethod
    def capture_running(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        """Publish what is on the root disk at one moment, as ``capture_image`` does; the instance goes on.

        The image's description MUST say what can be relied on, such as: as after a power failure. Raises ``NotAllowed`` for an instance
        that does not run by now.
        """


class CaptureRewritten(ABC):
    """Letting this process rewrite a disk before it becomes an image: ``dcctl image create --reset``, ``--compress``.

    Only of drivers with ``CaptureImages`` and ``ImportImages``.
    """

    @abstractmethod
    def capture_rewritten(
        self, instance: Instance, spec: ImageSpec, rewrite: Rewrite, job: Job, *, live: bool = False
    ) -> Image:
        """As ``capture_image``, or ``capture_running`` if ``live``; but what is published is the file that ``rewrite`` makes of the disk.

        The content MUST be the file of a disk, in a format that ``image_formats`` names, and need no other file. ``rewrite(content, job)``
        is a context, and yields the path of a file as ``import_image`` takes it. That may take an hour: the name
        MUST be taken before, a ``Conflict`` raised without it. What it raises MUST leave nothing behind, as everything else.
        """


class Watch(ABC):
    """Telling the core that something changed, so that it need not poll."""

    @abstractmethod
    def watch(self, instance: Instance) -> AbstractContextManager[Callable[[float], bool]]:
        """Listen to the instance from the moment the context is entered.

        The function that the context yields blocks until something may have changed or that many seconds have passed; it returns
        whether something may have changed. A change between entering and calling MUST NOT be lost; false alarms are allowed.
        """


class Keys(ABC):
    """Public ssh keys that the provider keeps under names: ``dcctl key``, and ``dcctl instance create --key``."""

    @abstractmethod
    def keys(self, query: Query) -> Iterable[Key]:
        """The keys that the query asks for, in any order, and nothing else."""

    @abstractmethod
    def import_key(self, spec: KeySpec, job: Job) -> Key:
        """Keep the key under the name; found at once. Raises ``Conflict`` when the name is taken, also when two import at once.

        MUST leave nothing behind on failure; after a crash at most a key without ``public_key``, which destroy removes.
        """

    @abstractmethod
    def destroy_key(self, key: Key, job: Job) -> None:
        """Forget the key. Instances that know it already keep it. Raises ``NotFound`` when it is gone."""


class Networks(ABC):
    """Networks that instances are attached to: ``dcctl network``, and ``dcctl instance create --network``."""

    @abstractmethod
    def networks(self, query: Query) -> Iterable[Network]:
        """The networks that the query asks for, those that dcctl did not make included. Leases only with ``Field.ADDRESSES``."""

    @abstractmethod
    def create_network(self, spec: NetworkSpec, job: Job) -> Network:
        """Make the network; it is active, and is again after the host was started anew.

        Raises ``Conflict`` when the name is taken or the range overlaps with another network, ``Capacity`` when none was asked for
        and none is free. MUST leave nothing behind on failure, and after a crash at most a network that destroy removes.
        """

    @abstractmethod
    def destroy_network(self, network: Network, job: Job) -> None:
        """Remove the network. MUST raise ``NotAllowed`` for one that dcctl did not make, and while an instance is attached to it."""


class Console(ABC):
    """Being at the serial console of an instance: ``dcctl instance console``."""

    @abstractmethod
    def console(self, instance: Instance, *, force: bool = False) -> AbstractContextManager[socket]:
        """Be connected for as long as the context lasts.

        It yields a stream socket: what the instance writes can be read there, what is sent is typed; it ends when the console does.
        Raises ``NotAllowed`` while there is nothing to connect to, ``Conflict`` while somebody else is connected, whom ``force`` throws out.
        """


class ConsoleLog(ABC):
    """Keeping what the consoles of instances say: ``dcctl instance logs``, and ``dcctl instance create --console-log``.

    A spec with ``console_log`` asks for it; a driver may keep it without being asked. Destroying an instance destroys its log.
    """

    @abstractmethod
    def console_log(self, instance: Instance, start: int, most: int) -> ConsolePart:
        """At most ``most`` bytes from the position ``start`` on, also while the instance is off. Raises ``NotFound`` if nothing is kept.

        A negative ``start`` counts from the end of what is kept. A position behind that end means that it was begun anew meanwhile:
        then what is there is given from its beginning. At the end, and with nothing said yet, the part is empty.
        """


class Commands(ABC):
    """Running programs inside of instances without logging in, by an agent that is in them: ``dcctl instance exec``."""

    @abstractmethod
    def begin_command(self, instance: Instance, command: Sequence[str], stdin: bytes, job: Job) -> str:
        """Start a program with its arguments, no shell between; a word by which ``end_of_command`` knows it.

        Raises ``NotAllowed`` while the instance is off, ``Unreachable`` when there is no agent or it does not answer soon, ``NotFound``
        when there is no such program. A dead agent MUST NOT hold other calls for the instance up for more than some seconds.
        """

    @abstractmethod
    def end_of_command(self, instance: Instance, word: str) -> Ended | None:
        """How the program ended, once; None while it runs. Raises ``Unreachable`` as before."""


class Volumes(ABC):
    """Disks that are kept apart from instances and attached to one at a time: ``dcctl volume``.

    The core attaches and detaches while the instance is running or stopped, and lets volumes grow only. A volume outlives its instance.
    """

    @abstractmethod
    def volumes(self, query: Query) -> Iterable[Volume]:
        """The volumes that the query asks for, in any order, in as many provider calls for 1,000 as for one."""

    @abstractmethod
    def create_volume(self, spec: VolumeSpec, job: Job) -> Volume:
        """Make an empty volume, available. Raises ``Conflict`` when the name is taken in the realm, ``Capacity`` when it does not fit.

        MUST leave nothing behind on failure, and after a crash at most a volume in state error, which destroy removes.
        """

    @abstractmethod
    def destroy_volume(self, volume: Volume, job: Job) -> None:
        """Remove it, with what is on it. MUST raise ``NotAllowed`` while an instance has it, naming the instance."""

    @abstractmethod
    def attach_volume(self, volume: Volume, instance: Instance, job: Job) -> Volume:
        """Give it to the instance, now and after each start. Raises ``NotAllowed`` or ``Conflict`` if it is attached already."""

    @abstractmethod
    def detach_volume(self, volume: Volume, job: Job) -> Volume:
        """Take it from its instance. Raises ``NotAllowed`` if it has none, ``Timeout`` if a running guest does not let go of it.

        MUST be repeatable after that.
        """

    @abstractmethod
    def resize_volume(self, volume: Volume, size_gib: int, job: Job) -> Volume:
        """Let it grow, also while it is attached. MUST keep what is on it, and never shrink it."""


class Screens(ABC):
    """Showing the screens of instances by VNC: ``dcctl instance vnc``, and ``dcctl instance create --vnc``.

    A spec with ``vnc`` asks for it; a driver may show it without being asked.
    """

    @abstractmethod
    def screen(self, instance: Instance) -> Screen:
        """Where it is shown now. Raises ``NotAllowed`` while the instance is off, ``NotFound`` when it shows none."""


class Describe(ABC):
    """Changing labels and description of an instance that exists: ``dcctl instance label``. Only of drivers with ``Labels`` and ``Describable``."""

    @abstractmethod
    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        """Put labels on and take them off, and leave all others as they are at the provider; return the instance with ``Field.NOTES``.

        Allowed in every state in which the instance is whole. MUST be repeatable, and lose nothing that somebody else changes meanwhile
        as far as the provider lets it.
        """


class Protect(ABC):
    """Keeping an instance from being destroyed: ``dcctl instance protect`` and ``unprotect``."""

    @abstractmethod
    def protect(self, instance: Instance, job: Job, *, protected: bool) -> Instance:
        """From now on, refuse to destroy the instance, or no longer. It is kept at the provider, for everybody. MUST be repeatable.

        ``Instance.protected`` and ``Instance.refused`` tell. ``destroy`` MUST raise ``NotAllowed`` for a protected instance, also where
        it was not protected when it was looked up.
        """


class Rename(ABC):
    """Calling an instance otherwise: ``dcctl instance rename``."""

    renamed_in: ClassVar[frozenset[State]]
    """The states in which that is possible."""

    @abstractmethod
    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        """Give it the name, in one step: at every moment it has one of both. Its id stays, and the old name is free. Its own name changes nothing.

        Raises ``Conflict`` when the name is taken, ``NotAllowed`` in other states.
        """

    def check_rename(self, instance: Instance, name: str) -> None:
        """Raise what else forbids it, as ``rename`` would: dry runs ask. Changes nothing."""
        return


class Autostart(ABC):
    """Starting an instance whenever its host starts: ``dcctl instance autostart``, and ``dcctl instance create --autostart``."""

    @abstractmethod
    def autostart(self, instance: Instance, job: Job, *, on: bool) -> Instance:
        """From now on start it with its host, or no longer; ``Instance.autostart`` tells. MUST be repeatable."""


class Machines(ABC):
    """Firmware, TPM and kind of machine on request: ``dcctl instance create --firmware --tpm --machine``.

    ``InstanceSpec.machine`` asks; ``Instance.machine`` has all that was asked for.
    """

    @abstractmethod
    def machine_problems(self, realm: Realm, machine: Machine, architecture: str | None) -> Iterable[DcctlError]:
        """Why the realm cannot make such a machine, one error for each reason; none if it can. Changes nothing.

        ``NotSupported`` for what is not there, its hint naming what would have to be installed; ``Usage`` for a type that nobody knows.
        ``create`` MUST raise likewise. ``architecture`` None: the host's own. A machine without wishes: whether the architecture can be had.
        """


class ChosenInterfaces(ABC):
    """Interfaces with a MAC address of one's choice, and an IP address that stays: ``dcctl instance create --network NAME,mac=...,address=...``.

    ``InstanceSpec.interfaces`` asks; ``Instance.interfaces`` has what was asked for, and ``addresses`` the address once the instance uses it.
    The network gives it to whatever asks as usual: an instance needs no cloud-init for it. Only of drivers with ``Networks`` and ``AttachNetworks``.
    """

    @abstractmethod
    def interface_problems(self, realm: Realm, interfaces: Sequence[Interface]) -> Iterable[DcctlError]:
        """Why the realm cannot have such interfaces now, one error for each reason; none if it can. Changes nothing.

        ``Conflict`` for a MAC or an IP address that an instance has, running or not, or that is kept for somebody; ``NotSupported`` for a
        network that gives no addresses. ``create`` MUST raise likewise: of two creators of one address at most one succeeds. Both are free
        again when create has failed, and after destroy. A copy of the instance has neither.
        """


class Snapshots(ABC):
    """What instances were at a moment, to be reverted to: ``dcctl snapshot``. Each belongs to one instance, and goes with it."""

    snapshots_in: ClassVar[frozenset[State]]
    """The states in which an instance can be taken a snapshot of, and be reverted."""

    @abstractmethod
    def snapshots(self, instance: Instance) -> Iterable[Snapshot]:
        """The snapshots of the instance, the oldest first."""

    @abstractmethod
    def create_snapshot(self, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
        """Take a snapshot of disks and, unless the instance is stopped, memory; it goes on as before.

        Raises ``Conflict`` when the name is taken, ``NotSupported`` saying why where disks or firmware forbid it. MUST leave nothing behind
        on failure.
        """

    def check_create_snapshot(self, instance: Instance, spec: SnapshotSpec) -> None:
        """Raise what else forbids it, as ``create_snapshot`` would: dry runs ask. Changes nothing."""
        return

    @abstractmethod
    def revert_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> Instance:
        """Make the instance what it was, in the state that it had; return it so. Name, labels, description and protection MUST stay."""

    def check_revert_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        """Raise what else forbids it, as ``revert_snapshot`` would: dry runs ask. Changes nothing."""
        return

    @abstractmethod
    def destroy_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> None:
        """Forget the snapshot, and no other. Raises ``NotFound`` when it is gone."""


class DescribeRealms(ABC):
    """Telling how a realm is doing: ``dcctl realm show``, and ``dcctl instance create --realm auto``."""

    @abstractmethod
    def realm_facts(self, realm: Realm) -> RealmFacts:
        """What the realm's host has, what of it is free, and what new instances would lack. Changes nothing; what nobody can tell is None."""


class Resize(ABC):
    """Giving an instance another size: ``dcctl instance resize``."""

    resizable: ClassVar[frozenset[Property]]
    """What of the size can be changed: cpu, memory, storage. Storage grows only; the core sees to it."""
    resized_in: ClassVar[frozenset[State]]
    """The states in which that is possible."""

    @abstractmethod
    def resize(self, instance: Instance, size: Size, job: Job) -> Resized:
        """Change what differs: at once where the instance allows it, else at its next start; say which. Profile and overrides change, too.

        MUST be repeatable: after an interruption the same call completes it. Raises ``NotAllowed`` in other states, ``Capacity`` when it
        does not fit. MUST NOT shrink a disk.
        """

    def check_resize(self, instance: Instance, size: Size) -> Collection[Property] | None:
        """Raise what else forbids it, as ``resize`` would: dry runs ask. Changes nothing.

        Returns what ``resize`` would say that waits for the next start; None where that shows only when it is done.
        """
        return None


class Diagnose(ABC):
    """Saying what is wrong with a realm, and mending it: ``dcctl doctor``."""

    @abstractmethod
    def diagnose(self, realm: Realm) -> Iterable[Finding]:
        """What was looked at, and how it is; what is good, too. Changes nothing."""

    @abstractmethod
    def repair(self, realm: Realm, finding: Finding, job: Job) -> None:
        """Do what ``finding.repair`` says, if it is still so. MUST remove nothing but what the driver made and what belongs to nobody."""


class Clone(ABC):
    """Copying an instance with what is on its disk: ``dcctl instance clone``."""

    cloned_in: ClassVar[frozenset[State]]
    """The states in which an instance can be copied."""

    @abstractmethod
    def clone(self, instance: Instance, spec: CloneSpec, job: Job) -> Instance:
        """Make the copy and return it, stopped: of the same size and from the same image, with an id, a name and addresses of its own.

        Its own disks are copied, too. What people wrote on the instance, its snapshots and its volumes are not. Raises ``Conflict`` when the name is taken.
        What create must leave behind on failure or when it is killed, this must, too.
        """

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        """Raise what else forbids it, as ``clone`` would: dry runs ask. Changes nothing."""
        return


class Adopt(ABC):
    """Taking on instances that something else than dcctl made: ``dcctl instance adopt``.

    An adopted instance is no longer foreign, and is treated as one that was created, but for its disks: they stay, whatever destroys
    it. Where they were adopted, too, ``destroy_with_disks`` removes them, which is only called when somebody asks for it in so many words.
    """

    @abstractmethod
    def to_adopt(self, instance: Instance, spec: AdoptSpec) -> Adopted:
        """What ``adopt`` would write down of its disks. Changes nothing.

        Raises ``NotAllowed`` or ``Conflict`` for what dcctl made, what would not last, and what somebody is at work on; and, with
        disks, where one of them is not to be destroyed: something else needs it, or it is no file.
        """

    @abstractmethod
    def adopt(self, instance: Instance, spec: AdoptSpec, job: Job) -> Instance:
        """Take it on, and return it with ``Instance.adopted``. It goes on as it was. MUST be repeatable: what ``spec`` leaves open stays.

        Raises, with nothing changed, what ``to_adopt`` raises.
        """

    @abstractmethod
    def destroy_with_disks(self, instance: Instance, job: Job) -> Instance:
        """As destroy, and the disks that were adopted. MUST raise ``NotAllowed``, with nothing changed, if something else needs one of them."""


class PrepareRealms(ABC):
    """Making what a realm lacks before it can have instances, when somebody asks for it: ``dcctl realm init``."""

    @abstractmethod
    def realm_steps(self, realm: Realm) -> Iterable[RealmStep]:
        """What is to be done, in order; nothing where instances can be made. Changes nothing."""

    @abstractmethod
    def take_realm_step(self, realm: Realm, step: RealmStep, job: Job) -> None:
        """Do one step; that it was done meanwhile is as good. MUST leave nothing half made on failure."""


class Preview(ABC):
    """Showing what create would send, in the provider's own words: ``dcctl instance create --dry-run --native``."""

    @abstractmethod
    def preview(self, spec: InstanceSpec) -> str:
        """A document that the provider would be sent for this request, as text; what is secret in it left out.

        MUST change nothing, and raise what create would raise for a request that cannot be carried out.
        """


OPTIONAL: tuple[type[ABC], ...] = (
    PowerOff,
    SuspendToDisk,
    ImportImages,
    DestroyImages,
    CopyImages,
    CaptureImages,
    CaptureRunning,
    CaptureRewritten,
    Watch,
    Keys,
    Networks,
    Volumes,
    Console,
    ConsoleLog,
    Commands,
    Screens,
    Describe,
    Protect,
    Rename,
    Autostart,
    Machines,
    ChosenInterfaces,
    Snapshots,
    DescribeRealms,
    PrepareRealms,
    Resize,
    Diagnose,
    Clone,
    Preview,
    Adopt,
)
"""Every optional class, in the order in which ``dcctl driver show`` lists them."""
