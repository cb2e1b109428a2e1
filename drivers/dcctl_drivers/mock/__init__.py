"""The embedded cloud in which nothing real is made: to try dcctl, to learn it, and to rehearse scripts against it.

It lives in one SQLite file (``store``), holds Deltacloud's fixtures (``fixtures``), needs no daemon – a state that settles by itself does
so when it is read – and makes trouble when it is told to (``trouble``).
"""

from __future__ import annotations

import os
from dataclasses import replace
from time import time

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
    Preview,
    Protect,
    Rename,
    Resize,
    Snapshots,
    SshKeys,
    SuspendToDisk,
    UserData,
    UserName,
)
from dcctl.driver import Driver
from dcctl.errors import Conflict, NotAllowed, NotFound
from dcctl.hardware import Property
from dcctl.model import Action, DiskMode, Field, Realm, State
from dcctl.settings import Setting, Values, duration, text, texts
from dcctl.states import machine
from dcctl_drivers.mock import records
from dcctl_drivers.mock.apart import Apart
from dcctl_drivers.mock.inside import Inside
from dcctl_drivers.mock.store import Store, default_path
from dcctl_drivers.mock.trouble import FAIL, FAILURE_RATE, LATENCY, strike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from sqlite3 import Connection
    from typing import Any, ClassVar

    from dcctl.driver import Endpoint
    from dcctl.errors import DcctlError
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance, InstanceSpec, Query
    from dcctl.nouns.adoption import Adopted, AdoptSpec
    from dcctl.nouns.changes import CloneSpec, Description, Resized, Size
    from dcctl.nouns.findings import Finding
    from dcctl.nouns.image_content import ImageContent, Rewrite
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine
    from dcctl.nouns.realm_facts import RealmFacts
    from dcctl.nouns.snapshots import Snapshot, SnapshotSpec


def absolute_path(raw: object) -> str:
    """The absolute path of a file; ``~`` is the home folder."""
    path = os.path.expanduser(text(raw))
    if not os.path.isabs(path):
        raise ValueError(f"must be an absolute path, not {path!r}")
    return path


PATH: Setting[str | None] = Setting(
    "path", absolute_path, None, "the file that holds the cloud; otherwise dcctl/mock.sqlite3 under XDG_STATE_HOME"
)
PENDING = Setting("pending", duration, 0.0, "how long a new instance is pending")
STOPPING = Setting("stopping", duration, 0.0, "how long an instance is stopping")
END_IN_ERROR: Setting[tuple[str, ...]] = Setting(
    "end_in_error", texts, (), "names of new instances that end in error; * and ? match"
)
PROTECTED: Setting[tuple[str, ...]] = Setting(
    "protected", texts, (), "names or ids of instances that refuse to be destroyed"
)

FOREIGN: Setting[tuple[str, ...]] = Setting(
    "foreign", texts, (), "names or ids of instances that something else made, until they are adopted; * and ? match"
)

_ALL_FIELDS = frozenset(Field)


