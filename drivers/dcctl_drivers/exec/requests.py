"""The model as the JSON that programs read. Keys are the names of the model's attributes; a reader ignores what it does not know."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import asdict

from dcctl_drivers.exec.operations import PROTOCOL
from dcctl_drivers.exec.options import as_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from dcctl.driver import Endpoint
    from dcctl.model import Image, ImageSpec, Instance, InstanceSpec, Query, Realm
    from dcctl.settings import Setting
    from dcctl_drivers.exec.operations import Operation


class Requests:
    """Makes the requests of one endpoint."""

    def __init__(
        self,
        driver: str,
        endpoint: Endpoint,
        settings: tuple[Setting[Any], ...],
        realm_options: tuple[Setting[Any], ...],
    ) -> None:
        self._driver = driver
        self._endpoint = endpoint
        self._settings = settings
        self._realm_options = realm_options

    def encode(self, operation: Operation, body: Mapping[str, object]) -> bytes:
        """One request. Settings, secrets among them, are in it and nowhere else."""
        request = {
            "protocol": PROTOCOL,
            "operation": operation.value,
            "driver": self._driver,
            "endpoint": self._endpoint.key,
            "settings": as_data(self._settings, self._endpoint.settings),
            "realms": [self.realm(realm) for realm in self._endpoint.realms],
            **body,
        }
        # Not escaped: a shell script can pass UTF-8 on, and need not decode \u.
        return json.dumps(request, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"

    def realm(self, realm: Realm) -> dict[str, object]:
        return {"id": realm.id, "name": realm.name, "options": as_data(self._realm_options, realm.options)}

    def instance_spec(self, spec: InstanceSpec) -> dict[str, object]:
        data = spec.user_data
        return {
            "token": spec.token,
            "name": spec.name,
            "image": image(spec.image),
            "hwp": spec.hwp.name,
            "hardware": asdict(spec.hardware),
            "overrides": {str(key): value for key, value in spec.overrides.items()},
            "realm": self.realm(spec.realm),
            "user_data_base64": None if data is None else b64encode(data).decode("ascii"),
            "ssh_keys": list(spec.ssh_keys),
        }

    def image_spec(self, spec: ImageSpec) -> dict[str, object]:
        return {
            "token": spec.token,
            "name": spec.name,
            "source": spec.source,
            "realm": self.realm(spec.realm),
            "architecture": spec.architecture,
            "digest": spec.digest,
            "user": spec.user,
            "description": spec.description,
        }


def query(asked: Query) -> dict[str, object]:
    """Sorted, so that the same question is the same text."""
    return {
        "ids": None if asked.ids is None else sorted(asked.ids),
        "names": None if asked.names is None else sorted(asked.names),
        "fields": sorted(field.value for field in asked.fields),
    }


def image(of: Image) -> dict[str, object]:
    return {
        "id": of.id,
        "name": of.name,
        "state": of.state.value,
        "realm": of.realm,
        "architecture": of.architecture,
        "minimum_storage_gib": of.minimum_storage_gib,
        "minimum_memory_mib": of.minimum_memory_mib,
        "digest": of.digest,
        "user": of.user,
    }


def instance(of: Instance) -> dict[str, object]:
    """What a program needs to find an instance, and to see in which state dcctl saw it."""
    return {
        "id": of.id,
        "name": of.name,
        "state": of.state.value,
        "realm": of.realm,
        "image": of.image,
        "hwp": of.hwp,
        "provider_state": of.provider_state,
        "foreign": of.foreign,
    }
