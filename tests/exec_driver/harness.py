"""What the conformance suite must know of the two examples: where they keep their cloud, and what belongs to it."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import TYPE_CHECKING

from dcctl import registry
from dcctl.abilities import ImportImages
from dcctl.driver import perform
from dcctl.hardware import Fixed, HardwareProfile, Property, Range
from dcctl.job import Job
from dcctl.model import Action, ImageSpec, State
from dcctl.testing import Harness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from dcctl.driver import Driver
    from dcctl.model import Instance, InstanceSpec

EXAMPLES = Path(__file__).parent / "examples"

HWP = HardwareProfile(
    "small",
    {Property.CPU: Fixed(1), Property.MEMORY: Range(256, 1024, 256), Property.ARCHITECTURE: Fixed("x86_64")},
)


# A service that ends when it is told to; while the file hold is there, it takes its time.
SERVICE = """#!/usr/bin/perl
$SIG{{TERM}} = sub {{ select undef, undef, undef, 0.02 while -e '{root}/hold'; exit }};
sleep 1000 while 1;
"""


class ExampleHarness(Harness):
    """A new folder with an example's cloud in it. What belongs to it are the files there, and the processes that its instances are."""

    def __init__(self, example: str, *, image: str) -> None:
        self.description = EXAMPLES / example
        self.root = Path(mkdtemp(prefix="dcctl-exec-"))
        service = self.root / "service"
        service.write_text(SERVICE.format(root=self.root), "ascii")
        super().__init__(
            registry.load(f"exec:{self.description}"),
            image=image,
            settings={"path": str(self.root)},
            hwp=HWP,
            overrides={Property.MEMORY: 512},
            image_file=str(service),
        )

    def close(self) -> None:
        for number in self.instance_processes():
            os.killpg(number, signal.SIGKILL)
        shutil.rmtree(self.root)

    def unreachable(self) -> Driver:
        return self.open_with({"path": "/proc/no-such-folder"})

    def provoke(self, state: State, spec: InstanceSpec) -> Instance | None:
        """As if the program had been killed before it wrote down the process."""
        if state is not State.ERROR:
            return None
        instance = self.open().create(spec, Job())
        self.happen(instance, State.STOPPED)
        self.process_file(instance).unlink()
        return instance

    def happen(self, instance: Instance, target: State) -> bool:
        """A process ends by itself."""
        if target is not State.STOPPED:
            return False
        os.killpg(int(self.process_file(instance).read_text("ascii").split()[0]), signal.SIGKILL)
        return True

    def process_file(self, instance: Instance) -> Path:
        return self.root / "processes" / instance.id

    def belongings(self) -> frozenset[str]:
        """A program whose dcctl was killed may still be rolling back: what it leaves is known only when it has ended."""
        end = monotonic() + 10
        while any(self.program_processes()) and monotonic() < end:
            sleep(0.02)
        files = (str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir())
        return frozenset([*files, *(f"process {number}" for number in self.instance_processes())])

    def program_processes(self) -> Iterator[int]:
        """The example's programs that are at work."""
        folder = os.fsencode(self.description.parent)
        for number, command in _processes("cmdline"):
            if any(word.startswith(folder) and b"/images/" not in word for word in command.split(b"\0")):
                yield number

    def instance_processes(self) -> list[int]:
        """Every process that began a session of its own and writes into the cloud's folder."""
        return [number for number, _ in _processes("stat") if self._is_instance(number)]

    def _is_instance(self, number: int) -> bool:
        try:
            writes_here = Path(f"/proc/{number}/fd/1").readlink().is_relative_to(self.root)
            return writes_here and os.getsid(number) == number
        except OSError:
            return False


class ServicesHarness(ExampleHarness):
    """The example in Perl: images are imported, stopping takes as long as the service likes, and instances can be protected."""

    def __init__(self) -> None:
        super().__init__("perl/services.yaml", image="service")
        if self.image_file is None:
            raise ValueError("an image is made of this file")
        spec = ImageSpec("first", "service", self.image_file, self.realm)
        importing = self.open()
        if not isinstance(importing, ImportImages):
            raise TypeError("the description names a program for import_image")
        importing.import_image(spec, Job())

    @contextmanager
    def _holding(self) -> Iterator[Driver]:
        hold = self.root / "hold"
        hold.touch()
        yield self.open()
        hold.unlink()

    def hold(self, state: State) -> AbstractContextManager[Driver] | None:
        return self._holding() if state is State.STOPPING else None

    def refusing(self, spec: InstanceSpec) -> Instance:
        driver = self.open()
        instance = perform(driver, Action.STOP, driver.create(spec, Job()), Job())
        self._protection(instance).touch()
        return instance

    def release(self, instance: Instance) -> None:
        self._protection(instance).unlink()

    def received(self, instance: Instance) -> dict[str, object]:
        folder = self.root / "instances" / instance.id
        keys = (folder / "authorized-keys").read_text("utf-8").splitlines()
        return {"user_data": (folder / "user-data").read_bytes(), "ssh_keys": tuple(keys)}

    def _protection(self, instance: Instance) -> Path:
        return self.root / "instances" / instance.id / "protected"

    def process_file(self, instance: Instance) -> Path:
        return self.root / "instances" / instance.id / "process"


def _processes(file: str) -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / file).read_bytes()
            except OSError:  # it has ended
                continue
