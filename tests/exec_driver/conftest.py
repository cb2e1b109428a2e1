"""A driver whose every operation is one program, written by the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dcctl import registry
from dcctl.driver import Endpoint
from dcctl.settings import parse_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dcctl.driver import Driver

DESCRIPTION = """\
exec: 1
name: rack
summary: boards in the lab rack
states:
  start: {create: pending}
  pending: {automatically: [running, error]}
  running: {stop: stopped, spontaneously: [stopped, error]}
  stopped: {start: running, destroy: finish}
  error: {destroy: finish}
abilities: {name: {max_length: 20}, user_data: {max_bytes: 4096}, ssh_keys: {max_count: 4}}
settings:
  token: {type: secret, summary: the key to the rack}
timeout: 10s
programs:
  instances: ./program
  images: [./program, --all]
  create: {run: [./program], timeout: 20s}
  start: ./program
  stop: ./program
  destroy: ./program
  import_image: ./program
"""

WEB = {"id": "i1", "name": "web", "state": "running"}


@pytest.fixture
def description(tmp_path: Path) -> Path:
    """A right description, whose program must still be written."""
    tmp_path.chmod(0o755)
    file = tmp_path / "rack.yaml"
    file.write_text(DESCRIPTION, "utf-8")
    return file


@pytest.fixture
def rack(description: Path) -> Callable[..., Driver]:
    """Makes a driver object from the text of its program, in sh unless it says otherwise; ``changes`` are made to the description."""

    def make(script: str, *changes: tuple[str, str]) -> Driver:
        program = description.parent / "program"
        program.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n", "utf-8")
        program.chmod(0o755)
        text = description.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        description.write_text(text, "utf-8")
        driver = registry.load(f"exec:{description}")
        values, problems = parse_values(driver.settings, {"token": "hunter2"})
        assert not problems
        return driver(Endpoint("rack", driver.implicit_realms(), values))

    return make
