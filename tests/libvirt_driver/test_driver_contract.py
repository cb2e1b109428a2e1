"""The libvirt driver runs the conformance suite: without a daemon on libvirt's own simulated hypervisor, and on a real libvirtd."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dcctl.hardware import Choices, Fixed, HardwareProfile, Property, Range
from dcctl.job import Job
from dcctl.model import ImageSpec, Instance, Query, Realm, State
from dcctl.settings import Values
from dcctl.testing import Harness
from dcctl.testing.calls import Calls
from dcctl.testing.suite import Conformance
from dcctl_drivers.libvirt import LibvirtDriver, metadata, records
from dcctl_drivers.libvirt.metadata import SCHEMA, Phase
from dcctl_drivers.libvirt.worker import this_process
from libvirt_host.proxy import LibvirtProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from libvirt import virDomain

    from dcctl.driver import Driver
    from dcctl.model import InstanceSpec
    from libvirt_host.host import LibvirtHost

SIZES: dict[Property, Fixed | Range | Choices] = {Property.CPU: Fixed(1), Property.MEMORY: Range(128, 512, 128)}
PROFILE = HardwareProfile("tiny", {**SIZES, Property.STORAGE: Fixed(1)})
AS_LARGE_AS_IMAGE = HardwareProfile("tiny", SIZES)
"""For the simulated pool, which is full with 100 GiB that disks claim to have: the suite keeps most of its instances to the end."""

HALT = b"\xfa\xf4\xeb\xfd"  # cli; hlt; and halt again: zeros instead would keep a processor of this machine busy for each guest
DISK = HALT + bytes(510 - len(HALT)) + b"\x55\xaa" + bytes(1 << 20)


FOREIGN = (
    "<domain type='{kind}'><name>{name}</name><memory unit='MiB'>192</memory><vcpu>1</vcpu>"
    "<os><type>hvm</type></os><devices><disk type='file' device='disk'><driver name='qemu' type='raw'/>"
    "<source file='{path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>"
)
"""A domain as somebody might define it by hand."""

COPY_GAPS = {
    "live image: it is there and says what can be relied on; the instance runs on",
    "live image: cancelled at any stage, it leaves nothing behind",
    "live image: of an instance that is off it is refused, and nothing is left behind",
    "image create: the image is there, and instances start from it; the instance stays as it is",
    "image create: a name that is taken is a conflict",
    "image create: of an instance that runs it is refused, and nothing is left behind",
    "image create: cancelled at any stage, it leaves nothing behind",
    "image create --reset --compress: the image is what was made of the disk; the instance stays as it is",
    "image create --reset --compress: what is handed over is a whole disk in one file",
    "image create --reset --compress: of an instance that runs, if that is asked for, and of no other then",
    "image create --reset --compress: a name that is taken is a conflict before anything is read",
    "image create --reset --compress: of an instance that runs it is refused, and nothing is left behind",
    "image create --reset --compress: what goes wrong while the disk is rewritten leaves nothing behind",
    "image create --reset --compress: cancelled at any stage, it leaves nothing behind",
    "image copy: the copy is there, available, and the same image",
    "image copy: a name that is taken is a conflict",
    "image copy: content that ends too early is refused, and nothing is left behind",
    "image copy: content that cannot be read to its end leaves nothing behind",
    "image copy: cancelled at any stage, it leaves nothing behind",
}

GROWING_GAPS = {
    f"resize: a dry run foretells what happens to an instance{what}"
    for what in ("", " that is protected", " with a disk of its own", " with a full disk", " with a raw disk")
}


class WithObedientGuests(LibvirtDriver):
    """The driver with a stand-in for the guest's system: whoever presses the button finds the guest off at once."""

    name = "libvirt"

    def _press_button(self, domain: virDomain) -> None:
        super()._press_button(domain)
        domain.destroy()


