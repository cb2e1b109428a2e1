"""How a plan is shown: each step with the states before, during and after it, and what would be created."""

from __future__ import annotations

from dcctl.hardware import Property
from dcctl.render.noun import KEPT, Column, Entry, Noun
from dcctl.render.nouns.instance import (
    disk_texts,
    interface_records,
    interface_texts,
    label_texts,
    machine_record,
    overrides_record,
    size_text,
    sizes_record,
)
from dcctl.render.values import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.model import InstanceSpec
    from dcctl.nouns.disks import Disks
    from dcctl.nouns.first_boot import FirstBoot
    from dcctl.plan import Plan, Step


def _step_record(step: Step) -> dict[str, object]:
    return {
        "action": step.action,
        "power_off": step.power_off,
        "to_disk": step.to_disk,
        "with_disks": step.with_disks,
        "before": step.before,
        "during": step.during,
        "after": step.after,
    }


def _spec_record(spec: InstanceSpec) -> dict[str, object]:
    return {
        "name": spec.name,
        "image": spec.image.id,
        "image_state": spec.image.state,
        "hwp": spec.hwp.name,
        "hardware": sizes_record(spec.hardware),
        "overrides": overrides_record(spec.overrides),
        "realm": spec.realm.id,
        "user_data_bytes": None if spec.user_data is None else len(spec.user_data),
        "ssh_keys": list(spec.ssh_keys),
        "networks": [network.name for network in spec.networks],
        "interfaces": interface_records(spec.interfaces),
        "console_log": spec.console_log,
        "vnc": spec.vnc,
        "labels": dict(spec.labels),
        "description": spec.description,
        "autostart": spec.autostart,
        "disk_mode": None if spec.disks is None else spec.disks.mode,
        "disks_gib": [] if spec.disks is None else list(spec.disks.own_gib),
        "volumes": [] if spec.disks is None else [volume.name for volume in spec.disks.volumes],
        "machine": machine_record(spec.machine),
        "first_boot": _first_boot_record(spec.first_boot),
    }


def _disks(disks: Disks) -> Iterator[Entry]:
    if disks.mode is not None:
        yield Entry("disk mode", [disks.mode])
    if disks.own_gib:
        yield Entry("disks", disk_texts(disks.own_gib))
    if disks.volumes:
        yield Entry("volumes", [volume.name for volume in disks.volumes])


def _first_boot_record(first: FirstBoot | None) -> dict[str, object] | None:
    """Of the password only that there is one."""
    if first is None:
        return None
    return {
        "user": first.user,
        "password": first.password_hash is not None,
        "meta_data": dict(first.meta_data),
        "network_config_bytes": None if first.network_config is None else len(first.network_config),
    }


def _first_boot(first: FirstBoot) -> Iterator[Entry]:
    if first.user is not None:
        yield Entry("user", [first.user])
    if first.password_hash is not None:
        yield Entry("password", ["as given"])
    if first.meta_data:
        yield Entry("meta-data", [listed(sorted(first.meta_data))])
    if first.network_config is not None:
        yield Entry("network configuration", [f"{len(first.network_config)} bytes"])


def _record(plan: Plan) -> dict[str, object]:
    return {
        "action": plan.action,
        "instance": plan.resource,
        "id": plan.instance.id if plan.instance is not None else None,
        "realm": plan.realm,
        "steps": [_step_record(step) for step in plan.steps],
        "create": _spec_record(plan.spec) if plan.spec is not None else None,
        "notes": list(plan.notes),
    }


def _step_text(step: Step) -> str:
    word = "power off" if step.power_off else "suspend to disk" if step.to_disk else step.action.value
    word = f"{word} with disks" if step.with_disks else word
    ways = [step.before.value, step.during.value, step.after.value]
    return f"{word}: {' → '.join(dict.fromkeys(ways))}"


def _steps(plan: Plan) -> tuple[str, ...]:
    return tuple(map(_step_text, plan.steps))


def _made(spec: InstanceSpec, *, imports: bool) -> Iterator[Entry]:
    """What would be created."""
    image = spec.image.id if spec.image.id == spec.image.name else f"{spec.image.id} ({spec.image.name})"
    yield Entry("image", [f"{image} (imported first)" if imports else image])
    yield Entry("hardware profile", [spec.hwp.name])
    for wanted in Property:
        if size := size_text(spec.hardware, wanted, spec.overrides, mark=" (overridden)"):
            yield Entry(wanted.replace("_", " "), [size])
    if spec.disks is not None:
        yield from _disks(spec.disks)
    if spec.machine is not None:
        yield Entry("machine", [listed(spec.machine.words)])
    if spec.interfaces:
        yield Entry("kept addresses", interface_texts(spec.interfaces))
    if spec.labels:
        yield Entry("labels", label_texts(spec.labels))
    if spec.description is not None:
        yield Entry("description", [spec.description])
    if spec.autostart:
        yield Entry("autostart", ["yes"])
    if spec.first_boot is not None:
        yield from _first_boot(spec.first_boot)
    if spec.user_data is not None:
        yield Entry("user data", [f"{len(spec.user_data)} bytes"])
    if spec.ssh_keys:
        yield Entry("ssh keys", [key if len(key) <= 60 else f"{key[:57]}..." for key in spec.ssh_keys])


def _card(plan: Plan) -> Iterator[Entry]:
    yield Entry("plan", [f"{plan.action} {plan.resource}"], "bold")
    yield Entry("realm", [plan.realm] if plan.realm else [])
    if plan.spec is not None:
        yield from _made(plan.spec, imports=plan.imports)
    yield Entry("steps", list(_steps(plan)))
    if plan.notes:
        yield Entry("notes", plan.notes)


PLAN: Noun[Plan] = Noun(
    "plan",
    columns=(
        Column("action", "ACTION", lambda plan: plan.action, worth=KEPT),
        Column("instance", "INSTANCE", lambda plan: plan.resource, worth=KEPT),
        Column("realm", "REALM", lambda plan: plan.realm, worth=4),
        Column("steps", "STEPS", _steps, text=lambda plan: "; ".join(_steps(plan)), worth=5, least=24),
    ),
    record=_record,
    identity=lambda plan: plan.resource,
    card=_card,
)
