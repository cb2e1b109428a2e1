"""How instances are shown."""

from __future__ import annotations

from dataclasses import field

from dcctl.frozen import frozen
from dcctl.hardware import Property
from dcctl.model import Action, Field, State
from dcctl.render.noun import KEPT, Column, Entry, Noun, handle
from dcctl.render.values import amount, listed, when
from dcctl.states import allowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dcctl.hardware import Hardware, Value
    from dcctl.model import Address, Instance
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine
    from dcctl.states import StateMachine


@frozen
class InstanceRow:
    """An instance, what may be done to it now, and why the rest may not; both only where they are shown."""

    instance: Instance
    actions: tuple[Action, ...] = ()
    why_not: Mapping[Action, str] = field(default_factory=dict)


def instance_row(instance: Instance, machine: StateMachine) -> InstanceRow:
    """The row with everything, from the machine of the instance's endpoint."""
    actions = allowed(machine, instance)
    in_this_state = machine.actions(instance.state)
    why_not: dict[Action, str] = {
        action: instance.refused[action] if action in in_this_state else f"it is {instance.state}"
        for action in Action
        if action in machine.declared_actions and action not in actions and action is not Action.CREATE
    }
    return InstanceRow(instance, actions, why_not)


STATE_STYLES: Mapping[State, str] = {
    State.RUNNING: "green",
    State.PENDING: "yellow",
    State.STOPPING: "yellow",
    State.SUSPENDED: "cyan",
    State.ERROR: "bold red",
    State.UNKNOWN: "yellow",
    State.FINISH: "dim",
}

SIZES: Mapping[Property, str] = {
    Property.CPU: "cpu",
    Property.MEMORY: "memory_mib",
    Property.STORAGE: "storage_gib",
    Property.ARCHITECTURE: "architecture",
    Property.ROOT_TYPE: "root_type",
}
"""Properties of the hardware by the keys that they have in data: with their unit."""


def sizes_record(hardware: Hardware | None) -> dict[str, object] | None:
    if hardware is None:
        return None
    return {
        "cpu": hardware.cpu,
        "memory_mib": hardware.memory_mib,
        "storage_gib": hardware.storage_gib,
        "architecture": hardware.architecture,
        "root_type": hardware.root_type,
    }


def overrides_record(overrides: Mapping[Property, Value]) -> dict[str, object]:
    return {SIZES[name]: value for name, value in overrides.items()}


def size_text(hardware: Hardware | None, wanted: Property, overrides: Mapping[Property, Value], mark: str = "*") -> str:
    """``4 GiB*``: with a mark where it was asked for by value rather than given by the profile."""
    value: Value | None = getattr(hardware, SIZES[wanted], None)
    return "" if value is None else amount(wanted, value) + (mark if wanted in overrides else "")


def _size_column(wanted: Property, title: str) -> Column[InstanceRow]:
    return Column(
        SIZES[wanted],
        title,
        lambda row: getattr(row.instance.hardware, SIZES[wanted], None),
        text=lambda row: size_text(row.instance.hardware, wanted, row.instance.overrides),
        needs=Field.HARDWARE,
        wide=True,
    )


def _addresses(instance: Instance) -> tuple[str, ...]:
    """Public ones first."""
    return tuple(a.value for a in instance.addresses if a.public) + tuple(
        a.value for a in instance.addresses if not a.public
    )


def label_texts(labels: Mapping[str, str]) -> tuple[str, ...]:
    """As they are typed: ``role=web``."""
    return tuple(f"{key}={value}" for key, value in labels.items())


def disk_texts(sizes: Sequence[int]) -> tuple[str, ...]:
    """Those beside the root disk: ``20 GiB``."""
    return tuple(amount(Property.STORAGE, size) for size in sizes)


def _address_records(addresses: tuple[Address, ...], *, public: bool) -> list[dict[str, object]]:
    return [{"value": a.value, "kind": a.kind, "through": a.through} for a in addresses if a.public is public]


