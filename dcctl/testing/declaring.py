"""Checks of what a driver says before it does anything: sentences 1, 2, 3 and 18."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from dcctl.errors import DcctlError
from dcctl.model import Query
from dcctl.testing.judging import translated
from dcctl.testing.packages import modules_there
from dcctl.testing.quiet import listening
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World

# Run in a fresh interpreter. Arguments: the driver's module, the name of its class, which modules to hide ("these" or "all but"), modules.
_ASK = """
import importlib, sys

module, name, which, *modules = sys.argv[1:]
there = sys.stdlib_module_names.union(modules)

class Hidden:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in modules if which == "these" else top not in there:
            raise ModuleNotFoundError(f"{top} is hidden by the conformance suite", name=name)

sys.meta_path.insert(0, Hidden())
driver = getattr(importlib.import_module(module), name)
driver.states, driver.abilities, driver.settings, driver.realm_options
"""


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("the class can be asked without the provider's library", 1, _importable)
    yield Check("the endpoint of a realm is always the same", 1, _pure_endpoint)
    yield Check("the machine of an endpoint only takes away from the class's", 9, _narrower_machine)
    yield Check("the constructor does not connect", 2, _quiet_constructor)
    yield Check("a provider that cannot be reached is an error of the first call", 2, _unreachable)
    yield Check("close is safe when nothing was opened, and twice", 3, _close_unopened)
    yield Check("close is safe after work, and twice", 3, _close_opened)
    yield Check("translate leaves exceptions that it does not know alone", 18, _foreign_exceptions)


def _importable(world: World) -> None:
    driver = world.harness.driver
    if "." in driver.__qualname__:
        raise Gap(f"{driver.__qualname__} is not at the top of a module, so it cannot be imported")
    named = world.harness.library
    hidden = ("these", *named) if named is not None else ("all but", *modules_there(driver))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603  our own interpreter, and names from the harness
        [sys.executable, "-c", _ASK, driver.__module__, driver.__qualname__, *hidden],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        missing = "what is neither Python's, dcctl's nor its own package's" if named is None else ", ".join(named)
        without = f" without {missing}" if missing else ""
        raise Broken(1, f"importing {driver.__module__}{without} fails: {last}")


def _pure_endpoint(world: World) -> None:
    driver = world.harness.driver
    with listening() as heard:
        realms = driver.implicit_realms()
    if heard:
        raise Broken(1, f"implicit_realms does I/O: {heard[0]}")
    if driver.implicit_realms() != realms:
        raise Broken(1, "asked twice for its implicit realms, it gives different ones")
    for realm in (world.harness.realm, *realms):
        with listening() as heard:
            first, second = driver.endpoint_of(realm), driver.endpoint_of(realm)
        if not isinstance(first, str) or not first:
            raise Broken(1, f"the endpoint of the realm {realm.id} is {first!r}, not a text")
        if first != second:
            raise Broken(1, f"the realm {realm.id} belongs to {first}, and asked again to {second}")
        if heard:
            raise Broken(1, f"endpoint_of does I/O: {heard[0]}")


def _narrower_machine(world: World) -> None:
    """Whatever the endpoint's machine says, the class's says; that it says less is the driver's right."""
    own, whole = world.machine, world.harness.driver.states
    for here in own.transitions:
        same = [
            t for t in whole.transitions if (t.source, t.action, t.trigger) == (here.source, here.action, here.trigger)
        ]
        if not any(set(here.targets) <= set(there.targets) for there in same):
            how = here.action or here.trigger.value
            raise Broken(9, f"the machine of the endpoint says {how} in {here.source}, and the class's does not")


def _quiet_constructor(world: World) -> None:
    threads = set(threading.enumerate())
    with listening() as heard:
        driver = world.harness.open()
    begun = set(threading.enumerate()) - threads
    driver.close()
    if heard:
        raise Broken(2, f"the constructor does I/O: {heard[0]}")
    if begun:  # what it does there is out of hearing
        raise Broken(2, f"the constructor starts a thread: {begun.pop().name}")


def _unreachable(world: World) -> None:
    driver = world.harness.unreachable()
    if driver is None:
        raise Gap("the harness has no provider that cannot be reached")
    try:
        list(driver.instances(Query.everything()))
    except Exception as error:
        if not isinstance(error, DcctlError) and driver.translate(error) is None:
            name = type(error).__name__
            raise Broken(18, f"translate does not know {name}, raised as the provider cannot be reached") from error
        translated(driver, error)
    else:
        raise Broken(2, "a provider that cannot be reached answers with a list of instances")
    finally:
        world.call(driver.close, driver=driver)


def _close_unopened(world: World) -> None:
    driver = world.harness.open()
    for _ in range(2):
        world.call(driver.close, driver=driver)


def _close_opened(world: World) -> None:
    driver = world.harness.open()
    world.call(lambda: list(driver.instances(Query.everything())), driver=driver)
    for _ in range(2):
        world.call(driver.close, driver=driver)


class _Unheard(Exception):
    """An exception that no driver can know."""


def _foreign_exceptions(world: World) -> None:
    translated(world.driver, _Unheard("nobody knows this"))
    if world.driver.translate(_Unheard("nobody knows this")) is not None:
        raise Broken(18, "translate claims to know an exception that it cannot know")
