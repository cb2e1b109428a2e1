"""The driver whose work is done by programs; ``driver_from`` makes one class for each description.

States and abilities are said at class level and methods equal the declared actions, as the contract demands of every driver: therefore
a description becomes a class of its own, made by a plain function, and not an object that pretends to be one.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import ClassVar, cast

from dcctl.abilities import DestroyImages, ImportImages, PowerOff, SshKeys, UserData, UserName
from dcctl.driver import Driver
from dcctl.model import Realm, State
from dcctl.settings import Values
from dcctl.words import visible
from dcctl_drivers.exec import answers, description, requests
from dcctl_drivers.exec.operations import ACTIONS, Operation
from dcctl_drivers.exec.options import declared, secret_texts
from dcctl_drivers.exec.program import Program
from dcctl_drivers.exec.sentences import machine_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dcctl.abilities import Ability
    from dcctl.driver import Endpoint
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance, InstanceSpec, Query
    from dcctl_drivers.exec.answers import Record
    from dcctl_drivers.exec.form import DescriptionForm

PASSED_ON = (
    "HOME",
    "LOGNAME",
    "PATH",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "TZ",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
)
"""The variables that a program sees besides LC_ALL and those that its description names. No other: they may hold other people's secrets."""
USUAL_PATH = "/usr/local/bin:/usr/bin:/bin"


class ExecDriver(Driver):
    """Base of the classes that ``driver_from`` makes; what they have in common."""

    programs: ClassVar[Mapping[Operation, Program]]
    folder: ClassVar[str]
    environment: ClassVar[tuple[str, ...]]
    endpoint_option: ClassVar[str | None]

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._requests = requests.Requests(self.name, endpoint, self.settings, self.realm_options)
        self._only_realm = endpoint.realms[0].id if len(endpoint.realms) == 1 else None

    @classmethod
    def endpoint_of(cls, realm: Realm) -> str:
        for option in cls.realm_options:
            if option.name == cls.endpoint_option:
                return f"{cls.name} {realm.options[option]}"
        return cls.name

    @classmethod
    def implicit_realms(cls) -> tuple[Realm, ...]:
        """One, called after the driver, unless a realm must say something that only the catalogue can know."""
        if any(option.required for option in cls.realm_options):
            return ()
        return (Realm(cls.name, cls.summary, Values()),)

    def images(self, query: Query) -> Iterator[Image]:
        answer = self._ask(Operation.IMAGES, {"query": requests.query(query)})
        found = [answers.read_image(record) for record in answer.required_records("images")]
        return (image for image in found if query.wants(image.id, image.name))

    def instances(self, query: Query) -> Iterator[Instance]:
        answer = self._ask(Operation.INSTANCES, {"query": requests.query(query)})
        found = [self._instance(record) for record in answer.required_records("instances")]
        return (instance for instance in found if query.wants(instance.id, instance.name))

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        answer = self._ask(Operation.CREATE, {"spec": self._requests.instance_spec(spec)}, job)
        return self._instance(answer.required_record("instance"))

    def act(self, operation: Operation, on: Instance, job: Job) -> Instance:
        """Have an action done to an instance."""
        answer = self._ask(operation, {"instance": requests.instance(on)}, job)
        if operation is Operation.DESTROY and not answer.has("instance"):
            return replace(on, state=State.FINISH)
        record = answer.required_record("instance")
        after = self._instance(record)
        if after.id != on.id:
            record.wrong("id", f"that of the instance that was asked about, {visible(on.id)}")
        return after

    def _instance(self, record: Record) -> Instance:
        return answers.read_instance(record, self.states, self._only_realm)

    def _ask(self, operation: Operation, body: Mapping[str, object], job: Job | None = None) -> Record:
        """Run the program of an operation; its answer, or its failure as one of our errors."""
        from dcctl_drivers.exec.process import run  # noqa: PLC0415  12 ms with subprocess, only where a program is run

        program = self.programs[operation]
        request = self._requests.encode(operation, body)
        ended = run(program, request, folder=self.folder, environment=_environment(self.environment), job=job)
        if ended.status != 0:
            from dcctl_drivers.exec.failures import failure  # noqa: PLC0415  only what fails needs the words for it

            raise failure(ended, program, secret_texts(self.settings, self.endpoint.settings))
        answer = answers.parse(ended.output, program)
        if answer.has("error"):
            answer.wrong("error", "none with the exit status 0")
        return answer


