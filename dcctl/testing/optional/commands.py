"""Checks of drivers that run programs inside of instances: sentences 5 and 8."""

from __future__ import annotations

from time import monotonic, sleep

from dcctl.abilities import Commands
from dcctl.errors import DcctlError, NotAllowed, NotFound, NotSupported, Unreachable
from dcctl.job import Job
from dcctl.model import State
from dcctl.nouns.commands import Ended
from dcctl.testing.asking import INTERVAL_SECONDS
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

_OFF = (State.STOPPED, State.ERROR, State.FINISH)
_PROGRAM = ("true", "and its argument")


def checks(driver: type[Driver]) -> Iterator[Check]:
    if State.RUNNING in driver.states.states:
        yield Check("command: a program is run to its end", 8, _run)
    for state in _OFF:
        if state in driver.states.states:
            yield _refused(state)


def _able(world: World) -> Commands:
    driver = world.driver
    if not isinstance(driver, Commands):
        raise Gap("this endpoint runs no programs")
    return driver


def _run(world: World) -> None:
    able = _able(world)
    with world.at(State.RUNNING) as instance:
        try:
            word = world.call(able.begin_command, instance, _PROGRAM, b"", Job())
        except (Unreachable, NotSupported, NotFound) as error:
            raise Gap(f"no program can be run in an instance of the suite: {error.message}") from error
        end = monotonic() + world.harness.timeout
        while (ended := world.call(able.end_of_command, instance, word)) is None:
            if monotonic() > end:
                raise Broken(8, f"the program {_PROGRAM[0]} has not ended within {world.harness.timeout:g} seconds")
            sleep(INTERVAL_SECONDS)
        whole = isinstance(ended, Ended) and isinstance(ended.stdout, bytes) and isinstance(ended.stderr, bytes)
        if not whole or not isinstance(ended.exit_status, int):
            raise Broken(8, f"end_of_command gives {ended!r}, not how the program ended")


def _refused(state: State) -> Check:
    def run(world: World) -> None:
        if state is State.FINISH:
            _must_be_refused(world, world.gone())
            return
        with world.at(state) as instance:
            _must_be_refused(world, instance)

    return Check(f"{state}: no program runs", 5, run)


def _must_be_refused(world: World, instance: Instance) -> None:
    able = _able(world)
    try:
        world.call(able.begin_command, instance, _PROGRAM, b"", Job())
    except (NotAllowed, NotFound):
        return
    except NotSupported as error:
        raise Gap(f"this endpoint runs no programs: {error.message}") from error
    except DcctlError as error:
        raise Broken(
            5, f"a program in what is {instance.state} raised {type(error).__name__}: {error.message}"
        ) from error
    raise Broken(5, f"a program runs in what is {instance.state}")
