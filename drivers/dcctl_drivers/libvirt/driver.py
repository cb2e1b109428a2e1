"""The driver's class: what it declares, and each method as one line of the story told in its neighbours."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic
from typing import ClassVar

from dcctl.abilities import (
    Account,
    Adopt,
    AttachNetworks,
    AttachVolumes,
    Autostart,
    CaptureImages,
    CaptureRewritten,
    CaptureRunning,
    ChosenInterfaces,
    Clone,
    CloudInit,
    CopyImages,
    Describable,
    Describe,
    DescribeRealms,
    DestroyImages,
    Diagnose,
    DiskModes,
    ImportImages,
    Labels,
    Machines,
    OwnDisks,
    PowerOff,
    PrepareRealms,
    Preview,
    Protect,
    Rename,
    Resize,
    Snapshots,
    SshKeys,
    SuspendToDisk,
    UserData,
    UserName,
    Watch,
)
from dcctl.driver import Driver, Endpoint
from dcctl.errors import DcctlError, Failed, NotFound
from dcctl.hardware import Property
from dcctl.model import Action, DiskMode, Field, Instance, Query, State
from dcctl_drivers.libvirt.apart import Apart
from dcctl_drivers.libvirt.connection import Connection, forgiving
from dcctl_drivers.libvirt.index import Index
from dcctl_drivers.libvirt.inside import Inside
from dcctl_drivers.libvirt.options import (
    REALM_OPTIONS,
    SHARED,
    USER_NETWORK,
    implicit_realm,
    jump_of,
    network_of,
    uri_of,
)
from dcctl_drivers.libvirt.states import MACHINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import libvirt

    from dcctl.errors import NotSupported
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, InstanceSpec, Realm
    from dcctl.nouns.adoption import Adopted, AdoptSpec
    from dcctl.nouns.changes import CloneSpec, Description, Resized, Size
    from dcctl.nouns.findings import Finding
    from dcctl.nouns.image_content import ImageContent, Rewrite
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine
    from dcctl.nouns.realm_facts import RealmFacts
    from dcctl.nouns.realm_steps import RealmStep
    from dcctl.nouns.snapshots import Snapshot, SnapshotSpec
    from dcctl_drivers.libvirt.rewriting import Rewriting

ASK_AGAIN_SECONDS = 2.0
"""A press of the power button is lost while a guest boots: it is repeated as long as somebody waits for the stop."""


class LibvirtDriver(
    Driver,
    PowerOff,
    SuspendToDisk,
    ImportImages,
    DestroyImages,
    CopyImages,
    CaptureImages,
    CaptureRunning,
    CaptureRewritten,
    Watch,
    Apart,
    Inside,
    Describe,
    Protect,
    Rename,
    Autostart,
    Machines,
    ChosenInterfaces,
    Snapshots,
    DescribeRealms,
    Resize,
    Diagnose,
    Clone,
    Preview,
    Adopt,
    PrepareRealms,
):
    """One libvirt connection; realms with the same URI share it."""

    name = "libvirt"
    summary = "virtual machines on this host or on others, through libvirt"
    states = MACHINE
    # 63: a host name's label. 1 MiB is what cloud-init's own tools take.
    abilities = (
        UserName(max_length=63),
        UserData(max_bytes=1 << 20),
        SshKeys(max_count=32),
        Account(),
        CloudInit(max_bytes=1 << 20),
        AttachNetworks(max_count=8),
        Labels(max_count=64),
        Describable(max_length=500),
        OwnDisks(max_count=8),
        AttachVolumes(max_count=8),
        DiskModes((DiskMode.OVERLAY, DiskMode.FULL, DiskMode.RAW)),
    )
    realm_options = REALM_OPTIONS
    image_formats = ("qcow2", "raw")  # what QEMU can lay overlays on without costs
    snapshots_in: ClassVar = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPED))
    resizable: ClassVar = frozenset((Property.CPU, Property.MEMORY, Property.STORAGE))
    resized_in: ClassVar = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPED))
    cloned_in: ClassVar = frozenset((State.STOPPED,))
    renamed_in: ClassVar = frozenset((State.STOPPED,))
    concurrency: ClassVar[int] = 8

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._connection = Connection(uri_of(endpoint.realms[0], os.environ), endpoint.patience)
        self._index = Index(self._connection.uri, os.environ)
        self._asked_to_stop: dict[str, float] = {}
        """When this object last asked a guest to stop, by uuid, in the terms of ``time.monotonic``."""

    @classmethod
    def endpoint_of(cls, realm: Realm) -> str:
        return uri_of(realm, os.environ)

    @classmethod
    def implicit_realms(cls) -> tuple[Realm, ...]:
        return (implicit_realm(),)

    def no_way_in(self, realm: Realm, networks: Sequence[str]) -> NotSupported | None:
        if any(each != USER_NETWORK for each in networks or (network_of(realm, self._connection.uri),)):
            return None
        from dcctl_drivers.libvirt.user_network import no_way_in  # noqa: PLC0415  most realms have a network of libvirt's

        return no_way_in()

    # What there is

    def images(self, query: Query) -> list[Image]:
        from dcctl_drivers.libvirt import images  # noqa: PLC0415  lists of instances need none

        found: list[Image] = []
        for realm in self._asked(query):
            pool = self._pool(realm)
            here = images.found(pool, realm, query, shared=realm.options[SHARED])
            if Field.NOTES in query.fields:
                from dcctl_drivers.libvirt.image_notes import described  # noqa: PLC0415  where one is shown only

                here = described(self._connection, pool, here)
            found += here
        return found

    def instances(self, query: Query) -> list[Instance]:
        from dcctl_drivers.libvirt.listing import Lister  # noqa: PLC0415  images need none

        through = jump_of(self.endpoint.realms[0], self._connection.uri)
        lister = Lister(self._connection.host, self.endpoint.realms, self._index, through)
        return [self._as_asked(instance) for instance in lister.instances(query)]

    def _as_asked(self, instance: Instance) -> Instance:
        """A running guest that this object asked to stop is stopping, and is asked again."""
        asked = self._asked_to_stop.get(instance.id)
        if asked is None:
            return instance
        if instance.state is not State.RUNNING:
            self._asked_to_stop.pop(instance.id, None)
            return instance
        if monotonic() - asked >= ASK_AGAIN_SECONDS:
            self._press_again(instance)
        return replace(instance, state=State.STOPPING, provider_state=f"{instance.provider_state} (asked to shut down)")

    # Doing

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        from dcctl_drivers.libvirt.creation import create  # noqa: PLC0415  40 ms with XML and the seed

        create(self._connection, spec, job)
        import libvirt  # noqa: PLC0415  loaded already: there is a connection

        try:
            return self._again(spec.token, spec.name)
        except libvirt.libvirtError:  # it is made all the same, and whoever waits for it will look again
            return Instance(
                id=spec.token,
                name=spec.name,
                state=State.PENDING,
                realm=spec.realm.id,
                image=spec.image.id,
                hwp=spec.hwp.name,
                hardware=spec.hardware,
                overrides=dict(spec.overrides),
            )

    def preview(self, spec: InstanceSpec) -> str:
        from dcctl_drivers.libvirt.preview import preview  # noqa: PLC0415  dry runs only

        return preview(self._connection, spec)

    def start(self, instance: Instance, job: Job) -> Instance:
        self._ready_for(Action.START, instance, job)[0].create()
        # A kvm guest that cannot run stops a moment after it started.
        started = self._again(instance.id, instance.name)
        if started.state is State.STOPPED:  # whoever waits would take it for one that has not begun to start
            raise Failed(
                f"{instance.name} went off as soon as it was started"
                + (f": {started.reason}" if started.reason else ""),
                hint="why, says the log of its QEMU on the host, usually in /var/log/libvirt/qemu",
            )
        return started

    def stop(self, instance: Instance, job: Job) -> Instance:
        domain, state = self._ready_for(Action.STOP, instance, job)
        if state is State.ERROR:
            domain.destroy()  # nobody would hear a request
        else:
            if state is State.SUSPENDED:
                from dcctl_drivers.libvirt import saving  # noqa: PLC0415  most guests that are stopped run

                saving.wake(domain)
            self._press_button(domain)
        return self._again(instance.id, instance.name)

    def power_off(self, instance: Instance, job: Job) -> Instance:
        domain, _ = self._ready_for(Action.STOP, instance, job, also_in=State.STOPPING)
        self._asked_to_stop.pop(instance.id, None)
        from dcctl_drivers.libvirt import saving  # noqa: PLC0415  few actions need it

        saving.pull_the_plug(domain)
        return self._again(instance.id, instance.name)

    def reboot(self, instance: Instance, job: Job) -> Instance:
        self._ready_for(Action.REBOOT, instance, job)[0].reboot()
        return self._again(instance.id, instance.name)

    def suspend(self, instance: Instance, job: Job) -> Instance:
        self._ready_for(Action.SUSPEND, instance, job)[0].suspend()
        return self._again(instance.id, instance.name)

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        from dcctl_drivers.libvirt import saving  # noqa: PLC0415  few actions need it

        saving.save(self._ready_for(Action.SUSPEND, instance, job)[0], job)
        return self._again(instance.id, instance.name)

    def resume(self, instance: Instance, job: Job) -> Instance:
        from dcctl_drivers.libvirt import clock, saving  # noqa: PLC0415  few actions need them

        domain = self._ready_for(Action.RESUME, instance, job)[0]
        was_on_disk = saving.wake(domain)
        clock.put_right(domain, other_memory=was_on_disk)
        return self._again(instance.id, instance.name)

    def destroy(self, instance: Instance, job: Job) -> Instance:
        return self._destroy(instance, job)

    def destroy_with_disks(self, instance: Instance, job: Job) -> Instance:
        return self._destroy(instance, job, with_adopted=True)

    def _destroy(self, instance: Instance, job: Job, *, with_adopted: bool = False) -> Instance:
        from uuid import uuid4  # noqa: PLC0415  where Typer, which needs it, is not there

        from dcctl_drivers.libvirt.removal import destroy  # noqa: PLC0415  9 ms with XML

        job.check()
        destroy(self._connection.host, self._domain(instance), str(uuid4()), with_adopted=with_adopted)
        self._asked_to_stop.pop(instance.id, None)
        return replace(instance, state=State.FINISH, provider_state=None)

    # Kinds of machines

    def machine_problems(self, realm: Realm, machine: Machine, architecture: str | None) -> list[DcctlError]:
        from dcctl_drivers.libvirt import machines  # noqa: PLC0415  create only
        from dcctl_drivers.libvirt.guest_type import guest_type  # noqa: PLC0415  likewise

        host = self._connection.host
        guest = guest_type(host, self._connection.uri, architecture)
        return machines.problems(host, machines.with_type(guest, machine), machine)

    def interface_problems(self, realm: Realm, interfaces: Sequence[Interface]) -> list[DcctlError]:
        from dcctl_drivers.libvirt.interfaces import problems  # noqa: PLC0415  create only

        return list(problems(self._connection.host, interfaces))

    # Changing

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        from dcctl_drivers.libvirt import changing  # noqa: PLC0415  changes only

        job.check()
        changing.describe(self._connection.host, self._domain(instance), change)
        return self._again(instance.id, instance.name, Field.NOTES)

    def protect(self, instance: Instance, job: Job, *, protected: bool) -> Instance:
        from dcctl_drivers.libvirt import changing  # noqa: PLC0415  changes only

        job.check()
        changing.protect(self._connection.host, self._domain(instance), protected=protected)
        return self._again(instance.id, instance.name, Field.NOTES)

    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        from dcctl_drivers.libvirt import changing  # noqa: PLC0415  changes only

        job.check()
        changing.rename(self._connection.host, self._domain(instance), name)
        return self._again(instance.id, name, Field.NOTES)

    def check_rename(self, instance: Instance, name: str) -> None:
        from dcctl_drivers.libvirt import changing  # noqa: PLC0415  changes only

        changing.must_be_renamable(self._domain(instance), name)

    def autostart(self, instance: Instance, job: Job, *, on: bool) -> Instance:
        from dcctl_drivers.libvirt import changing  # noqa: PLC0415  changes only

        job.check()
        changing.autostart(self._domain(instance), on=on)
        return self._again(instance.id, instance.name, Field.NOTES)

    def resize(self, instance: Instance, size: Size, job: Job) -> Resized:
        from dcctl.nouns.changes import Resized  # noqa: PLC0415  this change only
        from dcctl_drivers.libvirt import sizes  # noqa: PLC0415  likewise

        at_next_start = sizes.resize(self._connection.host, self._domain(instance), size, job)
        self._index.forget(instance.id)
        return Resized(self._again(instance.id, instance.name, Field.HARDWARE, Field.NOTES), at_next_start)

    def check_resize(self, instance: Instance, size: Size) -> tuple[Property, ...]:
        from dcctl_drivers.libvirt import sizes  # noqa: PLC0415  this change only

        domain = self._domain(instance)
        return sizes.waiting(domain, sizes.must_be_resizable(domain, size), size)

    def to_adopt(self, instance: Instance, spec: AdoptSpec) -> Adopted:
        from dcctl.nouns.adoption import Adopted  # noqa: PLC0415  this change only
        from dcctl_drivers.libvirt.adoption import to_adopt  # noqa: PLC0415  likewise

        record = to_adopt(self._connection.host, self._domain(instance), self.endpoint.realms, spec)
        return Adopted(record.adopted or ())

    def adopt(self, instance: Instance, spec: AdoptSpec, job: Job) -> Instance:
        from dcctl_drivers.libvirt.adoption import adopt  # noqa: PLC0415  this change only

        adopt(self._connection.host, self._domain(instance), self.endpoint.realms, spec, job)
        self._index.forget(instance.id)
        return self._again(instance.id, instance.name, Field.HARDWARE, Field.NOTES)

    def clone(self, instance: Instance, spec: CloneSpec, job: Job) -> Instance:
        from dcctl_drivers.libvirt.cloning import clone  # noqa: PLC0415  this change only

        clone(self._connection, self._domain(instance), spec, job)
        return self._again(spec.token, spec.name, Field.NOTES)

    def check_clone(self, instance: Instance, spec: CloneSpec) -> None:
        from dcctl_drivers.libvirt.cloning import must_be_clonable  # noqa: PLC0415  this change only

        must_be_clonable(self._domain(instance))

    # Snapshots

    def snapshots(self, instance: Instance) -> list[Snapshot]:
        from dcctl_drivers.libvirt import snapshots  # noqa: PLC0415  snapshots only

        return snapshots.snapshots(self._domain(instance), instance)

    def create_snapshot(self, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
        from dcctl_drivers.libvirt import snapshots  # noqa: PLC0415  snapshots only

        return snapshots.create_snapshot(self._domain(instance), instance, spec, job)

    def check_create_snapshot(self, instance: Instance, spec: SnapshotSpec) -> None:
        from dcctl_drivers.libvirt import snapshots  # noqa: PLC0415  snapshots only

        snapshots.must_take_one(self._domain(instance))

    def revert_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> Instance:
        from dcctl_drivers.libvirt import snapshots  # noqa: PLC0415  snapshots only

        snapshots.revert_snapshot(self._domain(instance), snapshot.name, job)
        self._asked_to_stop.pop(instance.id, None)
        return self._again(instance.id, instance.name, Field.NOTES)

    def check_revert_snapshot(self, instance: Instance, snapshot: Snapshot) -> None:
        from dcctl_drivers.libvirt import snapshots  # noqa: PLC0415  snapshots only

        snapshots.must_go_back(self._domain(instance), snapshot.name)

    def destroy_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> None:
        from dcctl_drivers.libvirt import snapshots  # noqa: PLC0415  snapshots only

        job.check()
        snapshots.destroy_snapshot(self._domain(instance), snapshot.name)

    # Images

    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        from dcctl_drivers.libvirt.publication import import_image  # noqa: PLC0415  images only

        import_image(self._connection, spec, self.image_formats, job)
        return self._published(spec)

    def _published(self, spec: ImageSpec) -> Image:
        found = self.images(Query.called(spec.name).within((spec.realm.id,)))
        if not found:
            raise NotFound(
                f"the image {spec.name} is gone again",
                hint="somebody destroyed it meanwhile",
                resource=spec.name,
                realm=spec.realm.id,
            )
        return replace(found[0], description=spec.description)

    def read_image(self, image: Image) -> AbstractContextManager[ImageContent]:
        from dcctl_drivers.libvirt.publication import read_image  # noqa: PLC0415  images only

        return read_image(self._connection, self._realm_of(image), image.name)

    def write_image(self, spec: ImageSpec, content: ImageContent, job: Job) -> Image:
        from dcctl_drivers.libvirt.publication import write_image  # noqa: PLC0415  images only

        write_image(self._connection, spec, content, self.image_formats, job)
        return self._published(spec)

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        return self._capture(instance, spec, job)

    def capture_running(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        return self._capture_running(instance, spec, job)

    def capture_rewritten(
        self, instance: Instance, spec: ImageSpec, rewrite: Rewrite, job: Job, *, live: bool = False
    ) -> Image:
        from dcctl_drivers.libvirt.rewriting import Rewriting  # noqa: PLC0415  images only

        capture = self._capture_running if live else self._capture
        return capture(instance, spec, job, Rewriting(rewrite, self.image_formats))

    def check_capture(self, instance: Instance, spec: ImageSpec, *, live: bool = False) -> None:
        from dcctl_drivers.libvirt.capture import must_be_capturable  # noqa: PLC0415  images only

        must_be_capturable(self._connection, self._domain(instance), spec)

    def _capture(self, instance: Instance, spec: ImageSpec, job: Job, rewriting: Rewriting | None = None) -> Image:
        from dcctl_drivers.libvirt.capture import capture  # noqa: PLC0415  images only

        # Off and whole, as for starting it.
        domain, _ = self._ready_for(Action.START, instance, job)
        capture(self._connection, domain, spec, job, rewriting)
        return self._published(spec)

    def _capture_running(
        self, instance: Instance, spec: ImageSpec, job: Job, rewriting: Rewriting | None = None
    ) -> Image:
        from dcctl_drivers.libvirt.live_capture import capture_running  # noqa: PLC0415  images only

        job.check()
        description = capture_running(self._connection, self._domain(instance), spec, job, rewriting)
        return self._published(replace(spec, description=description))

    def destroy_image(self, image: Image, job: Job) -> None:
        from uuid import uuid4  # noqa: PLC0415  where Typer, which needs it, is not there

        from dcctl_drivers.libvirt.publication import destroy_image  # noqa: PLC0415  images only

        job.check()
        destroy_image(self._connection, self._realm_of(image), image.name, str(uuid4()))

    # Realms

    def realm_facts(self, realm: Realm) -> RealmFacts:
        from dcctl_drivers.libvirt.facts import realm_facts  # noqa: PLC0415  realms only

        return realm_facts(self._connection.host, self._connection.uri, realm)

    def realm_steps(self, realm: Realm) -> list[RealmStep]:
        from dcctl_drivers.libvirt import preparing  # noqa: PLC0415  realms only

        return list(preparing.steps(self._connection.host, self._connection.uri, realm))

    def take_realm_step(self, realm: Realm, step: RealmStep, job: Job) -> None:
        from dcctl_drivers.libvirt import preparing  # noqa: PLC0415  realms only

        with self._about(realm):
            preparing.take(self._connection.host, self._connection.uri, realm, step, job)

    def diagnose(self, realm: Realm) -> list[Finding]:
        from dcctl_drivers.libvirt import late_notes  # noqa: PLC0415  doctor only
        from dcctl_drivers.libvirt.diagnosis import diagnose  # noqa: PLC0415  likewise

        host = self._connection.host
        instances = self.instances(Query.everything())
        found = diagnose(host, self._connection.uri, realm, instances)
        return [*found, *late_notes.findings(host, realm, self._index)]

    def repair(self, realm: Realm, finding: Finding, job: Job) -> None:
        from dcctl_drivers.libvirt import diagnosis  # noqa: PLC0415  doctor only

        job.check()
        with self._about(realm):
            diagnosis.repair(self._connection, realm, finding)

    # Events, errors, end

    @contextmanager
    def watch(self, instance: Instance) -> Iterator[Callable[[float], bool]]:
        from dcctl_drivers.libvirt.watching import lifecycle  # noqa: PLC0415  3 ms with threads, for waits only

        with lifecycle(self._connection.host, self._domain(instance)) as changed:

            def changed_or_due(seconds: float) -> bool:
                asked = self._asked_to_stop.get(instance.id)
                if asked is None:
                    return changed(seconds)
                due = asked + ASK_AGAIN_SECONDS - monotonic()
                # Reading it again asks the guest again.
                return changed(min(seconds, max(due, 0.0))) or due <= seconds

            yield changed_or_due

    @contextmanager
    def _about(self, realm: Realm) -> Iterator[None]:
        """What libvirt says meanwhile is about this realm, where the endpoint has several."""
        import libvirt  # noqa: PLC0415  loaded already

        from dcctl_drivers.libvirt.advice import advise  # noqa: PLC0415  few need it
        from dcctl_drivers.libvirt.errors import translate  # noqa: PLC0415  likewise

        try:
            yield
        except libvirt.libvirtError as error:
            told = advise(translate(error), self._connection.uri, (realm,))
            told.realm = realm.id
            raise told from error

    def translate(self, error: Exception) -> DcctlError | None:
        import libvirt  # noqa: PLC0415  an error of libvirt's cannot come from anywhere else

        if not isinstance(error, libvirt.libvirtError):
            return None
        from dcctl_drivers.libvirt.advice import advise  # noqa: PLC0415  on errors only
        from dcctl_drivers.libvirt.errors import translate  # noqa: PLC0415  likewise

        connection = self._connection
        return advise(translate(error), connection.uri, self.endpoint.realms, was_open=connection.was_open)

    def close(self) -> None:
        self._connection.close()

    def _ready_for(
        self, action: Action, instance: Instance, job: Job, *, also_in: State | None = None
    ) -> tuple[libvirt.virDomain, State]:
        """The domain and its state, if the action is still possible. Raises ``NotAllowed``."""
        from dcctl_drivers.libvirt import records  # noqa: PLC0415  actions only

        job.check()
        domain = self._domain(instance)
        record, copy = records.read(domain)
        asked = instance.id in self._asked_to_stop
        state = records.check(domain, record, action, copy=copy, also_in=also_in, asked_to_stop=asked)
        if state is not State.PENDING:
            records.clear_stale_mark(domain, record)
        return domain, state

    def _domain(self, instance: Instance) -> libvirt.virDomain:
        import libvirt  # noqa: PLC0415  loaded already

        host = self._connection.host
        try:
            return host.lookupByUUIDString(instance.id)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            raise NotFound(
                f"{instance.name} is gone", hint="somebody destroyed it meanwhile", resource=instance.name
            ) from error

    def _press_button(self, domain: libvirt.virDomain) -> None:
        domain.shutdown()
        self._asked_to_stop[domain.UUIDString()] = monotonic()

    def _press_again(self, instance: Instance) -> None:
        """While reading: that the guest went off, or away, just before is what was asked for, and no failure of the reading."""
        import libvirt  # noqa: PLC0415  loaded already

        with forgiving(libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_DOMAIN):
            self._press_button(self._connection.host.lookupByUUIDString(instance.id))

    def _again(self, uuid: str, name: str, *fields: Field) -> Instance:
        """The instance as it is after an action."""
        found = self.instances(Query(ids=frozenset((uuid,)), fields=frozenset(fields)))
        if not found:
            raise NotFound(f"{name} is gone", hint="somebody destroyed it meanwhile", resource=name)
        return found[0]
