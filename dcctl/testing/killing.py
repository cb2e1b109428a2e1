"""Checks of what a create leaves behind whose process is killed, at its stages and between them: sentence 16."""

from __future__ import annotations

import os
import signal
from time import monotonic, sleep

from dcctl.errors import Conflict
from dcctl.job import Job
from dcctl.model import Action, State
from dcctl.testing.asking import INTERVAL_SECONDS
from dcctl.testing.calls import Calls
from dcctl.testing.judging import as_asked
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import followers, resting_state
from dcctl.testing.stages import interrupted
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance, InstanceSpec
    from dcctl.testing.world import World

    Doom = Callable[[InstanceSpec], None]

# At so many of the calls that a create makes, evenly spread, its process is killed.
_MOMENTS = 12
# What the provider goes on doing for a process that is gone, it has shown after that time.
_LATE_SECONDS = 0.5

_DONE, _TAKEN, _WENT_WRONG = 0, 3, 1  # exit statuses of a process that was not killed


def checks(_driver: type[Driver]) -> Iterator[Check]:
    yield Check("create: killed at any stage, it leaves only what destroy removes", 16, _at_stages)
    yield Check("create: killed between its stages, it leaves only what destroy removes", 16, _between_stages)


def _at_stages(world: World) -> None:
    _must_be_shared(world)
    stages: list[str] = []
    world.settle(world.create(job=WatchedJob(report=stages.append)), Action.CREATE)

    def doom(position: int) -> Doom:
        return lambda spec: _create(world, spec, interrupted(position, lambda _: _die()))

    _kill(world, [(f"a create that was killed at the stage {stage!r}", doom(n)) for n, stage in enumerate(stages)])


def _between_stages(world: World) -> None:
    _must_be_shared(world)
    calls = Calls(world.harness.driver)
    with calls.counted():
        instance = world.create()
    world.settle(instance, Action.CREATE)
    if not calls.names:
        raise Gap("the driver's create calls nothing, or does so in threads of its own")

    def doom(number: int) -> Doom:
        def run(spec: InstanceSpec) -> None:
            with Calls(world.harness.driver).interrupted(number, _die):
                _create(world, spec, WatchedJob())

        return run

    total = len(calls.names)
    numbers = sorted({round(moment * (total - 1) / (_MOMENTS - 1)) for moment in range(_MOMENTS)})
    _kill(world, [(f"a create that was killed before its call of {calls.names[n]}", doom(n)) for n in numbers])


def _must_be_shared(world: World) -> None:
    if not world.harness.shared:
        raise Gap("another process does not see the same cloud")


def _create(world: World, spec: InstanceSpec, job: Job) -> None:
    world.harness.open().create(spec, job)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill(world: World, dooms: list[tuple[str, Doom]]) -> None:
    """Have a create killed in each way; what it leaves must be tidy at once, when the provider has finished, and after the next create."""
    before = world.belongings()
    remains: dict[str, str] = {}
    victims: list[tuple[InstanceSpec, str]] = []
    for what, doom in dooms:
        spec = world.spec()
        _in_another_process(doom, spec, what, world.harness.timeout)
        victims.append((spec, what))
        _destroy_instance(world, spec, what)
        remains.update(dict.fromkeys(world.belongings() - before - remains.keys(), what))
    end = monotonic() + _LATE_SECONDS
    while monotonic() < end:
        for spec, what in victims:
            _destroy_instance(world, spec, what)
        sleep(INTERVAL_SECONDS)
    for spec, what in victims:
        _name_is_free(world, spec, what)
    if left := sorted(world.belongings() - before):
        what = remains.get(left[0], "a create that was killed")
        raise Broken(16, f"{what} leaves behind what neither destroy nor the next create removes: {', '.join(left)}")


def _in_another_process(doom: Doom, spec: InstanceSpec, what: str, patience: float) -> None:
    """Have it create there. It may wait for ever for a lock of the provider's library that a thread of ours held at the fork: then it dies there."""
    child = os.fork()
    if not child:
        status = _WENT_WRONG
        try:
            doom(spec)
            status = _DONE
        except Conflict:
            status = _TAKEN
        finally:
            os._exit(status)
    ended = _waited_for(child, patience)
    if not os.WIFSIGNALED(ended) and os.waitstatus_to_exitcode(ended) != _DONE:
        raise Gap(f"{what} could not be brought about: in another process create fails before it comes to that")


def _waited_for(child: int, patience: float) -> int:
    """How the process ended; after so many seconds it is killed."""
    end = monotonic() + patience
    while monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        sleep(INTERVAL_SECONDS)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _destroy_instance(world: World, spec: InstanceSpec, what: str) -> None:
    """Destroy what is listed under the name. Something may still be at work on it for a while."""
    end = monotonic() + world.harness.timeout
    while instances := world.called(spec.name):
        instance = instances[0]
        world.own(instance)
        if _may_be_destroyed(world, instance, spec, what):
            world.destroy(instance)
        elif monotonic() > end:
            raise Broken(16, f"{what} leaves an instance that cannot be destroyed: it stays {instance.state}")
        else:
            sleep(INTERVAL_SECONDS)


def _may_be_destroyed(world: World, instance: Instance, spec: InstanceSpec, what: str) -> bool:
    """Whether it has come to where destroy can be reached. It must be in error, on its way to be complete, or complete."""
    machine, state = world.machine, instance.state
    begin = machine.step(State.START, Action.CREATE) or State.PENDING
    way = {State.PENDING, begin, State.ERROR, *followers(machine, begin, Action.CREATE, spontaneous=False)}
    if state not in way:
        raise Broken(16, f"{what} leaves an instance that is {state}")
    if state is resting_state(machine):
        as_asked(instance, spec, f"the instance that {what} leaves {state}", 16)
    if reason := instance.refused.get(Action.DESTROY):
        raise Broken(16, f"{what} leaves an instance that refuses to be destroyed: {reason}")
    return machine.settled(state) or machine.step(state, Action.DESTROY) is not None


def _name_is_free(world: World, spec: InstanceSpec, what: str) -> None:
    try:
        world.destroy(world.created(world.spec(spec.name)))
    except Conflict as error:
        raise Broken(16, f"{what} leaves the name {spec.name} taken, and nothing is listed under it") from error
