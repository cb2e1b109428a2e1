"""Checks of drivers that connect to consoles: sentences 5, 6 and 9."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from socket import socket

from dcctl.abilities import Console
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound, NotSupported
from dcctl.model import State
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

_OFF = (State.STOPPED, State.ERROR, State.FINISH)


def checks(driver: type[Driver]) -> Iterator[Check]:
    if State.RUNNING in driver.states.states:
        yield Check("console: it can be typed to, and left, again and again", 9, _typed_to)
        yield Check("console: whoever comes second is a conflict or is let in; with force they are let in", 6, _second)
    for state in _OFF:
        if state in driver.states.states:
            yield _refused(state)


@contextmanager
def _connected(world: World, instance: Instance, *, force: bool = False) -> Iterator[socket]:
    """Be connected. An exception of the driver is raised as ours."""
    driver = world.driver
    if not isinstance(driver, Console):
        raise Gap("this endpoint has no consoles")
    with ExitStack() as stack:
        try:
            connected = world.call(stack.enter_context, world.call(driver.console, instance, force=force))
        except NotSupported as error:
            raise Gap(f"this endpoint has no consoles: {error.message}") from error
        if not isinstance(connected, socket):
            raise Broken(9, f"console yields a {type(connected).__name__}, not a socket")
        yield connected


def _connect(world: World, instance: Instance, *, force: bool = False) -> None:
    """Connect, type, and leave."""
    with _connected(world, instance, force=force) as connected:
        connected.sendall(b"\r")


def _typed_to(world: World) -> None:
    with world.at(State.RUNNING) as instance:
        for _ in range(2):
            _connect(world, instance)


def _second(world: World) -> None:
    with world.at(State.RUNNING) as instance, _connected(world, instance):
        try:
            _connect(world, instance)
        except Conflict:
            pass
        except DcctlError as error:
            raise Broken(6, f"a second one at the console gets {type(error).__name__}, not Conflict") from error
        _connect(world, instance, force=True)


def _refused(state: State) -> Check:
    def run(world: World) -> None:
        if state is State.FINISH:
            _must_be_refused(world, world.gone())
            return
        with world.at(state) as instance:
            _must_be_refused(world, instance)

    return Check(f"{state}: there is no console", 5, run)


def _must_be_refused(world: World, instance: Instance) -> None:
    try:
        _connect(world, instance)
    except (NotAllowed, NotFound):
        return
    except DcctlError as error:
        raise Broken(
            5, f"a console of what is {instance.state} raised {type(error).__name__}: {error.message}"
        ) from error
    raise Broken(5, f"there is a console of what is {instance.state}")
