"""What the conformance suite must know of the mock driver: people tell it by settings, and so does the suite."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from dcctl.driver import perform
from dcctl.hardware import HardwareProfile, Property, Range
from dcctl.job import Job
from dcctl.model import Action, InstanceSpec, Query, State
from dcctl.testing import Harness
from dcctl_drivers.mock import MockDriver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dcctl.driver import Driver
    from dcctl.model import Instance

PROTECTED = "guarded"
LARGE = HardwareProfile("m1-large", {Property.CPU: Range(1, 6, 1), Property.MEMORY: Range(7680, 15360, 10240)})


class MockHarness(Harness):
    """A mock cloud in a folder of its own; what people tell the driver by settings, the suite tells it here."""

    def __init__(self, folder: Path, driver: type[MockDriver] = MockDriver) -> None:
        self.folder = folder
        self._foreign = 0
        self.path = folder / "state" / "mock.sqlite3"
        image_file = folder / "image"
        image_file.write_bytes(b"an image" * 1000)
        super().__init__(
            driver,
            image="img1",
            settings={
                "path": str(self.path),
                "protected": [PROTECTED],
                "foreign": ["inst-*"],
            },
            hwp=LARGE,
            overrides={Property.MEMORY: 12288},
            image_file=str(image_file),
        )

    def with_settings(self, **settings: object) -> Driver:
        return self.open_with({**self.settings, **settings})

    def unreachable(self) -> Driver:
        return self.with_settings(path=str(self.folder / "image" / "mock.sqlite3"))

    def hold(self, state: State) -> AbstractContextManager[Driver]:
        return self._long(state)

    @contextmanager
    def _long(self, state: State) -> Iterator[Driver]:
        yield self.with_settings(**{state.value: "1h"})
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE instances SET settles = 0 WHERE settles IS NOT NULL")

    def provoke(self, state: State, spec: InstanceSpec) -> Instance | None:
        if state is not State.ERROR:
            return None
        return self.with_settings(end_in_error=spec.name).create(spec, Job())

    def refusing(self, spec: InstanceSpec) -> Instance:
        free = self.with_settings(protected=[])
        return perform(free, Action.STOP, free.create(replace(spec, name=PROTECTED), Job()), Job())

    def release(self, instance: Instance) -> None:
        perform(self.with_settings(protected=[]), Action.DESTROY, instance, Job())

    def foreign(self, name: str) -> Instance:
        """A row under a number as the setting names them: below zero, where the cloud itself makes none."""
        driver = self.open()
        image = next(iter(driver.images(Query.called(self.image))))
        spec = InstanceSpec("foreign", name, image, LARGE, LARGE.resolve({}), {}, self.realm)
        made = perform(driver, Action.STOP, driver.create(spec, Job()), Job())
        self._foreign += 1
        with closing(sqlite3.connect(self.path)) as connection, connection:
            change = "UPDATE instances SET number = ? WHERE 'inst' || number = ?"
            connection.execute(change, (-self._foreign, made.id))
        return replace(made, id=f"inst{-self._foreign}")

    def faults(self) -> Iterator[AbstractContextManager[Driver]]:
        yield nullcontext(self.with_settings(fail="create:capacity"))
        yield self._full()

    @contextmanager
    def _full(self) -> Iterator[Driver]:
        """The database takes no record any more."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("CREATE TRIGGER full AFTER INSERT ON instances BEGIN SELECT RAISE(ABORT, 'full'); END")
            yield self.open()
            connection.execute("DROP TRIGGER full")

    def received(self, instance: Instance) -> dict[str, object]:
        with closing(sqlite3.connect(self.path)) as connection:
            user_data, ssh_keys, password_hash, meta_data, network_config = connection.execute(
                "SELECT user_data, ssh_keys, password_hash, meta_data, network_config FROM instances"
                " WHERE 'inst' || number = ?",
                (instance.id,),
            ).fetchone()
        return {
            "user_data": user_data,
            "ssh_keys": tuple(ssh_keys.splitlines()) if ssh_keys else (),
            "password_hash": password_hash,
            "meta_data": json.loads(meta_data) if meta_data else {},
            "network_config": network_config,
        }

    def belongings(self) -> frozenset[str]:
        list(self.open().images(Query.everything()))  # the first call fills the cloud with its fixtures
        with closing(sqlite3.connect(self.path)) as connection:
            found = connection.execute(
                "SELECT 'instance ' || number FROM instances UNION SELECT 'image ' || number FROM images"
            ).fetchall()
        return frozenset(name for (name,) in found)
