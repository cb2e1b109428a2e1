"""Checks of drivers that keep what consoles say: sentences 8, 10 and 17."""

from __future__ import annotations

from dcctl.abilities import ConsoleLog
from dcctl.errors import DcctlError, NotFound, NotSupported
from dcctl.job import Job
from dcctl.model import Action
from dcctl.nouns.consoles import ConsolePart
from dcctl.testing.routes import resting_state
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

_MOST = 1 << 16


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("console log: its positions fit together", 8, _positions)
    yield Check("console log: an instance that was not asked to keep one has none, or one all the same", 10, _not_asked)
    yield Check("console log: of an instance that is gone there is none", 11, _gone)
    yield Check("console log: destroy removes it", 17, _removed)


def _created(world: World) -> Instance:
    """An instance that keeps a log."""
    try:
        instance = world.call(world.driver.create, world.spec(console_log=True), Job())
    except NotSupported as error:
        raise Gap(f"this endpoint keeps no console log: {error.message}") from error
    world.own(instance)
    return world.settle(instance, Action.CREATE)


def _read(world: World, instance: Instance, start: int, most: int = _MOST) -> ConsolePart:
    driver = world.driver
    if not isinstance(driver, ConsoleLog):
        raise Gap("this endpoint keeps no console logs")
    part = world.call(driver.console_log, instance, start, most)
    if not isinstance(part, ConsolePart) or not isinstance(part.content, bytes):
        raise Broken(8, f"console_log gives {part!r}, not a ConsolePart with bytes")
    if len(part.content) > most:
        raise Broken(8, f"at most {most} bytes were asked for, and console_log gives {len(part.content)}")
    return part


def _positions(world: World) -> None:
    instance = _created(world)
    whole = _read(world, instance, 0)
    if whole.start != 0:
        raise Broken(8, f"the log from position 0 on begins at {whole.start}")
    if whole.content:
        # It may have grown meanwhile; what was there is there.
        half = len(whole.content) // 2
        for start, most in ((half, _MOST), (0, half or 1)):
            part = _read(world, instance, start, most)
            if part.start != start or not part.content.startswith(whole.content[start : start + most]):
                raise Broken(8, f"the log from position {start} on is not what it was as a part of the whole")
    end = _read(world, instance, -1)
    if end.start + len(end.content) < len(whole.content) or len(end.content) > 1:
        raise Broken(8, "the log from position -1 on is not its last byte")
    world.destroy(instance)


def _not_asked(world: World) -> None:
    with world.at(resting_state(world.machine)) as instance:
        try:
            _read(world, instance, 0)
        except (NotFound, NotSupported):
            return
        except DcctlError as error:
            raise Broken(10, f"an instance that keeps no log gives {type(error).__name__}, not NotFound") from error


def _gone(world: World) -> None:
    try:
        _read(world, world.gone(), 0)
    except (NotFound, NotSupported):
        return
    except DcctlError as error:
        raise Broken(11, f"the log of an instance that is gone gives {type(error).__name__}, not NotFound") from error
    raise Broken(11, "there is a log of an instance that is gone")


def _removed(world: World) -> None:
    before = world.belongings()
    world.destroy(_created(world))
    if left := world.belongings() - before:
        raise Broken(17, f"destroying an instance with a console log leaves behind: {', '.join(sorted(left))}")
