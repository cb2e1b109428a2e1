"""The nouns that drivers and the core exchange: states, actions, realms, images, instances, requests. All frozen, none does I/O."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from dcctl.frozen import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dcctl.hardware import Hardware, HardwareProfile, Property, Value
    from dcctl.nouns.adoption import Adopted
    from dcctl.nouns.disks import Disks
    from dcctl.nouns.first_boot import FirstBoot
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine
    from dcctl.nouns.networks import Network
    from dcctl.settings import Values


class State(StrEnum):
    """The life of an instance: Deltacloud's seven states, and two that every provider needs."""

    START = "start"  # before it is created; never reported
    PENDING = "pending"
    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ERROR = "error"
    FINISH = "finish"  # after it is destroyed; hidden from lists
    UNKNOWN = "unknown"  # the provider reports something that the driver cannot place

    def to(self, *targets: State) -> HalfSentence:
        """Begin a sentence of a state machine: ``State.RUNNING.to(State.STOPPED).on(Action.STOP)``."""
        return HalfSentence(self, targets)


class Action(StrEnum):
    """What can be done to an instance: Deltacloud's five actions, and suspend and resume."""

    CREATE = "create"
    START = "start"
    STOP = "stop"
    REBOOT = "reboot"
    SUSPEND = "suspend"
    RESUME = "resume"
    DESTROY = "destroy"

    @property
    def participle(self) -> str:
        """The word for a report: ``stopped``, ``created``."""
        return _PARTICIPLES.get(self, f"{self}ed")


_PARTICIPLES = {
    Action.CREATE: "created",
    Action.STOP: "stopped",
    Action.RESUME: "resumed",
}


class Trigger(StrEnum):
    """What makes a transition happen."""

    ACTION = "action"  # somebody asks for it
    AUTOMATIC = "automatic"  # it follows by itself; the first target is where it should settle
    SPONTANEOUS = "spontaneous"  # it may happen by itself; never a goal, ends waits


@frozen
class Transition:
    """A whole sentence. ``after`` (automatic only): it holds when this action led into ``source``; None: otherwise."""

    source: State
    targets: tuple[State, ...]
    trigger: Trigger
    action: Action | None = None
    after: Action | None = None


@frozen
class HalfSentence:
    """``a.to(b)``: not yet a transition. One of the three methods completes it; ``machine()`` refuses what is left half."""

    source: State
    targets: tuple[State, ...]

    def on(self, action: Action) -> Transition:
        """The transition happens when somebody asks for ``action``; it has exactly one target."""
        return Transition(self.source, self.targets, Trigger.ACTION, action=action)

    def automatically(self, *, after: Action | None = None) -> Transition:
        """It follows by itself: the first target is where it should settle, the others where it may end instead.

        ``after`` distinguishes where it settles by the action that led into the source state.
        """
        return Transition(self.source, self.targets, Trigger.AUTOMATIC, after=after)

    def spontaneously(self) -> Transition:
        """It may happen by itself, for instance when a guest powers itself off. Never a goal; ends waits."""
        return Transition(self.source, self.targets, Trigger.SPONTANEOUS)


class AddressKind(StrEnum):
    """What an address is, as in Deltacloud's InstanceAddress."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    HOSTNAME = "hostname"
    MAC = "mac"


class DiskMode(StrEnum):
    """How a root disk comes from its image."""

    OVERLAY = "overlay"  # it holds only what differs from the image, which must stay
    FULL = "full"  # a copy of the image, in a format that grows and knows snapshots
    RAW = "raw"  # a copy without any format: the fastest, which knows no snapshots


@frozen
class Address:
    """Where an instance can be reached. ``public``: from outside the provider's own network.

    ``through``: only from this host, which ssh can reach under that name: ``root@lab.example``, ``ssh://root@lab.example:2222``.
    """

    value: str
    kind: AddressKind = AddressKind.IPV4
    public: bool = False
    through: str | None = None


@frozen
class Realm:
    """Where instances are placed. ``options`` are the selected driver's own, typed and checked."""

    id: str
    name: str
    options: Values
    limits: Mapping[str, int] = field(
        default_factory=dict
    )  # instances (count), cpu (count), memory (MiB), storage (GiB)


class ImageState(StrEnum):
    """Whether instances can be created from an image."""

    AVAILABLE = "available"
    PENDING = "pending"  # being imported
    ERROR = "error"  # its import was interrupted; destroy removes it
    NOT_IMPORTED = "not-imported"  # only the catalogue has it; said by the core, never by a driver


@frozen
class Image:
    """A template that instances start from.

    ``realm`` is the id of the realm that holds it; None when every realm of the endpoint can use it. ``minimum_storage_gib`` is the
    smallest root disk that holds it, rounded up. ``user`` is the account that cloud-init sets up for people to log in.
    """

    id: str
    name: str
    state: ImageState = ImageState.AVAILABLE
    realm: str | None = None
    architecture: str | None = None
    owner: str | None = None
    description: str | None = None
    minimum_storage_gib: int | None = None
    minimum_memory_mib: int | None = None
    size_bytes: int | None = None  # what it occupies at the provider
    digest: str | None = None  # sha256:… of the published file
    user: str | None = None
    created: datetime | None = None


