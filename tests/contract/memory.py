"""A driver that keeps the contract, for a cloud in this process's memory. The wrong drivers are made from it, one mistake each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Condition, RLock
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from dcctl.abilities import (
    CaptureImages,
    CopyImages,
    DestroyImages,
    ImportImages,
    PowerOff,
    SshKeys,
    UserData,
    UserName,
    Watch,
)
from dcctl.driver import Driver
from dcctl.errors import Conflict, DcctlError, Failed, NotAllowed, NotFound, Unreachable, Usage
from dcctl.hardware import HardwareProfile, Property, Range
from dcctl.job import Job
from dcctl.model import Action, Field, Image, Instance, State
from dcctl.nouns.image_content import ImageContent
from dcctl.settings import Setting, text
from dcctl.states import machine
from dcctl.testing import Harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from dcctl.abilities import Ability
    from dcctl.driver import Endpoint
    from dcctl.model import ImageSpec, InstanceSpec, Query
    from dcctl.nouns.first_boot import FirstBoot

# Long enough for passing states to be seen, short enough for a hundred checks.
SETTLING_SECONDS = 0.01


class ProviderError(Exception):
    """What the imaginary provider's library raises."""


@dataclass
class Record:
    """The provider's own idea of an instance."""

    instance: Instance
    becomes: State | None = None
    due: float = 0.0


@dataclass
class MemoryCloud:
    """The provider. Everything that happens to it happens under its lock; ``calls`` counts the round trips."""

    images: dict[str, Image] = field(default_factory=lambda: {"img1": Image("img1", "tiny", architecture="x86_64")})
    records: dict[str, Record] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    volumes: set[str] = field(default_factory=set)
    held: set[State] = field(default_factory=set)
    doomed: set[str] = field(default_factory=set)
    received: dict[str, dict[str, object]] = field(default_factory=dict)
    reachable: bool = True
    failing: str | None = None  # the step at which it fails
    calls: int = 0
    last_number: int = 0
    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self.changed = Condition(self.lock)

    def next_number(self) -> int:
        with self.lock:
            self.last_number += 1
            return self.last_number

    def step(self, name: str) -> None:
        if self.failing == name:
            raise ProviderError(f"no {name} today")

    def look(self, identifier: str) -> Instance | None:
        """One instance, settled if it is time."""
        record = self.records.get(identifier)
        if record is None:
            return None
        if record.becomes is not None and record.due <= monotonic() and record.instance.state not in self.held:
            self.put(replace(record.instance, state=record.becomes))
        return self.records[identifier].instance

    def put(self, instance: Instance, becomes: State | None = None) -> Instance:
        self.records[instance.id] = Record(instance, becomes, monotonic() + SETTLING_SECONDS)
        self.changed.notify_all()
        return instance


CLOUDS: dict[str, MemoryCloud] = {}

CLOUD = Setting("cloud", text, "default", "which of the clouds of this process")