class LibvirtHarness(Harness):
    """A libvirt that the suite may play with; ``pool`` holds the image ``base`` and whatever is made."""

    def __init__(
        self,
        uri: str,
        pool: str,
        image_file: Path,
        *,
        timeout: float,
        proxy: LibvirtProxy | None = None,
    ) -> None:
        self.uri = uri
        self.proxy = proxy
        self.simulated = uri.startswith("test:")
        self.pool = pool
        super().__init__(
            LibvirtDriver,
            image="base",
            realm=self.realm_at(uri),
            hwp=AS_LARGE_AS_IMAGE if self.simulated else PROFILE,
            overrides={Property.MEMORY: 192},
            timeout=timeout,
            library=("libvirt", "libvirtmod", "pycdlib"),
            image_file=str(image_file),
            excused={
                **dict.fromkeys(COPY_GAPS, "it keeps no content of volumes"),
                **dict.fromkeys(GROWING_GAPS, "its disks cannot grow"),
            }
            if self.simulated
            else {},
        )
        # The simulated hypervisor forgets everything with its last connection.
        self.keeper = self.open()
        assert isinstance(self.keeper, LibvirtDriver)
        self.keeper.import_image(ImageSpec("base-token", "base", str(image_file), self.realm), Job())

    def close(self) -> None:
        for image in self.keeper.images(Query.everything()):
            assert isinstance(self.keeper, LibvirtDriver)
            self.keeper.destroy_image(image, Job())
        self.keeper.close()

    def open(self) -> Driver:
        driver = super().open()
        return driver if self.simulated else WithObedientGuests(driver.endpoint)

    def realm_at(self, uri: str) -> Realm:
        return Realm("lab", "Lab", Values({"uri": uri, "pool": self.pool}))

    def unreachable(self) -> LibvirtDriver:
        from dcctl.driver import Endpoint

        realm = self.realm_at("qemu+unix:///system?socket=/nonexistent/libvirt-sock")
        return LibvirtDriver(Endpoint(LibvirtDriver.endpoint_of(realm), (realm,), Values()))

    def belongings(self) -> frozenset[str]:
        import libvirt

        connection = libvirt.open(self.uri)
        try:
            pool = connection.storagePoolLookupByName(self.pool)
            return frozenset(
                [f"domain {name.name()}" for name in connection.listAllDomains()]
                + [f"volume {volume.name()}" for volume in pool.listAllVolumes()]
                + [
                    line.strip()
                    for network in connection.listAllNetworks()
                    for line in network.XMLDesc().splitlines()
                    if "<host " in line
                ]
            )
        finally:
            connection.close()

    @contextmanager
    def domain(self, instance: Instance) -> Iterator[virDomain]:
        """The instance's domain, on a connection of its own: what people do with virsh."""
        import libvirt

        connection = libvirt.open(self.uri)
        try:
            yield connection.lookupByUUIDString(instance.id)
        finally:
            connection.close()

    def rewrite(self, instance: Instance, **changes: object) -> None:
        """Change the record that the instance carries."""
        with self.domain(instance) as domain:
            record, _ = records.read(domain)
            assert record is not None
            records.write(domain, replace(replace(record, schema=SCHEMA), **changes))  # type: ignore[arg-type]

    def hold(self, state: State) -> AbstractContextManager[Driver] | None:
        if state is State.PENDING:
            return self._pending()
        # Simulated guests always hear the button.
        return self._stopping() if state is State.STOPPING and not self.simulated else None

    @contextmanager
    def _pending(self) -> Iterator[Driver]:
        """Instances whose creator is alive: this process."""
        import libvirt

        made: list[Instance] = []
        harness = self

        class StillCreating(LibvirtDriver):
            name = "libvirt"

            def create(self, spec: InstanceSpec, job: Job) -> Instance:
                made.append(super().create(spec, job))
                harness.rewrite(made[-1], phase=Phase.CREATING, worker=this_process("still-creating"))
                return self._again(spec.token, spec.name)

        yield StillCreating(self.open().endpoint)
        for instance in made:
            with suppress(libvirt.libvirtError):  # it may have been destroyed
                self.rewrite(instance, phase=Phase.READY, worker=None)

    @contextmanager
    def _stopping(self) -> Iterator[Driver]:
        import libvirt

        yield LibvirtDriver(self.open().endpoint)
        connection = libvirt.open(self.uri)
        for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_RUNNING):
            domain.destroy()
        connection.close()

    def provoke(self, state: State, spec: InstanceSpec) -> Instance | None:
        """An error: a creation whose creator died before the start."""
        if state is not State.ERROR:
            return None
        driver = self.open()
        instance = driver.create(spec, Job())
        with self.domain(instance) as domain:
            domain.destroy()
        dead = replace(this_process("dead"), process="1:0")
        self.rewrite(instance, phase=Phase.CREATING, worker=dead)
        (found,) = driver.instances(Query(ids=frozenset((instance.id,))))
        driver.close()
        return found

    def refusing(self, spec: InstanceSpec) -> Instance:
        """An instance that a newer dcctl made: it may not be destroyed."""
        driver = self.open()
        instance = driver.create(spec, Job())
        with self.domain(instance) as domain:
            domain.destroy()
            record, _ = records.read(domain)
            assert record is not None
            newer = metadata.written(replace(record, schema=SCHEMA + 1))
            domain.setMetadata(2, newer, metadata.PREFIX, metadata.NAMESPACE, 2)
        driver.close()
        return replace(instance, state=State.STOPPED)

    def release(self, instance: Instance) -> None:
        with self.domain(instance) as domain:
            record, _ = records.read(domain)
            assert record is not None
            older = metadata.written(replace(record, schema=SCHEMA))
            domain.setMetadata(2, older, metadata.PREFIX, metadata.NAMESPACE, 2)

    def foreign(self, name: str) -> Instance:
        import libvirt

        connection = libvirt.open(self.uri)
        try:
            pool = connection.storagePoolLookupByName(self.pool)
            volume = pool.createXML(f"<volume><name>foreign-{name}</name><capacity>1048576</capacity></volume>")
            text = FOREIGN.format(kind="test" if self.simulated else "qemu", name=name, path=volume.path())
            identifier = connection.defineXML(text).UUIDString()
        finally:
            connection.close()
        return Instance(identifier, name, State.STOPPED, foreign=True)

    def clear_foreign(self) -> None:
        import libvirt

        connection = libvirt.open(self.uri)
        try:
            for volume in connection.storagePoolLookupByName(self.pool).listAllVolumes():
                if volume.name().startswith("foreign-"):
                    volume.delete()
        finally:
            connection.close()

    def faults(self) -> Iterator[AbstractContextManager[Driver]]:
        """libvirt fails, at every third of the calls that a create makes."""
        for number in range(0, 300, 3):
            calls = Calls(LibvirtDriver, prefix="vir")
            yield self._failing_at(number, calls)
            if len(calls.names) < number:  # it was done before
                return

    @contextmanager
    def _failing_at(self, number: int, calls: Calls) -> Iterator[Driver]:
        import libvirt

        def fail() -> None:
            failure = libvirt.libvirtError(f"call {number} fails")
            failure.err = None  # not what happened to fail last in this thread: a missing record is no failure
            raise failure

        driver = self.open()
        with calls.interrupted(number, fail):
            yield driver
        driver.close()

    def round_trips(self) -> int | None:
        return self.proxy.round_trips if self.proxy is not None else None

    def vanish(self, domain: virDomain) -> None:
        """Remove the domain and its volumes without the driver."""
        pool = domain.connect().storagePoolLookupByName(self.pool)
        if domain.isActive():
            domain.destroy()
        for volume in pool.listAllVolumes():
            if domain.UUIDString() in volume.name():
                volume.delete()
        domain.undefine()

    def happen(self, instance: Instance, target: State) -> bool:
        with self.domain(instance) as domain:
            doing = {
                (State.RUNNING, State.STOPPED): domain.destroy,
                (State.SUSPENDED, State.STOPPED): domain.destroy,
                (State.RUNNING, State.SUSPENDED): domain.suspend,
                (State.SUSPENDED, State.RUNNING): domain.resume,
                (State.STOPPED, State.RUNNING): domain.create,
            }.get((instance.state, target))
            if target is State.FINISH and instance.state in (State.RUNNING, State.SUSPENDED, State.STOPPED):
                self.vanish(domain)
                return True
            if (instance.state, target) == (State.STOPPED, State.SUSPENDED) and not self.simulated:
                domain.createWithFlags(1)  # started, and paused at once
                return True
            if doing is None:
                return False
            doing()
            return True