class _PowersOff(ExecDriver, PowerOff):
    def power_off(self, instance: Instance, job: Job) -> Instance:
        return self.act(Operation.POWER_OFF, instance, job)


class _ImportsImages(ExecDriver, ImportImages):
    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        answer = self._ask(Operation.IMPORT_IMAGE, {"spec": self._requests.image_spec(spec)}, job)
        return answers.read_image(answer.required_record("image"))


class _DestroysImages(ExecDriver, DestroyImages):
    def destroy_image(self, image: Image, job: Job) -> None:
        self._ask(Operation.DESTROY_IMAGE, {"image": requests.image(image)}, job)


def driver_from(argument: str) -> type[ExecDriver]:
    """The driver class for the description that ``exec:ARGUMENT`` names. Raises ``DriverError`` for what is wrong with it."""
    file = description.locate(argument)
    form = description.load(file)
    programs = _programs(form, file)
    actions = {
        operation.value: _method(operation)
        for operation in ACTIONS
        if operation in programs and operation is not Operation.CREATE  # which takes a spec, and is there already
    }
    optional: tuple[tuple[Operation, type[ExecDriver]], ...] = (
        (Operation.POWER_OFF, _PowersOff),
        (Operation.IMPORT_IMAGE, _ImportsImages),
        (Operation.DESTROY_IMAGE, _DestroysImages),
    )
    bases = tuple(base for operation, base in optional if operation in programs) or (ExecDriver,)
    class_name = "".join(part.capitalize() for part in form["name"].split("-")) + "Driver"
    says = {
        "__doc__": form["summary"],
        "__module__": __name__,
        "__qualname__": f"driver_from.<locals>.{class_name}",  # it cannot be imported by its name
        "name": form["name"],
        "summary": form["summary"],
        "states": machine_of(form["sentences"]),
        "abilities": _abilities(form),
        "settings": declared(form["settings"]),
        "realm_options": declared(form["realm_options"]),
        "concurrency": form["concurrency"],
        "not_found_window": form["not_found_window"],
        "programs": programs,
        "folder": os.path.dirname(file),
        "environment": form["environment"],
        "endpoint_option": form["endpoint"],
    }
    return cast("type[ExecDriver]", type(class_name, bases, {**says, **actions}))


def _method(operation: Operation) -> Callable[[ExecDriver, Instance, Job], Instance]:
    def method(self: ExecDriver, instance: Instance, job: Job) -> Instance:
        return self.act(operation, instance, job)

    method.__name__ = operation.value
    return method


def _programs(form: DescriptionForm, file: str) -> dict[Operation, Program]:
    return {
        Operation(name): Program(
            operation=name,
            arguments=program["arguments"],
            shown=program["shown"],
            timeout=program["timeout"],
            where="{}:{}:{}".format(visible(file), *program["position"]),
        )
        for name, program in form["programs"].items()
    }


def _abilities(form: DescriptionForm) -> tuple[Ability, ...]:
    found: list[Ability] = []
    if form["user_name"] is not None:
        found.append(UserName(**form["user_name"]))
    if form["user_data_bytes"] is not None:
        found.append(UserData(form["user_data_bytes"]))
    if form["ssh_keys_count"] is not None:
        found.append(SshKeys(form["ssh_keys_count"]))
    return tuple(found)


def _environment(named: tuple[str, ...]) -> dict[str, str]:
    """What a program sees: little, and in a language that other programs can read."""
    passed_on = {name: os.environ[name] for name in (*PASSED_ON, *named) if name in os.environ}
    return {"PATH": USUAL_PATH, **passed_on, "LC_ALL": "C.UTF-8"}