class MemoryDriver(Driver, PowerOff, ImportImages, DestroyImages, CopyImages, CaptureImages, Watch):
    """Keeps every sentence."""

    name = "memory"
    summary = "a cloud in the memory of this process"
    states = machine(
        State.START.to(State.PENDING).on(Action.CREATE),
        State.PENDING.to(State.RUNNING, State.ERROR).automatically(),
        State.PENDING.to(State.FINISH).on(Action.DESTROY),
        State.RUNNING.to(State.RUNNING).on(Action.REBOOT),
        State.RUNNING.to(State.SUSPENDED).on(Action.SUSPEND),
        State.RUNNING.to(State.STOPPING).on(Action.STOP),
        State.RUNNING.to(State.STOPPED).spontaneously(),
        State.SUSPENDED.to(State.RUNNING).on(Action.RESUME),
        State.STOPPING.to(State.STOPPED).automatically(),
        State.STOPPED.to(State.RUNNING).on(Action.START),
        State.STOPPED.to(State.FINISH).on(Action.DESTROY),
        State.ERROR.to(State.FINISH).on(Action.DESTROY),
    )
    abilities: ClassVar[tuple[Ability, ...]] = (
        UserName(max_length=20, extra="-_"),
        UserData(max_bytes=100),
        SshKeys(max_count=2),
    )
    settings = (CLOUD,)

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self.cloud = CLOUDS.setdefault(endpoint.settings[CLOUD], MemoryCloud())

    def images(self, query: Query) -> list[Image]:
        with self.cloud.lock:
            self.connect()
            return [image for image in self.cloud.images.values() if query.wants(image.id, image.name)]

    def instances(self, query: Query) -> list[Instance]:
        with self.cloud.lock:
            self.connect()
            found = [self.cloud.look(identifier) for identifier in list(self.cloud.records)]
            return [
                i if Field.HARDWARE in query.fields else replace(i, hardware=None)
                for i in found
                if i is not None and query.wants(i.id, i.name)
            ]

    def connect(self) -> None:
        self.cloud.calls += 1
        if not self.cloud.reachable:
            raise ProviderError("no route")

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        number = self.cloud.next_number()
        job.stage("volume")
        self.cloud.step("volume")
        self.cloud.volumes.add(f"volume{number}")
        try:
            job.stage("record")
            with self.cloud.lock:
                self.check_new(spec)
                job.check()
                self.cloud.step("record")
                instance = self.make(spec, f"i-{number}")
                becomes = State.ERROR if spec.name in self.cloud.doomed else State.RUNNING
                return self.cloud.put(instance, becomes)
        except BaseException:
            self.cloud.volumes.discard(f"volume{number}")
            raise

    def check_new(self, spec: InstanceSpec) -> None:
        if any(record.instance.name == spec.name for record in self.cloud.records.values()):
            raise Conflict(f"{spec.name} is taken")
        if spec.image.id not in self.cloud.images:
            raise NotFound(f"no image {spec.image.id}")

    def told(self, first: FirstBoot | None) -> dict[str, object]:
        if first is None:
            return {}
        return {
            "password_hash": first.password_hash,
            "meta_data": first.meta_data,
            "network_config": first.network_config,
        }

    def make(self, spec: InstanceSpec, identifier: str) -> Instance:
        self.cloud.received[identifier] = {
            "user_data": spec.user_data,
            "ssh_keys": spec.ssh_keys,
            **self.told(spec.first_boot),
        }
        return Instance(
            id=identifier,
            name=spec.name,
            state=State.PENDING,
            realm=spec.realm.id,
            image=spec.image.id,
            hwp=spec.hwp.name,
            hardware=spec.hardware,
            overrides=dict(spec.overrides),
            created=datetime.now(UTC),
            refused={Action.DESTROY: "it is guarded"} if spec.name == GUARDED else {},
        )

    def start(self, instance: Instance, job: Job) -> Instance:
        return self.act(Action.START, instance)

    def stop(self, instance: Instance, job: Job) -> Instance:
        return self.act(Action.STOP, instance)

    def reboot(self, instance: Instance, job: Job) -> Instance:
        return self.act(Action.REBOOT, instance)

    def suspend(self, instance: Instance, job: Job) -> Instance:
        return self.act(Action.SUSPEND, instance)

    def resume(self, instance: Instance, job: Job) -> Instance:
        return self.act(Action.RESUME, instance)

    def destroy(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.checked(Action.DESTROY, instance)
            del self.cloud.records[now.id]
            self.cloud.volumes.discard(now.id.replace("i-", "volume"))
            return replace(now, state=State.FINISH)

    def power_off(self, instance: Instance, job: Job) -> Instance:
        with self.cloud.lock:
            now = self.look(instance.id)
            if now.state is not State.STOPPING:
                self.checked(Action.STOP, now)
            return self.cloud.put(replace(now, state=State.STOPPED))

    def act(self, action: Action, instance: Instance) -> Instance:
        with self.cloud.lock:
            now = self.checked(action, instance)
            target = self.states.step(now.state, action) or now.state
            following = self.states.outcomes(target, action)
            return self.cloud.put(replace(now, state=target), following[0] if following else None)

    def checked(self, action: Action, instance: Instance) -> Instance:
        """The instance as it is now, in which the action must be allowed."""
        now = self.look(instance.id)
        if self.states.step(now.state, action) is None or action in now.refused:
            raise NotAllowed(f"cannot {action} {now.name}: it is {now.state}")
        return now

    def look(self, identifier: str) -> Instance:
        found = self.cloud.look(identifier)
        if found is None:
            raise NotFound(f"no instance {identifier}")
        return found

    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        job.stage("check")
        try:
            content = Path(spec.source).read_bytes()
        except OSError as error:
            raise Usage(f"cannot read {spec.source}") from error
        return self.publish(spec, content, job)

    @contextmanager
    def read_image(self, image: Image) -> Iterator[ImageContent]:
        with self.cloud.lock:
            content = self.cloud.contents.get(image.id, b"")
        yield ImageContent(len(content), iter([content[:3], content[3:]]))

    def write_image(self, spec: ImageSpec, content: ImageContent, job: Job) -> Image:
        job.stage("copy")
        received = self.receive(content)
        self.check_size(content, received)
        return self.publish(spec, received, job)

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        job.stage("copy")
        self.check_off(instance)
        return self.publish(spec, b"a disk", job)

    def check_off(self, instance: Instance) -> None:
        if self.look(instance.id).state is not State.STOPPED:
            raise NotAllowed(f"{instance.name} runs")

    def receive(self, content: ImageContent) -> bytes:
        return b"".join(content.chunks)

    def check_size(self, content: ImageContent, received: bytes) -> None:
        if len(received) != content.size_bytes:
            raise Failed(f"{len(received)} bytes came instead of {content.size_bytes}", hint="try again")

    def publish(self, spec: ImageSpec, content: bytes, job: Job) -> Image:
        digest = f"sha256:{sha256(content).hexdigest()}"
        self.check_digest(spec, digest)
        job.stage("publish")
        with self.cloud.lock:
            if any(image.name == spec.name for image in self.cloud.images.values()):
                raise Conflict(f"{spec.name} is taken")
            image = Image(f"img-{self.cloud.next_number()}", spec.name, architecture=spec.architecture, digest=digest)
            self.cloud.images[image.id] = image
            self.cloud.contents[image.id] = content
            return image

    def check_digest(self, spec: ImageSpec, digest: str) -> None:
        if spec.digest not in (None, digest):
            raise Usage(f"{spec.source} has another digest")

    def destroy_image(self, image: Image, job: Job) -> None:
        with self.cloud.lock:
            if image.id not in self.cloud.images:
                raise NotFound(f"no image {image.id}")
            self.check_unused(image)
            del self.cloud.images[image.id]

    def check_unused(self, image: Image) -> None:
        users = [r.instance.name for r in self.cloud.records.values() if r.instance.image == image.id]
        if users:
            raise NotAllowed(f"{image.name} is in use by {', '.join(users)}")

    @contextmanager
    def watch(self, instance: Instance) -> Iterator[Callable[[float], bool]]:
        with self.cloud.lock:
            before = self.cloud.look(instance.id)

        def changed(seconds: float) -> bool:
            with self.cloud.lock:
                return bool(self.cloud.changed.wait_for(lambda: self.cloud.look(instance.id) != before, seconds))

        yield changed

    def translate(self, error: Exception) -> DcctlError | None:
        return Unreachable(str(error)) if isinstance(error, ProviderError) else None


GUARDED = "guarded"
KILLED = (
    "create: killed at any stage, it leaves only what destroy removes",
    "create: killed between its stages, it leaves only what destroy removes",
)


class MemoryHarness(Harness):
    """Everything that a harness can offer: with it, no check is a gap but those that need another process."""

    def __init__(self, driver: type[Driver], folder: Path, **options: object) -> None:
        image_file = folder / "image"
        image_file.write_bytes(b"an image")
        self.cloud = CLOUDS[str(folder)] = MemoryCloud()
        super().__init__(
            driver,
            image="tiny",
            settings={"cloud": str(folder)},
            hwp=HardwareProfile("large", {Property.CPU: Range(1, 8, 1), Property.MEMORY: Range(512, 4096, 512)}),
            overrides={Property.CPU: 2},
            timeout=0.5,
            image_file=str(image_file),
            excused=dict.fromkeys(KILLED, "its cloud dies with it"),
            **options,  # type: ignore[arg-type]
        )

    def unreachable(self) -> Driver:
        CLOUDS["nowhere"] = MemoryCloud(reachable=False)
        return self.open_with({"cloud": "nowhere"})

    @contextmanager
    def hold(self, state: State) -> Iterator[Driver]:
        self.cloud.held.add(state)
        yield self.open()
        self.cloud.held.discard(state)

    def provoke(self, state: State, spec: InstanceSpec) -> Instance | None:
        if state is not State.ERROR:
            return None
        self.cloud.doomed.add(spec.name)
        instance = self.open().create(spec, Job())
        with self.cloud.lock:
            return self.cloud.put(replace(instance, state=State.ERROR, reason="doomed"))

    def happen(self, instance: Instance, target: State) -> bool:
        with self.cloud.lock:
            self.cloud.put(replace(self.cloud.records[instance.id].instance, state=target))
        return True

    def refusing(self, spec: InstanceSpec) -> Instance:
        instance = self.open().create(replace(spec, name=GUARDED), Job())
        with self.cloud.lock:
            return self.cloud.put(replace(instance, state=State.STOPPED))

    def foreign(self, name: str) -> Instance:
        with self.cloud.lock:
            number = self.cloud.next_number()
            self.cloud.volumes.add(f"disk of i-{number}")
            refused = {Action.DESTROY: "somebody else made it"}
            return self.cloud.put(Instance(f"i-{number}", name, State.STOPPED, foreign=True, refused=refused))

    def clear_foreign(self) -> None:
        self.cloud.volumes = {name for name in self.cloud.volumes if not name.startswith("disk of ")}

    def release(self, instance: Instance) -> None:
        with self.cloud.lock:
            if instance.id in self.cloud.records:
                self.cloud.put(replace(self.cloud.records[instance.id].instance, refused={}))

    def faults(self) -> Iterator[AbstractContextManager[Driver]]:
        yield self.failing_at("volume")
        yield self.failing_at("record")

    @contextmanager
    def failing_at(self, step: str) -> Iterator[Driver]:
        self.cloud.failing = step
        yield self.open()
        self.cloud.failing = None

    def received(self, instance: Instance) -> dict[str, object]:
        return self.cloud.received[instance.id]

    def belongings(self) -> frozenset[str]:
        with self.cloud.lock:
            return frozenset((*self.cloud.volumes, *self.cloud.records, *self.cloud.images))

    def round_trips(self) -> int:
        return self.cloud.calls