def _record(row: InstanceRow) -> dict[str, object]:
    instance = row.instance
    return {
        "id": instance.id,
        "name": instance.name,
        "state": instance.state,
        "realm": instance.realm,
        "image": instance.image,
        "hwp": instance.hwp,
        "hardware": sizes_record(instance.hardware),
        "overrides": overrides_record(instance.overrides),
        "at_next_start": None if instance.at_next_start is None else [SIZES[name] for name in instance.at_next_start],
        "public_addresses": _address_records(instance.addresses, public=True),
        "private_addresses": _address_records(instance.addresses, public=False),
        "owner": instance.owner,
        "created": when(instance.created),
        "provider_state": instance.provider_state,
        "reason": instance.reason,
        "actions": row.actions,
        "refused": instance.refused,
        "user": instance.user,
        "key": instance.key,
        "password": instance.password,
        "host_keys": instance.host_keys,
        "networks": instance.networks,
        "interfaces": interface_records(instance.interfaces),
        "labels": dict(instance.labels),
        "description": instance.description,
        "protected": instance.protected,
        "autostart": instance.autostart,
        "disk_mode": instance.disk_mode,
        "disks_gib": instance.disks_gib,
        "machine": machine_record(instance.machine),
        "adopted": None if instance.adopted is None else {"disks": instance.adopted.disks},
        "saved": instance.saved,
        "foreign": instance.foreign,
    }


def interface_records(interfaces: Sequence[Interface]) -> list[dict[str, object]]:
    return [{"network": each.network, "mac": each.mac, "address": each.address} for each in interfaces]


def interface_texts(interfaces: Sequence[Interface]) -> tuple[str, ...]:
    """Those of which more was asked for than the network: ``lab: 192.168.5.20, 52:54:00:12:34:56``."""
    return tuple(f"{each.network}: {listed(each.words)}" for each in interfaces if each.words)


def machine_record(machine: Machine | None) -> dict[str, object] | None:
    return None if machine is None else {"firmware": machine.firmware, "tpm": machine.tpm, "type": machine.type}


def _notes(instance: Instance) -> Iterator[Entry]:
    """What people set on it."""
    if instance.labels:
        yield Entry("labels", label_texts(instance.labels))
    if instance.description is not None:
        yield Entry("description", [instance.description])
    if instance.protected:
        yield Entry("protected", ["yes: it is not to be destroyed"])
    if instance.autostart is not None:
        yield Entry("autostart", ["yes" if instance.autostart else "no"])


def _parts(instance: Instance) -> Iterator[Entry]:
    """What it is made of, beside its size."""
    if instance.disk_mode is not None:
        yield Entry("disk mode", [instance.disk_mode])
    if instance.disks_gib:
        yield Entry("disks", disk_texts(instance.disks_gib))
    if instance.machine is not None:
        yield Entry("machine", [listed(instance.machine.words)])


def _networks(instance: Instance) -> Iterator[Entry]:
    if instance.networks:
        yield Entry("networks", [listed(instance.networks)])
    if instance.interfaces:
        yield Entry("kept addresses", interface_texts(instance.interfaces))