def seen(source: str, *targets: str) -> set[str]:
    return {f"{source}: it is seen when the instance becomes {target} by itself" for target in targets}


def refused(source: str, *actions: str) -> set[str]:
    return {f"{source}: {action} is refused, or changes nothing" for action in actions}


ACTIONS = ("start", "stop", "reboot", "suspend", "resume", "destroy")

# What is in a seed is tested where seeds are made; guests without a system run no program. What only a fault of the hypervisor, of a guest or of a disk brings about; an error that can be provoked, a dead creator's, refuses all but
# destroy. What libvirt reports in these states is told apart by the unit tests of states.py.
GAPS = (
    {
        "user data and ssh keys arrive as they were given",
        "the account has the name that was asked for, and the password arrives",
        "meta-data and network configuration arrive as they were given",
        "error: stop leads to stopped",
        "error: resume leads to running",
        "error: power-off stops the instance",
        "command: a program is run to its end",
    }
    | seen("pending", "stopped", "finish")
    | seen("running", "error", "stopping", "unknown")
    | seen("suspended", "stopping", "error")
    | seen("stopping", "running", "suspended", "finish")
    | seen("stopped", "pending", "error")
    | seen("error", "running", "stopped", "suspended", "finish")
    | seen("unknown", "running", "stopped", "suspended", "stopping", "error", "finish")
    | refused("unknown", *ACTIONS)
)

