"""Mock clouds for the tests of the mock driver: a driver object, a request, a fresh file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from dcctl.driver import Endpoint
from dcctl.hardware import Fixed, HardwareProfile, Property, Range
from dcctl.model import Field, Image, Instance, InstanceSpec, Query, Realm
from dcctl.settings import Values, parse_values
from dcctl_drivers.mock import MockDriver

US = Realm("us", "United States", Values())
LARGE = HardwareProfile("m1-large", {Property.CPU: Range(1, 6, 1), Property.ARCHITECTURE: Fixed("x86_64")})


def mock(path: Path, **settings: object) -> MockDriver:
    values, problems = parse_values(MockDriver.settings, {"path": str(path), **settings})
    assert not problems
    return MockDriver(Endpoint("mock", (US,), values))


def spec(name: str, *, image: str = "img1", cpu: int | None = None, keys: tuple[str, ...] = ()) -> InstanceSpec:
    overrides = {} if cpu is None else {Property.CPU: cpu}
    return InstanceSpec(
        token=str(uuid4()),
        name=name,
        image=Image(image, image),
        hwp=LARGE,
        hardware=LARGE.resolve(overrides),
        overrides=overrides,
        realm=US,
        ssh_keys=keys,
    )


def everything(driver: MockDriver) -> dict[str, Instance]:
    return {instance.name: instance for instance in driver.instances(Query.everything(*Field))}


def processes(count: int, program: str, *arguments: str) -> list[tuple[int, str]]:
    """Run the program several times at once; the exit status and the output of each. They wait for each other at a pipe."""
    gate, opener = os.pipe()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", f"import os; os.read({gate}, 1)\n{program}", str(number), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            pass_fds=(gate,),
        )
        for number in range(count)
    ]
    os.close(gate)
    os.close(opener)  # the end of the file opens the gate for all
    outputs = [(process.communicate(timeout=60)[0], process) for process in started]
    return [(process.returncode, output) for output, process in outputs]
