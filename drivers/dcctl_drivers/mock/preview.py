"""What the mock cloud would be sent, if it were sent anything."""

from __future__ import annotations

from json import dumps

from dcctl_drivers.mock.machines import machine_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import InstanceSpec


def preview(spec: InstanceSpec) -> str:
    """As JSON: the columns of the record that people may see."""
    hardware = spec.hardware
    record = {
        "name": spec.name,
        "realm": spec.realm.id,
        "image": spec.image.id,
        "hwp": spec.hwp.name,
        "cpu": hardware.cpu,
        "memory_mib": hardware.memory_mib,
        "storage_gib": hardware.storage_gib,
        "architecture": hardware.architecture,
        "networks": [network.name for network in spec.networks],
        "machine": machine_of(spec),
        "labels": dict(spec.labels),
        "description": spec.description,
    }
    return dumps(record, indent=2, ensure_ascii=False)
