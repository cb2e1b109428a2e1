"""What every noun prints as JSON is what the schema promises, and the schema promises every key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

if TYPE_CHECKING:
    from cli.helpers import Dcctl

SCHEMA = json.loads((Path(__file__).parents[2] / "dcctl" / "schema" / "output.json").read_text())
REGISTRY: Registry[Any] = Registry().with_resource(SCHEMA["$id"], Resource.from_contents(SCHEMA))

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

COMMANDS = {
    "instance": ("instance", "list"),
    "image": ("image", "list"),
    "snapshot": ("snapshot", "list", "inst1"),
    "volume": ("volume", "list"),
    "network": ("network", "show", "default"),
    "key": ("key", "list"),
    "hwp": ("hwp", "list"),
    "realm": ("realm", "show", "us"),
    "state-list": ("state", "list"),
    "collection": ("collection", "list"),
    "driver": ("driver", "list"),
    "driver-declaration": ("driver", "show", "mock"),
    "catalogue": ("catalogue", "show"),
    "setting": ("config", "show"),
    "context": ("context", "list"),
    "finding": ("doctor", "--realm", "us"),
    "plan": ("instance", "create", "--image", "img1", "--hwp", "m1-large", "--memory", "8GiB", "--dry-run"),
}


def valid(definition: str, value: object) -> None:
    jsonschema.Draft202012Validator({"$ref": f"{SCHEMA['$id']}#/$defs/{definition}"}, registry=REGISTRY).validate(value)


def all_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture
def configured(dcctl: Dcctl, tmp_path: Path) -> Dcctl:
    """With a context, and a catalogue that has every kind of thing."""
    config = tmp_path / "config" / "dcctl"
    config.mkdir(parents=True)
    (config / "config.yaml").write_text(
        "version: 1\ncontext: try\ncontexts: {try: {driver: mock, settings: {protected: [inst1]}}}\n"
    )
    (config / "profiles.yaml").write_text(
        "version: 1\n"
        "hardware_profiles:\n"
        "  m1-large: {cpu: {range: [1, 6]}, memory: {range: [7680 MiB, 15 GiB]}, storage: {choices: [850 GiB, 1 TiB]},"
        " architecture: x86_64, root_type: persistent}\n"
        "  opaque: {}\n"
        "realms:\n"
        "  us: {name: United States, limits: {instances: 9, cpu: 9, memory: 99 GiB, storage: 9 TiB}, mock: {}}\n"
        "  eu: {name: Europe, mock: {}}\n"
        "images: {debian: {source: /srv/debian.qcow2, user: debian, minimum: {storage: 3 GiB}}}\n"
    )
    for path in (config, *config.iterdir()):
        path.chmod(0o700 if path.is_dir() else 0o600)
    dcctl.ok("key", "import", ED25519, "--name", "ann")
    dcctl.ok("snapshot", "create", "inst1", "first")
    dcctl.ok("volume", "create", "data", "--size", "1GiB")
    return dcctl


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("definition", COMMANDS)
def test_every_noun_keeps_the_schema_s_promise(configured: Dcctl, definition: str) -> None:
    records = all_of(configured.ok(*COMMANDS[definition], "-o", "json").json)
    assert records
    for record in records:
        valid(definition, record)
        # More keys would pass the schema; they must be documented all the same.
        assert set(record) == set(SCHEMA["$defs"][definition]["properties"])


# A plan has another made-up name each time.
@pytest.mark.parametrize("definition", sorted(set(COMMANDS) - {"plan"}))
def test_yaml_has_the_content_of_json(configured: Dcctl, definition: str) -> None:
    command = COMMANDS[definition]
    assert yaml.safe_load(configured.ok(*command, "-o", "yaml").stdout) == configured.ok(*command, "-o", "json").json


def test_an_instance_with_everything_keeps_the_promise(configured: Dcctl, tmp_path: Path) -> None:
    data = tmp_path / "user-data"
    data.write_text("#cloud-config\n")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann@desk"
    options = ("--ssh-key", key, "--user-data", str(data), "--cpu", "3", "--name", "web")
    create = ("instance", "create", "--image", "img1", "--hwp", "m1-large", *options)
    (plan,) = all_of(configured.ok(*create, "--dry-run", "-o", "json").json)
    valid("plan", plan)
    assert plan["create"]["overrides"] == {"cpu": 3}
    assert plan["create"]["user_data_bytes"] == 14
    configured.ok(*create)
    web = configured.ok("instance", "show", "web", "-o", "json").json
    valid("instance", web)
    assert web["overrides"] == {"cpu": 3}
    assert web["key"] == "ann@desk"


def test_the_plan_of_several_steps_names_each(configured: Dcctl) -> None:
    plans = configured.ok("instance", "destroy", "inst0", "inst2", "--force", "--dry-run", "-o", "json").json
    for plan in plans:
        valid("plan", plan)
        assert [(step["action"], step["before"], step["after"]) for step in plan["steps"]] == [
            ("stop", "running", "stopped"),
            ("destroy", "stopped", "finish"),
        ]
    table = configured.ok("instance", "destroy", "inst0", "--force", "--dry-run").stdout
    assert "stop: running" in table
    assert configured.ok("instance", "show", "inst0", "-o", "json").json["state"] == "running"


def test_a_plan_that_is_refused_is_an_error_that_keeps_the_promise(configured: Dcctl) -> None:
    configured.ok("instance", "stop", "inst1")
    result = configured("instance", "destroy", "inst1", "--yes", "-o", "json")
    assert (result.stdout, result.exit_status) == ("", 5)
    for error in result.errors:
        valid("error", {"error": error})
    assert "protected" in result.errors[0]["message"]
    shown = configured.ok("instance", "show", "inst1", "-o", "json").json
    assert list(shown["refused"]) == ["destroy"]
    assert "destroy" not in shown["actions"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("instance", "start", "inst0"),
        ("instance", "start", "inst0", "nothing"),
        ("instance", "show", "nothing"),
        ("instance", "list", "-c", "name"),
        ("instance", "create", "--image", "none", "--hwp", "none"),
        ("instance", "list", "--no-such-option"),
    ],
)
def test_every_error_keeps_the_promise(dcctl: Dcctl, arguments: tuple[str, ...]) -> None:
    result = dcctl(*arguments, "-o", "json")
    assert result.stdout == "" or json.loads(result.stdout) == []
    assert result.errors
    for line in result.stderr.splitlines():
        valid("error" if "error" in json.loads(line) else "note", json.loads(line))
    assert result.errors[-1]["exit_status"] == result.exit_status
