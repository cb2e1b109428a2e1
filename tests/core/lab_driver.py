"""A driver for the tests of the core: one endpoint per realm, in memory, told by the test what to do.

What it does is what the test put into its ``Lab``; it says nothing about how a good driver is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

from dcctl.abilities import DestroyImages, ImportImages, PowerOff, SshKeys, UserData, UserName, Watch
from dcctl.driver import Driver, Endpoint
from dcctl.errors import DcctlError, Unreachable
from dcctl.job import Job
from dcctl.model import Action, Image, ImageSpec, Instance, InstanceSpec, Query, Realm, State
from dcctl.settings import Values
from dcctl.states import machine

MACHINE = machine(
    State.START.to(State.PENDING).on(Action.CREATE),
    State.PENDING.to(State.RUNNING, State.ERROR).automatically(),
    State.RUNNING.to(State.STOPPING).on(Action.STOP),
    State.RUNNING.to(State.RUNNING).on(Action.REBOOT),
    State.RUNNING.to(State.STOPPED, State.ERROR).spontaneously(),
    State.STOPPING.to(State.STOPPED, State.ERROR).automatically(),
    State.STOPPED.to(State.RUNNING).on(Action.START),
    State.STOPPED.to(State.FINISH).on(Action.DESTROY),
    State.ERROR.to(State.FINISH).on(Action.DESTROY),
)


@dataclass
class Lab:
    """What an endpoint holds, and how it behaves; the test changes it as it likes."""

    images: list[Image] = field(default_factory=list)
    instances: dict[str, Instance] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    unreachable: bool = False
    on_read: Callable[[Lab], None] | None = None  # what changes in the world each time the instances are read
    raises: Exception | None = None  # what every action raises
    silent: Event | None = None  # every call waits for it

    def put(self, instance: Instance) -> None:
        self.instances[instance.id] = instance

    def state(self, identifier: str, state: State) -> None:
        self.put(replace(self.instances[identifier], state=state))


LABS: dict[str, Lab] = {}


class LabDriver(Driver, PowerOff, ImportImages, DestroyImages):
    name = "lab"
    summary = "in memory, for the tests of the core"
    states = MACHINE
    abilities = (UserName(max_length=20), UserData(max_bytes=100), SshKeys(max_count=2))

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.lab = LABS[endpoint.key]

    @classmethod
    def endpoint_of(cls, realm: Realm) -> str:
        return realm.id

    def images(self, query: Query) -> list[Image]:
        self._asked("images")
        return [image for image in self.lab.images if query.wants(image.id, image.name)]

    def instances(self, query: Query) -> list[Instance]:
        self._asked("instances")
        if self.lab.on_read is not None:
            self.lab.on_read(self.lab)
        return [i for i in self.lab.instances.values() if query.wants(i.id, i.name)]

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        made = Instance(spec.token, spec.name, State.PENDING, realm=spec.realm.id, image=spec.image.id)
        return self._done("create", made, State.PENDING)

    def start(self, instance: Instance, job: Job) -> Instance:
        return self._done("start", instance, State.RUNNING)

    def stop(self, instance: Instance, job: Job) -> Instance:
        return self._done("stop", instance, State.STOPPING)

    def power_off(self, instance: Instance, job: Job) -> Instance:
        return self._done("power_off", instance, State.STOPPED)

    def reboot(self, instance: Instance, job: Job) -> Instance:
        return self._done("reboot", instance, State.RUNNING)

    def destroy(self, instance: Instance, job: Job) -> Instance:
        finished = self._done("destroy", instance, State.FINISH)
        del self.lab.instances[instance.id]
        return finished

    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        self._asked("import_image")
        image = Image(spec.name, spec.name, realm=spec.realm.id)
        self.lab.images.append(image)
        return image

    def destroy_image(self, image: Image, job: Job) -> None:
        self._asked("destroy_image")
        self.lab.images.remove(image)

    def translate(self, error: Exception) -> DcctlError | None:
        return Unreachable("the line is dead") if isinstance(error, ConnectionError) else None

    def close(self) -> None:
        self.lab.calls.append("close")

    def _asked(self, call: str) -> None:
        self.lab.calls.append(call)
        if self.lab.silent is not None:
            self.lab.silent.wait()
        if self.lab.unreachable:
            raise ConnectionRefusedError("nobody there")

    def _done(self, call: str, instance: Instance, state: State) -> Instance:
        self._asked(call)
        if self.lab.raises is not None:
            raise self.lab.raises
        self.lab.put(replace(instance, state=state))
        return self.lab.instances[instance.id]


class WatchingLabDriver(LabDriver, Watch):
    """The same with events: every pause ends at once, and what it waited for is recorded."""

    name = "watching-lab"

    @contextmanager
    def watch(self, instance: Instance) -> Iterator[Callable[[float], bool]]:
        self.lab.calls.append(f"watch {instance.name}")

        def changed(seconds: float) -> bool:
            self.lab.calls.append("changed")
            return True

        yield changed
        self.lab.calls.append("unwatch")


def realm(name: str, **limits: int) -> Realm:
    return Realm(name, name.title(), Values(), limits)
