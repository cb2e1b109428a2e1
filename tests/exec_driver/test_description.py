"""What is wrong with a description is told with its place, all at once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from jsonschema import Draft202012Validator

from dcctl import registry
from dcctl.abilities import DestroyImages, ImportImages, PowerOff, SshKeys, UserData, UserName
from dcctl.errors import DriverError, Problems
from dcctl.job import Job
from dcctl.model import Action, ImageSpec, Instance, Query, State
from dcctl.testing import World
from exec_driver.conftest import WEB
from exec_driver.harness import EXAMPLES, ExampleHarness, ServicesHarness
from exec_driver.test_programs import answering, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from dcctl.driver import Driver

    Rack = Callable[..., Driver]

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "drivers" / "dcctl_drivers" / "exec" / "schema"


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))


def problems(description: Path) -> list[str]:
    with pytest.raises((DriverError, Problems)) as raised:
        registry.load(f"exec:{description}")
    found = raised.value.problems if isinstance(raised.value, Problems) else [raised.value]
    return [f"{problem.where}: {problem.message}".removeprefix(str(description)) for problem in found]


def test_a_description_becomes_a_driver_class_that_declares_what_it_says(rack: Rack) -> None:
    driver = type(rack("true"))
    assert (driver.name, driver.summary) == ("rack", "boards in the lab rack")
    assert driver.states.step(State.RUNNING, Action.STOP) is State.STOPPED
    assert driver.abilities == (UserName(20), UserData(4096), SshKeys(4))
    assert issubclass(driver, ImportImages)
    assert not issubclass(driver, (PowerOff, DestroyImages))
    assert not hasattr(driver, "suspend")
    assert driver.settings[0].secret


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("exec: 1", "exec: 2", ":1:7", "it needs a newer dcctl"),
        ("name: rack", "name: mock", ":2:7", "a driver of dcctl's own"),
        ("name: rack", "name: The Rack", ":2:7", "lower-case letters"),
        ("summary:", "sumary:", ":3:1", "did you mean summary?"),
        ("{create: pending}", "{create: pendig}", ":5:19", "did you mean pending"),
        ("{create: pending}", "{make: pending}", ":5:11", "unknown key make"),
        ("{create: pending}", "{create: [pending, running]}", ":5:19", "exactly one state, not 2"),
        ("start: running, ", "", ":18:3", "the states never mention it"),
        (
            "destroy: finish}\n  error: {destroy: finish}",
            "destroy: finish}",
            ":6:38",
            "finish cannot be reached from error",
        ),
        ("automatically: [running, error]", "automatically: pending", ":6:3", "by itself changes nothing"),
        ("stop: stopped, ", "stop: stopped, suspend: suspended, ", ":7:", "finish cannot be reached from suspended"),
        ("{max_bytes: 4096}", "{}", ":10:", "lacks max_bytes"),
        ("type: secret", "type: password", ":12:17", "there is no type password"),
        ("timeout: 10s", "timeout: soon", ":13:10", "must be a duration"),
        ("timeout: 20s", "timeout: 0", ":17:", "must be longer"),
        ("  start: ./program\n", "", ":15:3", "programs lacks start; the states mention it"),
        ("instances: ./program", "instances: program", ":15:14", "dcctl does not search PATH"),
        ("instances: ./program", "list: ./program", ":15:3", "there is no operation list"),
        ("instances: ./program", "instances: []", ":15:14", "not an empty list"),
        ("instances: ./program", "instances: ./missing", ":15:14", "there is no file"),
        ("timeout: 10s", "endpoint: shelf", ":13:11", "there is no realm option shelf"),
        ("timeout: 10s", "environment: ['A=b']", ":13:15", "not the name of a variable"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    rack: Rack, description: Path, old: str, new: str, place: str, message: str
) -> None:
    rack("true")
    text = description.read_text("utf-8")
    assert old in text
    description.write_text(text.replace(old, new), "utf-8")
    told = [problem for problem in problems(description) if message in problem]
    assert told, problems(description)
    assert told[0].startswith(place), told


def test_all_mistakes_are_told_at_once(rack: Rack, description: Path) -> None:
    rack("true")
    text = description.read_text("utf-8").replace("exec: 1", "exec: 9").replace("timeout: 10s", "timeout: soon")
    description.write_text(text.replace("abilities", "abilites"), "utf-8")
    assert len(problems(description)) == 3


@pytest.mark.parametrize(
    ("mode", "message"), [(0o644, "is not executable"), (0o777, "everybody may write"), (0o757, "everybody may write")]
)
def test_a_program_that_cannot_run_or_that_others_may_write_is_refused(
    rack: Rack, description: Path, mode: int, message: str
) -> None:
    rack("true")
    (description.parent / "program").chmod(mode)
    told = problems(description)
    assert len(told) == 1
    assert message in told[0]
    assert told[0].startswith(":15:14: programs: instances: ")


def test_a_description_that_others_may_write_is_refused(rack: Rack, description: Path) -> None:
    rack("true")
    description.chmod(0o666)
    assert "everybody may write" in problems(description)[0]


@pytest.mark.parametrize("name", ["exec", "exec:", "exec:rack.yaml", "exec:/no/such/file", "exec:/tmp", "mock:rack"])
def test_a_name_that_leads_to_no_description_is_a_driver_error(name: str) -> None:
    with pytest.raises(DriverError) as raised:
        registry.load(name)
    assert raised.value.hint


def test_realms_with_different_values_of_the_endpoint_option_are_different_endpoints(rack: Rack) -> None:
    changes = ("timeout: 10s", "realm_options: {shelf: {type: text, default: a, summary: which}}\nendpoint: shelf")
    driver = type(rack("true", changes))
    (realm,) = driver.implicit_realms()
    assert driver.endpoint_of(realm) == "rack a"


def test_requests_keep_to_their_schema(rack: Rack, tmp_path: Path) -> None:
    driver = rack(
        "cat >>requests\n" + answering(protocol=1, instances=[], images=[], instance=WEB, image=WEB | {"state": None})
    )
    instance, job = Instance("i1", "web", State.RUNNING), Job()
    list(driver.instances(Query.called("web")))
    list(driver.images(Query.everything()))
    driver.create(spec(driver), job)
    for action in ("start", "stop", "destroy"):
        getattr(driver, action)(instance, job)
    assert isinstance(driver, ImportImages)
    driver.import_image(ImageSpec("0b5e", "tiny", "/tmp/tiny", driver.endpoint.realms[0]), job)
    requests = [json.loads(line) for line in (tmp_path / "requests").read_text("utf-8").splitlines()]
    assert [request["operation"] for request in requests] == [
        "instances", "images", "create", "start", "stop", "destroy", "import_image",
    ]  # fmt: skip
    for request in requests:
        schema("request").validate(request)
    assert requests[2]["spec"]["user_data_base64"] == "IyEvYmluL3NoAA=="


@pytest.mark.parametrize("file", ["shell/processes.yaml", "perl/services.yaml"])
def test_the_examples_keep_to_the_schema_of_descriptions(file: str) -> None:
    schema("description").validate(yaml.safe_load((EXAMPLES / file).read_text("utf-8")))


@pytest.mark.parametrize("name", ["request", "answer", "description"])
def test_the_schemas_are_schemas_and_the_manual_page_names_every_field(name: str) -> None:
    validator = schema(name)
    Draft202012Validator.check_schema(validator.schema)
    page = (ROOT / "man" / "man7" / "dcctl-exec.7").read_text("utf-8").replace("\\&", "").replace("\\-", "-")
    assert not [field for field in sorted(_fields(validator.schema)) if field not in page]


def _fields(part: object) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(_fields, part))
    if not isinstance(part, dict):
        return set()
    own = set(part["properties"]) if isinstance(part.get("properties"), dict) else set()
    return own.union(*map(_fields, part.values()))


def displays() -> list[str]:
    """The literal texts of the manual page."""
    page = (ROOT / "man" / "man7" / "dcctl-exec.7").read_text("utf-8")
    return re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", page, re.DOTALL | re.MULTILINE)


def test_the_description_on_the_manual_page_is_one(description: Path) -> None:
    text = displays()[0]
    description.write_text(text, "utf-8")
    for name in ("list-images", "rack"):
        (description.parent / name).write_text("#!/bin/sh\n", "ascii")
        (description.parent / name).chmod(0o755)
    assert registry.load(f"exec:{description}").name == "rack"
    schema("description").validate(yaml.safe_load(text))


def test_the_answers_on_the_manual_page_are_answers() -> None:
    answers = [text.partition("echo '")[2].rstrip("'\n") or text for text in displays()[1:]]
    assert len(answers) == 3
    for answer in answers:
        schema("answer").validate(json.loads(answer))


@pytest.mark.parametrize("harness", [lambda: ExampleHarness("shell/processes.yaml", image="idle"), ServicesHarness])
def test_the_answers_of_the_examples_keep_to_their_schema(harness: Callable[[], ExampleHarness]) -> None:
    cloud = harness()
    try:
        made = World(cloud).created()
        for operation in ("instances", "images", "stop"):
            request = {"protocol": 1, "operation": operation, "settings": cloud.settings, "instance": {"id": made.id}}
            program = str(
                cloud.description.parent / {"processes": "processes", "services": "services.pl"}[cloud.driver.name]
            )
            done = subprocess.run(
                [program, operation], input=json.dumps(request).encode(), capture_output=True, check=True
            )
            schema("answer").validate(json.loads(done.stdout))
    finally:
        cloud.close()


def test_the_command_line_uses_such_a_driver(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "DCCTL_PROCESSES_PATH": str(tmp_path / "cloud"),
    }

    def dcctl(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dcctl", "--driver", f"exec:{EXAMPLES / 'shell' / 'processes.yaml'}", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    created = dcctl("instance", "create", "--image", "idle", "--hwp", "opaque", "--name", "web")
    assert (created.returncode, created.stderr) == (0, "")
    refused = dcctl("instance", "start", "web")
    assert (refused.returncode, "it is running" in refused.stderr) == (5, True)
    destroyed = dcctl("instance", "destroy", "web", "--force", "--yes")
    assert (destroyed.returncode, destroyed.stderr) == (0, "")
    assert list((tmp_path / "cloud" / "instances").iterdir()) == []