class MockDriver(
    Driver,
    PowerOff,
    SuspendToDisk,
    ImportImages,
    DestroyImages,
    CopyImages,
    CaptureImages,
    CaptureRunning,
    CaptureRewritten,
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
):
    """A cloud in a file. All its realms are one endpoint."""

    name = "mock"
    summary = "nothing real: a cloud in a file, to learn and to rehearse with"
    simulated = True
    states = machine(
        State.START.to(State.PENDING).on(Action.CREATE),
        State.PENDING.to(State.RUNNING, State.ERROR).automatically(),
        State.RUNNING.to(State.RUNNING).on(Action.REBOOT),
        State.RUNNING.to(State.SUSPENDED).on(Action.SUSPEND),
        State.RUNNING.to(State.STOPPING).on(Action.STOP),
        State.SUSPENDED.to(State.RUNNING).on(Action.RESUME),
        State.STOPPING.to(State.STOPPED).automatically(),
        State.STOPPED.to(State.RUNNING).on(Action.START),
        State.STOPPED.to(State.FINISH).on(Action.DESTROY),
        State.ERROR.to(State.FINISH).on(Action.DESTROY),
    )
    abilities = (
        UserName(max_length=50),
        UserData(max_bytes=65536),
        SshKeys(),
        Account(),
        CloudInit(max_bytes=65536),
        AttachNetworks(max_count=8),
        Labels(max_count=32),
        Describable(max_length=200),
        OwnDisks(max_count=8),
        AttachVolumes(max_count=8),
        DiskModes((DiskMode.OVERLAY, DiskMode.FULL, DiskMode.RAW)),
    )
    settings: ClassVar[tuple[Setting[Any], ...]] = (
        PATH,
        PENDING,
        STOPPING,
        LATENCY,
        FAILURE_RATE,
        FAIL,
        END_IN_ERROR,
        PROTECTED,
        FOREIGN,
    )

    snapshots_in = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPED))
    resizable = frozenset((Property.CPU, Property.MEMORY, Property.STORAGE))
    resized_in = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPED))
    cloned_in = frozenset((State.STOPPED,))
    renamed_in = frozenset(states.states) - {State.FINISH, State.START}

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._settings = endpoint.settings
        self._store = Store(self._settings[PATH] or default_path())

    @classmethod
    def implicit_realms(cls) -> tuple[Realm, ...]:
        """Deltacloud's two, so that a catalogue written for another driver does not take the mock cloud away."""
        return Realm("us", "United States", Values()), Realm("eu", "Europe", Values())

    def images(self, query: Query) -> Iterator[Image]:
        strike(self._settings, "images")
        rest, parameters = records.selection(query, "img")
        with self._store.reading() as connection:
            rows = connection.execute(records.SELECT_IMAGES + rest, parameters).fetchall()
        found = map(records.image, rows)
        return (image for image in found if query.wants(image.id, image.name))

    def instances(self, query: Query) -> Iterator[Instance]:
        strike(self._settings, "instances")
        with self._store.reading() as connection:
            found = self._select(connection, *records.selection(query, "inst"), fields=query.fields)
        return (instance for instance in found if query.wants(instance.id, instance.name))

    def realm_facts(self, realm: Realm) -> RealmFacts:
        from dcctl_drivers.mock.facts import realm_facts  # noqa: PLC0415  realms only

        strike(self._settings, "realm-facts")
        with self._store.reading() as connection:
            return realm_facts(self._select(connection, "", [], fields=_ALL_FIELDS), realm)

    def diagnose(self, realm: Realm) -> list[Finding]:
        from dcctl_drivers.mock.diagnosis import diagnose  # noqa: PLC0415  doctor only

        strike(self._settings, "diagnose")
        with self._store.reading() as connection:
            return diagnose(self._select(connection, "", [], fields=_ALL_FIELDS), realm)

    def repair(self, realm: Realm, finding: Finding, job: Job) -> None:
        """It offers none: instances in error are their owner's to destroy."""
        job.check()

    def machine_problems(self, realm: Realm, machine: Machine, architecture: str | None) -> list[DcctlError]:
        from dcctl_drivers.mock.machines import problems  # noqa: PLC0415  create only

        return list(problems(machine, architecture))

    def interface_problems(self, realm: Realm, interfaces: Sequence[Interface]) -> list[DcctlError]:
        from dcctl_drivers.mock.interfaces import problems  # noqa: PLC0415  create only

        with self._store.reading() as connection:
            return list(problems(connection, interfaces))

    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        from dcctl_drivers.mock.machines import machine_of  # noqa: PLC0415  create only

        strike(self._settings, "create", job)
        job.stage("record")
        now = time()
        fails = self._ends_in_error(spec.name)
        with self._store.writing() as connection:
            self._check_new(connection, spec)
            chosen = ""
            if spec.interfaces:
                from dcctl_drivers.mock.interfaces import stored  # noqa: PLC0415  few instances choose their addresses

                chosen = stored(connection, spec)
            number = connection.execute(
                "INSERT INTO instances (name, state, becomes, settles, reason, realm, image, hwp, cpu, memory_mib,"
                " storage_gib, architecture, root_type, overridden, owner, created, user, key, ssh_keys, user_data, networks,"
                " labels, description, autostart, disks_gib, machine, disk_mode, interfaces)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    spec.name,
                    State.PENDING,
                    State.ERROR if fails else State.RUNNING,
                    now + self._settings[PENDING],
                    "it was told to end in error by the setting end_in_error" if fails else None,
                    spec.realm.id,
                    spec.image.id,
                    spec.hwp.name,
                    spec.hardware.cpu,
                    spec.hardware.memory_mib,
                    spec.hardware.storage_gib,
                    spec.hardware.architecture,
                    spec.hardware.root_type,
                    ",".join(spec.overrides),
                    records.OWNER,
                    now,
                    _user(spec),
                    ", ".join(map(_key_name, spec.ssh_keys)) or None,
                    "\n".join(spec.ssh_keys) or None,
                    spec.user_data,
                    " ".join(network.name for network in spec.networks),
                    records.joined(spec.labels),
                    spec.description,
                    spec.autostart,
                    "" if spec.disks is None else " ".join(map(str, spec.disks.own_gib)),
                    machine_of(spec),
                    (None if spec.disks is None else spec.disks.mode) or DiskMode.OVERLAY,
                    chosen,
                ),
            ).lastrowid
            if spec.first_boot is not None:
                records.tell(connection, number, spec.first_boot)
            made = self._one(connection, f"inst{number}")
            if spec.disks is not None:
                from dcctl_drivers.mock.volumes import attach  # noqa: PLC0415  few instances have more than one disk

                for volume in spec.disks.volumes:
                    attach(connection, volume, made)
            return made

    def preview(self, spec: InstanceSpec) -> str:
        from dcctl_drivers.mock.preview import preview  # noqa: PLC0415  dry runs only

        strike(self._settings, "preview")
        with self._store.reading() as connection:
            self._check_new(connection, spec)
        return preview(spec)

    def start(self, instance: Instance, job: Job) -> Instance:
        return self._act(Action.START, instance, job)

    def reboot(self, instance: Instance, job: Job) -> Instance:
        return self._act(Action.REBOOT, instance, job)

    def suspend(self, instance: Instance, job: Job) -> Instance:
        return self._act(Action.SUSPEND, instance, job)

    def suspend_to_disk(self, instance: Instance, job: Job) -> Instance:
        strike(self._settings, "suspend-to-disk", job)
        job.stage("save")
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            self._become(connection, now, self._check(Action.SUSPEND, now))
            connection.execute("UPDATE instances SET saved = 1 WHERE 'inst' || number = ?", (now.id,))
            return self._one(connection, now.id)

    def resume(self, instance: Instance, job: Job) -> Instance:
        return self._act(Action.RESUME, instance, job)

    def stop(self, instance: Instance, job: Job) -> Instance:
        return self._act(Action.STOP, instance, job, settles=time() + self._settings[STOPPING])

    def power_off(self, instance: Instance, job: Job) -> Instance:
        strike(self._settings, "power-off", job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            if now.state is not State.STOPPING:
                self._check(Action.STOP, now)
            self._become(connection, now, State.STOPPED)
            return self._one(connection, instance.id)

    def destroy(self, instance: Instance, job: Job) -> Instance:
        strike(self._settings, "destroy", job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            self._check(Action.DESTROY, now)
            connection.execute("DELETE FROM instances WHERE 'inst' || number = ?", (instance.id,))
            connection.execute("DELETE FROM snapshots WHERE 'inst' || instance = ?", (instance.id,))
        return replace(now, state=State.FINISH, provider_state=State.FINISH.upper())

    def destroy_with_disks(self, instance: Instance, job: Job) -> Instance:
        return self.destroy(instance, job)

    def to_adopt(self, instance: Instance, spec: AdoptSpec) -> Adopted:
        from dcctl_drivers.mock.adoption import to_adopt  # noqa: PLC0415  this change only

        strike(self._settings, "to-adopt")
        with self._store.reading() as connection:
            return to_adopt(self._one(connection, instance.id), spec)

    def adopt(self, instance: Instance, spec: AdoptSpec, job: Job) -> Instance:
        from dcctl_drivers.mock.adoption import adopt  # noqa: PLC0415  this change only

        strike(self._settings, "adopt", job)
        with self._store.writing() as connection:
            adopt(connection, self._one(connection, instance.id), spec)
            return self._one(connection, instance.id)

    def import_image(self, spec: ImageSpec, job: Job) -> Image:
        from dcctl_drivers.mock.publish import publish  # noqa: PLC0415  hashlib, 3 ms that listing need not pay

        strike(self._settings, "import-image", job)
        return publish(self._store, spec, job)

    def read_image(self, image: Image) -> AbstractContextManager[ImageContent]:
        from dcctl_drivers.mock.publish import read  # noqa: PLC0415  copies only

        strike(self._settings, "read-image")
        return read(self._store, image.id)

    def write_image(self, spec: ImageSpec, content: ImageContent, job: Job) -> Image:
        from dcctl_drivers.mock.publish import write  # noqa: PLC0415  copies only

        strike(self._settings, "write-image", job)
        return write(self._store, spec, content, job)

    def capture_image(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        from dcctl_drivers.mock.publish import capture  # noqa: PLC0415  images only

        strike(self._settings, "capture-image", job)
        with self._store.reading() as connection:
            self._check(Action.START, self._one(connection, instance.id))  # off, as for starting it
        return capture(self._store, instance, spec, job)

    def capture_running(self, instance: Instance, spec: ImageSpec, job: Job) -> Image:
        from dcctl_drivers.mock.publish import capture, crash_consistent  # noqa: PLC0415  images only

        strike(self._settings, "capture-image", job)
        return capture(self._store, self._running(instance), crash_consistent(spec), job)

    def capture_rewritten(
        self, instance: Instance, spec: ImageSpec, rewrite: Rewrite, job: Job, *, live: bool = False
    ) -> Image:
        from dcctl_drivers.mock.publish import capture_rewritten, crash_consistent  # noqa: PLC0415  images only

        strike(self._settings, "capture-image", job)
        if live:
            self._running(instance)
            return capture_rewritten(self._store, crash_consistent(spec), rewrite, job)
        with self._store.reading() as connection:
            self._check(Action.START, self._one(connection, instance.id))  # off, as for starting it
        return capture_rewritten(self._store, spec, rewrite, job)

    def _running(self, instance: Instance) -> Instance:
        with self._store.reading() as connection:
            now = self._one(connection, instance.id)
        if now.state not in (State.RUNNING, State.SUSPENDED):
            raise NotAllowed(f"{now.name} is {now.state}", hint="make an image without --live", resource=now.name)
        return now

    def destroy_image(self, image: Image, job: Job) -> None:
        strike(self._settings, "destroy-image", job)
        with self._store.writing() as connection:
            users = connection.execute(
                "SELECT name FROM instances WHERE image = ? AND disk_mode = ? ORDER BY number",
                (image.id, DiskMode.OVERLAY),
            ).fetchall()
            if users:
                raise NotAllowed(
                    f"the image {image.id} is in use by {', '.join(name for (name,) in users)}",
                    hint="destroy the instances first",
                    resource=image.id,
                )
            deleted = connection.execute("DELETE FROM images WHERE 'img' || number = ?", (image.id,)).rowcount
            if not deleted:
                raise NotFound(f"no image {image.id}", hint="dcctl image list", resource=image.id)

    def describe(self, instance: Instance, change: Description, job: Job) -> Instance:
        strike(self._settings, "describe", job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            connection.execute(
                "UPDATE instances SET labels = ?, description = ? WHERE 'inst' || number = ?",
                (records.joined(change.labels_after(now.labels)), change.text_after(now.description), now.id),
            )
            return self._one(connection, now.id)

    def protect(self, instance: Instance, job: Job, *, protected: bool) -> Instance:
        return self._set(instance, "protect", "protected", protected, job)

    def autostart(self, instance: Instance, job: Job, *, on: bool) -> Instance:
        return self._set(instance, "autostart", "autostart", on, job)

    def _set(self, instance: Instance, what: str, column: str, value: bool, job: Job) -> Instance:
        strike(self._settings, what, job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            connection.execute(f"UPDATE instances SET {column} = ? WHERE 'inst' || number = ?", (value, now.id))  # noqa: S608  two words of ours
            return self._one(connection, now.id)

    def rename(self, instance: Instance, name: str, job: Job) -> Instance:
        strike(self._settings, "rename", job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            self._check_free(connection, name, but=now)
            connection.execute("UPDATE instances SET name = ? WHERE 'inst' || number = ?", (name, now.id))
            return self._one(connection, now.id)

    def snapshots(self, instance: Instance) -> list[Snapshot]:
        from dcctl_drivers.mock import snapshots  # noqa: PLC0415  snapshots only

        strike(self._settings, "snapshots")
        with self._store.reading() as connection:
            return snapshots.snapshots(connection, self._one(connection, instance.id))

    def create_snapshot(self, instance: Instance, spec: SnapshotSpec, job: Job) -> Snapshot:
        from dcctl_drivers.mock import snapshots  # noqa: PLC0415  snapshots only

        strike(self._settings, "create-snapshot", job)
        with self._store.writing() as connection:
            return snapshots.create_snapshot(connection, self._resting(connection, instance), spec)

    def revert_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> Instance:
        from dcctl_drivers.mock import snapshots  # noqa: PLC0415  snapshots only

        strike(self._settings, "revert-snapshot", job)
        with self._store.writing() as connection:
            now = self._resting(connection, instance)
            found = snapshots.find(connection, now, snapshot.name)
            snapshots.make_current(connection, now, found.name)
            self._become(connection, now, found.state)
            return self._one(connection, now.id)

    def destroy_snapshot(self, instance: Instance, snapshot: Snapshot, job: Job) -> None:
        from dcctl_drivers.mock import snapshots  # noqa: PLC0415  snapshots only

        strike(self._settings, "destroy-snapshot", job)
        with self._store.writing() as connection:
            snapshots.destroy_snapshot(connection, self._one(connection, instance.id), snapshot.name)

    def _resting(self, connection: Connection, instance: Instance) -> Instance:
        """The instance, if it is in a state in which snapshots are taken and reverted to."""
        now = self._one(connection, instance.id)
        if now.state not in self.snapshots_in:
            raise NotAllowed(f"{now.name} is {now.state}", hint="wait until it has settled", resource=now.name)
        if now.saved:
            raise NotAllowed(f"{now.name} is suspended to disk", hint="resume it first", resource=now.name)
        return now

    def resize(self, instance: Instance, size: Size, job: Job) -> Resized:
        from dcctl.nouns.changes import Resized  # noqa: PLC0415  for this only
        from dcctl_drivers.mock.sizes import resize  # noqa: PLC0415  this change only

        strike(self._settings, "resize", job)
        with self._store.writing() as connection:
            now = self._resting(connection, instance)
            at_next_start = resize(connection, now, size)
            return Resized(self._one(connection, now.id), at_next_start)

    def check_resize(self, instance: Instance, size: Size) -> tuple[Property, ...]:
        from dcctl_drivers.mock.sizes import waiting  # noqa: PLC0415  this change only

        with self._store.reading() as connection:
            return waiting(self._resting(connection, instance), size)

    def clone(self, instance: Instance, spec: CloneSpec, job: Job) -> Instance:
        strike(self._settings, "clone", job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            if now.state not in self.cloned_in:
                raise NotAllowed(f"{now.name} is {now.state}", hint="stop it first", resource=now.name)
            self._check_free(connection, spec.name)
            number = connection.execute(records.CLONE, (spec.name, State.STOPPED, time(), now.id)).lastrowid
            return self._one(connection, f"inst{number}")

    def translate(self, error: Exception) -> DcctlError | None:
        return self._store.translate(error)

    def _act(self, action: Action, instance: Instance, job: Job, settles: float | None = None) -> Instance:
        """Do in one transaction what ``action`` does: whoever comes second finds the state that the first one made."""
        strike(self._settings, action.value, job)
        with self._store.writing() as connection:
            now = self._one(connection, instance.id)
            self._become(connection, now, self._check(action, now), action, settles)
            return self._one(connection, instance.id)

    def _check(self, action: Action, instance: Instance) -> State:
        """The state that ``action`` leads to, if it is allowed now."""
        target = self.states.step(instance.state, action)
        if target is None:
            allowed = ", ".join(self.states.actions(instance.state)) or "nothing; it changes by itself"
            raise NotAllowed(
                f"cannot {action} {instance.name}: it is {instance.state}",
                hint=f"allowed: {allowed}",
                resource=instance.name,
            )
        if action in instance.refused:
            raise NotAllowed(f"cannot {action} {instance.name}", hint=instance.refused[action], resource=instance.name)
        return target

    def _become(
        self,
        connection: Connection,
        instance: Instance,
        state: State,
        action: Action | None = None,
        settles: float | None = None,
    ) -> None:
        """Write the state, and the one that follows it by itself, if any."""
        becomes = None if settles is None else self.states.settle(state, action)
        connection.execute(
            "UPDATE instances SET state = ?, becomes = ?, settles = ?, saved = 0 WHERE 'inst' || number = ?",
            (state, becomes, settles, instance.id),
        )
        if instance.state is State.STOPPED:
            connection.execute(
                "UPDATE instances SET started_cpu = NULL, started_memory_mib = NULL WHERE 'inst' || number = ?",
                (instance.id,),
            )

    def _one(self, connection: Connection, identifier: str) -> Instance:
        for instance in self._select(connection, " WHERE 'inst' || number = ?", [identifier], fields=_ALL_FIELDS):
            return instance
        raise NotFound(f"no instance {identifier}", hint="dcctl instance list", resource=identifier)

    def _select(
        self, connection: Connection, rest: str, parameters: list[str], *, fields: frozenset[Field]
    ) -> list[Instance]:
        rows = connection.execute(records.SELECT_INSTANCES + rest, parameters).fetchall()
        now = time()
        protected = self._settings[PROTECTED]
        found = [records.instance(row, now, fields, protected) for row in rows]
        foreign = self._settings[FOREIGN]
        if not foreign:
            return found
        from dcctl_drivers.mock.adoption import with_foreign  # noqa: PLC0415  6 ms that only people who rehearse it pay

        return with_foreign(found, foreign)

    def _check_free(self, connection: Connection, name: str, *, but: Instance | None = None) -> None:
        """Raise ``Conflict`` if an instance is called so, other than ``but``."""
        taken = connection.execute(
            "SELECT number FROM instances WHERE (name = ?1 OR 'inst' || number = ?1) AND 'inst' || number IS NOT ?2",
            (name, but.id if but is not None else None),
        ).fetchone()
        if taken:
            raise Conflict(f"the name {name} is taken", hint=f"by the instance inst{taken[0]}", resource=name)

    def _check_new(self, connection: Connection, spec: InstanceSpec) -> None:
        self._check_free(connection, spec.name)
        known = connection.execute("SELECT 1 FROM images WHERE 'img' || number = ?", (spec.image.id,)).fetchone()
        if known is None:
            raise NotFound(f"no image {spec.image.id}", hint="dcctl image list", resource=spec.image.id)

    def _ends_in_error(self, name: str) -> bool:
        patterns = self._settings[END_IN_ERROR]
        if not patterns:
            return False
        from fnmatch import fnmatchcase  # noqa: PLC0415  6 ms that only people who rehearse failures need pay

        return any(fnmatchcase(name, pattern) for pattern in patterns)


def _user(spec: InstanceSpec) -> str | None:
    """The account that people log in to, if they can."""
    first = spec.first_boot
    if first is not None and first.user is not None:
        return first.user
    may_log_in = spec.ssh_keys or (first is not None and first.password_hash is not None)
    return (spec.image.user or records.OWNER) if may_log_in else None


def _key_name(key: str) -> str:
    """What people call a public key: its comment, else the end of its text."""
    kind, _, rest = key.strip().partition(" ")
    encoded, _, comment = rest.partition(" ")
    return comment or f"{kind} …{encoded[-8:]}"
