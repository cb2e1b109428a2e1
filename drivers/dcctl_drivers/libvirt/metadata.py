"""What dcctl writes into a domain's own metadata: whose it is, how it was made, and who is at work on it.

One element, written with the define, so that the record exists from the first moment of a domain to its last. A copy of a domain carries a
copy of it, which is why it names the uuid that it was written for. libvirt gives the element back without its namespace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from dcctl.hardware import Property
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from dcctl.hardware import Value

NAMESPACE = "urn:dcctl:instance"
PREFIX = "dcctl"
SCHEMA = 1
"""A record with a higher number was written by a newer dcctl: its instance is shown, and never changed."""


class Phase(StrEnum):
    """How far the life of an instance is."""

    CREATING = "creating"
    READY = "ready"
    DESTROYING = "destroying"


class OwnedVolume(NamedTuple):
    """A volume that was made for the instance."""

    pool: str
    name: str


class Facts(NamedTuple):
    """What hardly ever changes for a uuid (a resize does), as plain values: also what the local index keeps."""

    image: str  # this and the profile: empty where nobody knows
    hwp: str
    overrides: tuple[tuple[str, Value], ...]
    realm: str
    pool: str
    created: str  # RFC 3339
    owner: str | None = None
    user: str | None = None
    key: str | None = None
    cpu: int | None = None
    memory_mib: int | None = None
    storage_gib: int | None = None
    architecture: str | None = None
    host_key: str | None = None  # the public half of the ssh host key that the guest was given
    networks: tuple[str, ...] = ()  # of its interfaces, in their order; none: the realm's own
    disks_gib: tuple[int, ...] = ()  # of its own beside the root disk
    firmware: str | None = None
    tpm: str | None = None  # the model of its TPM
    machine_type: str | None = None  # these three only where they were asked for
    macs: tuple[str, ...] = ()  # of its interfaces, where they do not follow from the uuid
    disk_mode: str = "overlay"  # as dcctl.model.DiskMode has it
    # The MAC and the IP address that were chosen for each of ``networks``, "" where none was; () where nothing was chosen.
    interfaces: tuple[tuple[str, str], ...] = ()

    @property
    def root(self) -> str:
        """What the names of the root disk's volume end with."""
        return names.root(self.disk_mode)

    def interface_macs(self, uuid: str) -> tuple[str, ...]:
        """The MAC addresses of all its interfaces, in their order."""
        return self.macs or tuple(names.mac(uuid, position) for position in range(max(1, len(self.networks))))

    @property
    def reservations(self) -> tuple[tuple[str, str, str], ...]:
        """What networks keep for it: the network, the MAC and the IP address."""
        found = zip(self.networks, self.macs, self.interfaces, strict=False)
        return tuple((network, mac, address) for network, mac, (_, address) in found if address)


@dataclass(frozen=True)
class Record:
    """The whole element. ``worker`` is at work on the instance unless the phase is ready."""

    uuid: str
    phase: Phase
    facts: Facts
    volumes: tuple[OwnedVolume, ...] = ()
    worker: Worker | None = None
    schema: int = SCHEMA
    labels: tuple[tuple[str, str], ...] = ()
    description: str | None = None
    protected: bool = False
    adopted: tuple[str, ...] | None = None
    """None: dcctl made the domain. Else the paths of the disks that it adopted, too."""

    @property
    def newer(self) -> bool:
        return self.schema > SCHEMA

    def ready(self) -> Record:
        """The record once nobody is at work any more."""
        return replace(self, phase=Phase.READY, worker=None)

    def taken_over(self, phase: Phase, worker: Worker) -> Record:
        """The record once somebody else is at work."""
        return replace(self, phase=phase, worker=worker)


