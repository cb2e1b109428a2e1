"""The JSON Schema of answers and the code that reads them take the same things and refuse the same things."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dcctl import registry
from dcctl.errors import DriverError
from dcctl_drivers.exec import answers
from dcctl_drivers.exec.driver import ExecDriver
from dcctl_drivers.exec.operations import Operation
from exec_driver.test_description import schema

if TYPE_CHECKING:
    from pathlib import Path

INSTANCE: dict[str, Any] = {
    "id": "i1",
    "name": "web",
    "state": "running",
    "realm": "here",
    "image": "tiny",
    "hwp": "small",
    "hardware": {"cpu": 1, "memory_mib": 512, "storage_gib": 10, "architecture": "x86_64", "root_type": "persistent"},
    "overrides": {"cpu": 1, "memory": 512, "storage": 10, "architecture": "x86_64", "root_type": "persistent"},
    "addresses": [{"value": "10.0.0.7", "kind": "ipv4", "public": True, "through": "root@gate"}],
    "owner": "me",
    "created": "2026-01-31T12:00:00Z",
    "provider_state": "on",
    "reason": "none",
    "refused": {"stop": "guarded"},
    "user": "root",
    "key": "k1",
    "password": "x",
    "foreign": False,
    "host_keys": ["ssh-ed25519 AAAA"],
}
IMAGE: dict[str, Any] = {
    "id": "img1",
    "name": "tiny",
    "state": "available",
    "realm": "here",
    "architecture": "x86_64",
    "owner": "me",
    "description": "small",
    "minimum_storage_gib": 1,
    "minimum_memory_mib": 128,
    "size_bytes": 1000,
    "digest": "sha256:00",
    "user": "root",
    "created": "2026-01-31T12:00:00+01:00",
}
VALUES: tuple[object, ...] = (
    None,
    "",
    "words",
    ["a b"],
    ["a"],
    ["a b c"],
    [" a"],
    0,
    7,
    7.0,
    7.5,
    -1,
    True,
    [],
    {},
    [1],
    {"value": 1},
    {"x": "y"},
)


def variants(whole: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every field, also of the objects inside, with every kind of value; each field absent; one more field."""
    found: list[tuple[str, Any]] = [("all", whole), ("one more", {**whole, "from_the_future": 1})]
    for name, value in whole.items():
        found.append((f"without {name}", {key: kept for key, kept in whole.items() if key != name}))
        found += [(f"{name} = {other!r}", {**whole, name: other}) for other in VALUES]
        if isinstance(value, dict):
            found += [(f"{name}: {what}", {**whole, name: inner}) for what, inner in variants(value)]
        if isinstance(value, list) and isinstance(value[0], dict):
            found += [(f"{name}[0]: {what}", {**whole, name: [inner]}) for what, inner in variants(value[0])]
    return found


@pytest.fixture
def driver(description: Path) -> type[ExecDriver]:
    program = description.parent / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found = registry.load(f"exec:{description}")
    assert issubclass(found, ExecDriver)
    return found


@pytest.mark.parametrize("kind", ["instance", "image"])
def test_schema_and_code_agree_about_every_field(driver: type[ExecDriver], kind: str) -> None:
    allowed, differences = schema("answer"), []
    cases = variants(INSTANCE if kind == "instance" else IMAGE)
    assert len(cases) > 150
    for what, thing in cases:
        answer = {"protocol": 1, kind: thing}
        record = answers.parse(json.dumps(answer).encode(), driver.programs[Operation.CREATE])
        try:
            if kind == "instance":
                answers.read_instance(record.required_record(kind), driver.states, None)
            else:
                answers.read_image(record.required_record(kind))
        except DriverError:
            read = False
        else:
            read = True
        if read != allowed.is_valid(answer):
            differences.append(f"{what}: {'read' if read else 'refused'} by the code alone")
    assert differences == []


def test_null_stands_for_nothing_everywhere_as_the_manual_page_says() -> None:
    nothing = dict.fromkeys(("images", "instances", "image", "instance", "error"))
    schema("answer").validate({"protocol": 1, **nothing})
