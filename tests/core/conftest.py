from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.lab_driver import LABS, Lab, LabDriver
from dcctl.cloud import Cloud
from dcctl.driver import Driver
from dcctl.model import Image, Instance, State

CATALOGUE = """
version: 1
hardware_profiles:
  small: {cpu: 1, memory: 512 MiB, storage: 10 GiB, architecture: x86_64}
  large:
    cpu: {range: [1, 8], default: 2}
    memory: {range: [2 GiB, 32 GiB], default: 4 GiB}
    storage: {choices: [20 GiB, 40 GiB]}
    architecture: {choices: [x86_64, aarch64]}
  opaque: {}
realms:
  near: {lab: {}, watching-lab: {}}
  far: {lab: {}, watching-lab: {}, limits: {instances: 2, memory: 5 GiB}}
"""


@pytest.fixture
def labs() -> Iterator[dict[str, Lab]]:
    """Two endpoints: near has debian and two instances, far has debian and alpine and one instance."""
    LABS["near"] = Lab(
        images=[Image("debian-1", "debian", realm="near", architecture="x86_64", minimum_storage_gib=15)]
    )
    LABS["far"] = Lab(
        images=[
            Image("debian-2", "debian", realm="far", architecture="x86_64"),
            Image("alpine-1", "alpine", realm="far", architecture="aarch64"),
        ]
    )
    LABS["near"].put(Instance("i-1", "web", State.RUNNING, realm="near"))
    LABS["near"].put(Instance("i-2", "db", State.STOPPED, realm="near"))
    LABS["far"].put(Instance("i-3", "web", State.RUNNING, realm="far"))
    yield LABS
    LABS.clear()


@pytest.fixture
def open_cloud(labs: dict[str, Lab], tmp_path: Path) -> Iterator[Callable[[type[Driver]], Cloud]]:
    catalogue = tmp_path / "profiles.yaml"
    catalogue.write_text(CATALOGUE)
    opened: list[Cloud] = []

    def make(driver: type[Driver]) -> Cloud:
        opened.append(Cloud(driver, catalogue=str(catalogue)))
        return opened[-1]

    yield make
    for cloud in opened:
        cloud.close()


@pytest.fixture
def cloud(open_cloud: Callable[[type[Driver]], Cloud]) -> Cloud:
    return open_cloud(LabDriver)