def element(record: Record, namespace: str | None = NAMESPACE) -> Element:
    """The record as an XML element in its namespace, as domain XML has it."""
    from xml.etree.ElementTree import Element, SubElement, register_namespace  # noqa: PLC0415  9 ms; lists need none

    register_namespace(PREFIX, NAMESPACE)

    def qualified(tag: str) -> str:
        return tag if namespace is None else f"{{{namespace}}}{tag}"

    root = Element(
        qualified("instance"), {"schema": str(record.schema), "uuid": record.uuid, "phase": record.phase.value}
    )
    facts = record.facts._asdict()
    overrides, networks, disks = facts.pop("overrides"), facts.pop("networks"), facts.pop("disks_gib")
    macs, chosen = facts.pop("macs"), dict(enumerate(facts.pop("interfaces")))
    SubElement(root, qualified("facts"), {name: str(value) for name, value in facts.items() if value is not None})
    for position, network in enumerate(networks):
        mac, address = chosen.get(position, ("", ""))
        more = {key: value for key, value in (("mac", mac), ("address", address)) if value}
        SubElement(root, qualified("network"), {"name": network, **more})
    for mac in macs:
        SubElement(root, qualified("mac"), {"address": mac})
    for size in disks:
        SubElement(root, qualified("disk"), {"gib": str(size)})
    for name, value in overrides:
        SubElement(root, qualified("override"), {"property": name, "value": str(value)})
    for volume in record.volumes:
        SubElement(root, qualified("volume"), volume._asdict())
    for key, value in record.labels:
        SubElement(root, qualified("label"), {"key": key, "value": value})
    if about := _about(record):
        SubElement(root, qualified("about"), about)
    if record.adopted is not None:
        SubElement(root, qualified("adopted"))
        for path in record.adopted:
            SubElement(root, qualified("adopted-disk"), {"path": path})
    if record.worker is not None:
        SubElement(root, qualified("worker"), record.worker.as_data())
    return root


def _about(record: Record) -> dict[str, str]:
    about = {} if record.description is None else {"description": record.description}
    return {**about, "protected": "yes"} if record.protected else about


def written(record: Record) -> str:
    """The record as the text that ``virDomainSetMetadata`` takes: libvirt adds the namespace, and fails if there is one."""
    from xml.etree.ElementTree import tostring  # noqa: PLC0415  see element

    return tostring(element(record, namespace=None), encoding="unicode")


def parse(text: str) -> Record | None:
    """The record that a text holds; None if it is not one of ours: anybody may write into a domain's metadata.

    Of a newer schema only what this version knows is read.
    """
    elements = _elements(text)
    if not elements or elements[0][0] != "instance":
        return None
    try:
        root = elements[0][1]
        named: dict[str, list[dict[str, str]]] = {}
        for tag, attributes in elements[1:]:
            named.setdefault(tag, []).append(attributes)
        about = named.get("about", [{}])[0]
        return Record(
            uuid=root["uuid"],
            phase=Phase(root["phase"]),
            schema=int(root["schema"]),
            facts=_facts(named["facts"][0], named),
            volumes=tuple(OwnedVolume(each["pool"], each["name"]) for each in named.get("volume", [])),
            worker=Worker.from_data(named["worker"][0]) if "worker" in named else None,
            labels=tuple((each["key"], each["value"]) for each in named.get("label", [])),
            description=about.get("description"),
            protected=about.get("protected") == "yes",
            adopted=tuple(each["path"] for each in named.get("adopted-disk", [])) if "adopted" in named else None,
        )
    except (KeyError, ValueError, IndexError):
        return None


def _facts(given: dict[str, str], named: dict[str, list[dict[str, str]]]) -> Facts:
    def number(name: str) -> int | None:
        return int(given[name]) if name in given else None

    return Facts(
        image=given["image"],
        hwp=given["hwp"],
        overrides=tuple(_override(each["property"], each["value"]) for each in named.get("override", [])),
        realm=given["realm"],
        pool=given["pool"],
        created=given["created"],
        owner=given.get("owner"),
        user=given.get("user"),
        key=given.get("key"),
        cpu=number("cpu"),
        memory_mib=number("memory_mib"),
        storage_gib=number("storage_gib"),
        architecture=given.get("architecture"),
        host_key=given.get("host_key"),
        networks=tuple(each["name"] for each in named.get("network", [])),
        macs=tuple(each["address"] for each in named.get("mac", [])),
        interfaces=_interfaces(named.get("network", [])),
        disk_mode=given.get("disk_mode", "overlay"),
        disks_gib=tuple(int(each["gib"]) for each in named.get("disk", [])),
        firmware=given.get("firmware"),
        tpm=given.get("tpm"),
        machine_type=given.get("machine_type"),
    )


def _interfaces(networks: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    chosen = tuple((each.get("mac", ""), each.get("address", "")) for each in networks)
    return chosen if any(mac or address for mac, address in chosen) else ()


def _override(name: str, value: str) -> tuple[str, Value]:
    numeric = name in (Property.CPU, Property.MEMORY, Property.STORAGE)
    return name, int(value) if numeric else value


def _elements(text: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of the text in order, without namespaces; nothing if it is not well-formed or brings its own entities."""
    from pyexpat import ExpatError, ParserCreate  # noqa: PLC0415  free, where xml.etree costs 9 ms of each list

    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    def start(tag: str, attributes: dict[str, str]) -> None:
        found.append((tag.rpartition(" ")[2], attributes))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    try:
        parser.Parse(text, True)
    except (ExpatError, ValueError):
        return []
    return found