def _card(row: InstanceRow) -> Iterator[Entry]:
    instance = row.instance

    def text(value: str | None) -> list[str]:
        return [value] if value else []

    yield Entry("name", [instance.name], "bold")
    yield Entry("id", [instance.id])
    yield Entry("state", [instance.state], STATE_STYLES.get(instance.state))
    if instance.reason:
        yield Entry("reason", [instance.reason])
    if instance.saved:
        yield Entry("saved", ["yes: its memory is on disk"])
    yield Entry("provider state", text(instance.provider_state))
    yield Entry("realm", text(instance.realm))
    yield Entry("image", text(instance.image))
    yield Entry("hardware profile", text(instance.hwp))
    for wanted in Property:
        if size := size_text(instance.hardware, wanted, instance.overrides, mark=" (overridden)"):
            waits = wanted in (instance.at_next_start or ())
            yield Entry(wanted.replace("_", " "), [f"{size}, from its next start on" if waits else size])
    yield from _parts(instance)
    for label, public in (("public addresses", True), ("private addresses", False)):
        yield Entry(label, [f"{a.value} ({a.kind})" for a in instance.addresses if a.public is public])
    yield from _networks(instance)
    yield from _notes(instance)
    yield Entry("user", text(instance.user))
    yield Entry("key", text(instance.key))
    yield Entry("password", text(instance.password), secret=True)
    if instance.host_keys:
        yield Entry("host keys", instance.host_keys)
    yield Entry("owner", text(instance.owner))
    yield Entry("created", text(when(instance.created)))
    if instance.adopted is not None:
        disks = ["yes: with these disks", *instance.adopted.disks] if instance.adopted.disks else []
        yield Entry("adopted", disks or ["yes: its disks stay when it is destroyed"])
    if instance.foreign:
        yield Entry("foreign", ["yes: made by something else than dcctl"])
    yield Entry("actions", text(listed(row.actions)))
    if row.why_not:
        yield Entry("not now", [f"{action}: {reason}" for action, reason in row.why_not.items()])


INSTANCE: Noun[InstanceRow] = Noun(
    "instance",
    columns=(
        Column("id", "ID", lambda row: row.instance.id, wide=True, worth=KEPT),
        Column("name", "NAME", lambda row: row.instance.name, worth=KEPT),
        Column(
            "state",
            "STATE",
            lambda row: row.instance.state,
            style=lambda row: STATE_STYLES.get(row.instance.state),
            worth=KEPT,
        ),
        Column("realm", "REALM", lambda row: row.instance.realm, worth=5),
        Column("hwp", "HWP", lambda row: row.instance.hwp, worth=3),
        Column("image", "IMAGE", lambda row: row.instance.image, worth=4, least=16),
        Column(
            "addresses", "ADDRESSES", lambda row: _addresses(row.instance), needs=Field.ADDRESSES, worth=6, least=20
        ),
        Column("created", "AGE", lambda row: row.instance.created, age=True, worth=2),
        Column("networks", "NETWORKS", lambda row: row.instance.networks, wide=True),
        _size_column(Property.CPU, "CPU"),
        _size_column(Property.MEMORY, "MEMORY"),
        _size_column(Property.STORAGE, "STORAGE"),
        Column(
            "disks_gib",
            "DISKS",
            lambda row: tuple(map(str, row.instance.disks_gib)),
            text=lambda row: listed(disk_texts(row.instance.disks_gib)),
            needs=Field.HARDWARE,
            wide=True,
        ),
        _size_column(Property.ARCHITECTURE, "ARCHITECTURE"),
        _size_column(Property.ROOT_TYPE, "ROOT"),
        Column("labels", "LABELS", lambda row: label_texts(row.instance.labels), needs=Field.NOTES, wide=True),
        Column("description", "DESCRIPTION", lambda row: row.instance.description, needs=Field.NOTES, wide=True),
        Column("protected", "PROTECTED", lambda row: row.instance.protected, needs=Field.NOTES, wide=True),
        Column("autostart", "AUTOSTART", lambda row: row.instance.autostart, needs=Field.NOTES, wide=True),
        Column("owner", "OWNER", lambda row: row.instance.owner, wide=True),
        Column("actions", "ACTIONS", lambda row: row.actions, needs=Field.NOTES, wide=True),
        Column("provider_state", "PROVIDER STATE", lambda row: row.instance.provider_state, wide=True),
        Column("reason", "REASON", lambda row: row.instance.reason, wide=True),
        Column("saved", "SAVED", lambda row: row.instance.saved, wide=True),
        Column("foreign", "FOREIGN", lambda row: row.instance.foreign, wide=True),
    ),
    record=_record,
    identity=lambda row: handle(row.instance.name, row.instance.id),
    identifier=lambda row: row.instance.id,
    realm=lambda row: row.instance.realm,
    card=_card,
    fields=frozenset((Field.ADDRESSES, Field.HARDWARE, Field.CREDENTIALS, Field.NOTES)),
    secrets=frozenset(("password",)),
)
