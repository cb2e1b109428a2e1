"""Checks of drivers that show screens: sentences 5, 8 and 10."""

from __future__ import annotations

from dcctl.abilities import Screens
from dcctl.errors import DcctlError, NotAllowed, NotFound, NotSupported
from dcctl.job import Job
from dcctl.model import Action, State
from dcctl.nouns.screens import Screen
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World


def checks(driver: type[Driver]) -> Iterator[Check]:
    yield Check("screen: of an instance that was asked to show it", 8, _shown)
    yield Check("screen: an instance that was not asked to show it does not, or all the same", 10, _not_asked)
    if State.STOPPED in driver.states.states:
        yield Check("stopped: there is no screen", 5, _stopped)


def _screen(world: World, instance: Instance) -> Screen:
    driver = world.driver
    if not isinstance(driver, Screens):
        raise Gap("this endpoint shows no screens")
    found = world.call(driver.screen, instance)
    if not isinstance(found, Screen) or not found.host or not 0 < found.port < 1 << 16:
        raise Broken(8, f"screen gives {found!r}, not a host and a port")
    return found


def _shown(world: World) -> None:
    try:
        instance = world.call(world.driver.create, world.spec(vnc=True), Job())
    except NotSupported as error:
        raise Gap(f"this endpoint shows no screens: {error.message}") from error
    world.own(instance)
    instance = world.settle(instance, Action.CREATE)
    _screen(world, instance)
    world.destroy(instance)


def _not_asked(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        try:
            _screen(world, instance)
        except (NotFound, NotAllowed):
            return
        except DcctlError as error:
            raise Broken(10, f"an instance that shows no screen gives {type(error).__name__}, not NotFound") from error


def _stopped(world: World) -> None:
    with world.at(State.STOPPED) as instance:
        try:
            _screen(world, instance)
        except (NotAllowed, NotFound):
            return
        except DcctlError as error:
            raise Broken(5, f"the screen of what is stopped raised {type(error).__name__}: {error.message}") from error
        raise Broken(5, "there is a screen of what is stopped")
