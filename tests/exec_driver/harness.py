"""What the conformance suite must know of the two examples: where they keep their cloud, and what belongs to it."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import TYPE_CHECKING

from dcctl import registry
from dcctl.hardware import Fixed, HardwareProfile, Property, Range
from dcctl.model import State
from dcctl.testing.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance

EXAMPLES = Path(__file__).parent / "examples"

HWP = HardwareProfile(
    "small",
    {Property.CPU: Fixed(1), Property.MEMORY: Range(256, 1024, 256), Property.ARCHITECTURE: Fixed("x86_64")},
)


class ExampleHarness(Harness):
    """A new folder with an example's cloud in it. What belongs to it are the files there, and the processes that its instances are."""

    def __init__(self, example: str, *, image: str, image_file: str | None = None) -> None:
        self.description = EXAMPLES / example
        self.root = Path(mkdtemp(prefix="dcctl-exec-"))
        driver = registry.load(f"exec:{self.description}")
        super().__init__(
            driver,
            image=image,
            settings={"path": str(self.root)},
            hwp=HWP,
            overrides={Property.MEMORY: 512},
            image_file=image_file,
        )

    def close(self) -> None:
        for number in self.instance_processes():
            os.kill(number, signal.SIGKILL)
        shutil.rmtree(self.root)

    def unreachable(self) -> Driver:
        return self.open_with({"path": "/proc/no-such-folder"})

    def happen(self, instance: Instance, target: State) -> bool:
        """A process ends by itself."""
        if target is not State.STOPPED:
            return False
        number = int((self.root / "processes" / instance.id).read_text("ascii").split()[0])
        os.killpg(number, signal.SIGKILL)
        return True

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
            if any(word.startswith(folder) and b"images" not in word for word in command.split(b"\0")):
                yield number

    def instance_processes(self) -> list[int]:
        """Every process whose standard output is in the cloud's folder."""
        return [number for number, _ in _processes("stat") if self._is_instance(number)]

    def _is_instance(self, number: int) -> bool:
        try:
            return Path(f"/proc/{number}/fd/1").readlink().is_relative_to(self.root)
        except OSError:
            return False


def _processes(file: str) -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / file).read_bytes()
            except OSError:  # it has ended
                continue