# The simulated hypervisor answers in this process, stops at once, cannot start a guest paused, and its guests have neither consoles nor agents.
SIMULATED_GAPS = (
    {f"{state}: resize gives more storage, and changes nothing else" for state in ("running", "suspended", "stopped")}
    | {"resize: a disk does not shrink, whoever asks"}
    | COPY_GAPS
    | GROWING_GAPS
    | {
        f"{verb}: a dry run foretells what happens to an instance with a volume"
        for verb in ("rename", "resize", "clone", "snapshot create", "image create")
    }
    | {"snapshot revert: a dry run foretells it once a volume is attached"}
    | {
        "listing takes as many round trips for three instances as for one",
        "listing images takes as many round trips when two more are there",
        "stopping: power-off ends the waiting",
    }
    | seen("stopped", "suspended")
    | refused("stopping", *ACTIONS)
    | {"console: it can be typed to, and left, again and again", "stopped: there is no console"}
    | {
        "console: whoever comes second is a conflict or is let in; with force they are let in",
        "error: there is no console",
    }
    | {"stopped: no program runs", "error: no program runs"}
    | {"screen: of an instance that was asked to show it"}
    | {f"create: firmware {each} is what the instance has" for each in ("bios", "uefi", "secure-boot")}
    | {"create: the TPM is what the instance has"}
    | {"console log: its positions fit together", "console log: destroy removes it"}
    | {
        "volume attach: the volume says to whom, and detach that it is free again",
        "volume attach: what is attached already is refused",
        "volume attach: to two at once, and one has it at most",
        "volume destroy: refused while an instance has it, naming the instance",
        "instance destroy: its volumes stay, and are free",
        "volume resize: it grows, free and attached",
        "running: suspended to disk it neither gets volumes nor loses them",
        "volumes of a new instance: attached, and free when it is gone",
        "volumes of a new instance: one that is attached elsewhere is refused",
        "volumes of a new instance: of two creators of one at most one has it",
        "volumes of a new instance: free again when create fails",
    }
)


class TestSimulatedHypervisor(Conformance):
    """``test:///default``: in this process, nothing real, no daemon."""

    driver = LibvirtDriver
    gaps = frozenset(GAPS | SIMULATED_GAPS)

    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls, tmp_path_factory: pytest.TempPathFactory) -> Harness:
        image = tmp_path_factory.mktemp("image") / "disk.raw"
        image.write_bytes(DISK)
        return LibvirtHarness("test:///default", "default-pool", image, timeout=5)


class TestRealLibvirtd(Conformance):
    """A private libvirtd with QEMU. Guests have no system; whether real ones hear the button is tested in test_driver_guests."""

    driver = LibvirtDriver
    gaps = frozenset(GAPS)

    @pytest.fixture(scope="class")
    @classmethod
    def harness(cls, libvirt_host: LibvirtHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
        image = tmp_path_factory.mktemp("image") / "disk.raw"
        image.write_bytes(DISK)
        with LibvirtProxy(libvirt_host.socket_path) as proxy:
            yield LibvirtHarness(proxy.uri, "default", image, timeout=10, proxy=proxy)