@frozen
class Instance:
    """A realised machine.

    ``image``, ``realm`` and ``hwp`` are ids; None when the provider does not know (a foreign instance). ``overrides`` are the
    properties of the profile that were asked for by value. ``refused`` takes away actions that the machine would allow, each with
    the reason that becomes the hint. ``password`` is never printed unless asked for. ``host_keys`` are the public ssh host keys that the instance
    is known to have (``ssh-ed25519 AAAA…``): from whoever made it, never asked of it over the network.
    """

    id: str
    name: str
    state: State
    realm: str | None = None
    image: str | None = None
    hwp: str | None = None
    hardware: Hardware | None = None
    overrides: Mapping[Property, Value] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    owner: str | None = None
    created: datetime | None = None
    provider_state: str | None = None  # in the provider's own words
    reason: str | None = (
        None  # why it is in this state, or has no address in it, where that is not obvious: the cause of an error
    )
    refused: Mapping[Action, str] = field(default_factory=dict)
    user: str | None = None
    key: str | None = None
    password: str | None = field(default=None, repr=False)
    foreign: bool = False  # made by something else than dcctl
    networks: tuple[str, ...] = ()  # that were asked for, in the order of its interfaces; none: the realm's own
    interfaces: tuple[Interface, ...] = ()  # one for each of the networks if more was asked for than these
    host_keys: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    protected: bool = False  # it must not be destroyed; then ``refused`` says so, too
    autostart: bool | None = None  # it starts whenever its host does; None: unknown
    disks_gib: tuple[int, ...] = ()  # sizes of the disks of its own beside the root disk; volumes are not among them
    machine: Machine | None = None  # None: as the driver makes them, or unknown
    disk_mode: DiskMode | None = None  # None: unknown, or the provider has one way only
    adopted: Adopted | None = None  # made by something else than dcctl, and then taken on
    saved: bool = False  # suspended, and its memory is on disk: it takes none, and outlasts the end of its host
    at_next_start: tuple[Property, ...] | None = (
        None  # of ``hardware`` what it has from its next start on only; None: unknown
    )


class Field(StrEnum):
    """Attributes of an instance that may cost the provider extra calls; a driver fills them only when a query names them."""

    ADDRESSES = "addresses"
    HARDWARE = "hardware"
    CREDENTIALS = "credentials"  # user, key, password
    NOTES = "notes"  # of an image its description; of an instance what people set: labels, description, protected and what it refuses therefore, autostart, that it was adopted


@frozen
class Query:
    """What is asked of a listing. ``ids`` and ``names``: only things whose id or name is in one of them; both None: everything.

    ``fields``: the expensive attributes that are needed. ``realms``: the ids of the only realms whose things are wanted; None: those of
    all. A driver that looks into each realm on its own looks into no other, since something may be wrong there; for any other driver it
    means nothing, and the core leaves out what it did not ask for.
    """

    ids: frozenset[str] | None = None
    names: frozenset[str] | None = None
    fields: frozenset[Field] = frozenset()
    realms: frozenset[str] | None = None

    @classmethod
    def everything(cls, *fields: Field) -> Query:
        return cls(fields=frozenset(fields))

    @classmethod
    def called(cls, name: str, *fields: Field) -> Query:
        """Whatever has this id or this name."""
        return cls(ids=frozenset((name,)), names=frozenset((name,)), fields=frozenset(fields))

    def within(self, realms: Iterable[str]) -> Query:
        """The same, of these realms only."""
        return Query(self.ids, self.names, self.fields, frozenset(realms))

    def concerns(self, realm: str) -> bool:
        """Whether the realm's things may be part of the answer."""
        return self.realms is None or realm in self.realms

    def wants(self, identifier: str, name: str) -> bool:
        """Whether a thing belongs to the answer."""
        if self.ids is None and self.names is None:
            return True
        return identifier in (self.ids or ()) or name in (self.names or ())


@frozen
class InstanceSpec:
    """A checked, resolved request to create an instance: nothing is left to look up.

    ``token`` is a fresh UUID: the same token means the same request, and drivers whose provider lets them choose an id use it.
    """

    token: str
    name: str
    image: Image
    hwp: HardwareProfile
    hardware: Hardware
    overrides: Mapping[Property, Value]
    realm: Realm
    user_data: bytes | None = None
    ssh_keys: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()  # an interface in each, in this order; none: what the realm gives
    interfaces: tuple[Interface, ...] = ()  # one for each of the networks if more is asked for than these
    console_log: bool = False
    vnc: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    description: str | None = None
    autostart: bool = False
    disks: Disks | None = None  # None: the root disk alone
    machine: Machine | None = None  # None: as the driver makes them
    first_boot: FirstBoot | None = None


@frozen
class ImageSpec:
    """A request to publish a local file as an image. ``realm`` is where.

    The driver holds the file against ``digest`` when that is given: ``sha256:`` and 64 hexadecimal digits.
    """

    token: str
    name: str
    source: str  # absolute path of a readable file
    realm: Realm
    architecture: str | None = None
    digest: str | None = None
    user: str | None = None
    description: str | None = None
