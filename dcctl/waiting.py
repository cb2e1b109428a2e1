"""Waiting until an instance is where it should be, by the driver's events where it has them, else by asking again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

from dcctl.abilities import PowerOff, Watch
from dcctl.endpoints import answer, border
from dcctl.errors import Cancelled, DcctlError, Failed, NotAllowed, NotFound, NotSupported, Timeout, Unreachable
from dcctl.model import Field, Query, State
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.plan import Step

    Answer = TypeVar("Answer")

# Without events: ask soon, then less and less often. With events: ask now and then all the same, in case one was lost.
FIRST_PAUSE, LONGEST_PAUSE, WITH_EVENTS_PAUSE = 0.05, 2.0, 5.0
AWAY_PAUSE = 0.5


def outlasting(driver: Driver, ask: Callable[[], Answer], deadline: float, job: Job) -> Answer:
    """What ``ask`` returns. A provider that is away in the middle of a wait may only be starting anew: it is asked again for as long as it
    may be silent, but not beyond the deadline. Raises ``Unreachable`` then.
    """
    end = min(monotonic() + driver.endpoint.patience, deadline)
    while True:
        try:
            return ask()
        except Unreachable:
            if monotonic() + AWAY_PAUSE >= end:
                raise
        job.pause(AWAY_PAUSE)


def read_again(driver: Driver, instance: Instance, deadline: float, job: Job, *fields: Field) -> Instance | None:
    """The instance as it is now; None when it is gone. Outlasts a provider that is started anew."""
    query = Query(ids=frozenset((instance.id,)), fields=frozenset(fields))

    def ask() -> list[Instance]:
        return answer(driver, lambda driver: list(driver.instances(query)), instance.name)

    found = outlasting(driver, ask, deadline, job)
    return found[0] if found else None


@contextmanager
def listening(driver: Driver, instance: Instance, job: Job) -> Iterator[Callable[[float], None]]:
    """A function that pauses until something may have changed, at most that many seconds.

    Enter it before causing the change, so that none is lost. The pause can be cancelled through ``job``.
    """
    if isinstance(driver, Watch):
        with border(driver, instance.name), driver.watch(instance) as changed:

            def await_event(most: float) -> None:
                end = monotonic() + min(most, WITH_EVENTS_PAUSE)
                # Short waits, so that a cancelled job is noticed.
                while (left := end - monotonic()) > 0:
                    job.check()
                    if changed(min(left, 0.2)):
                        return

            yield await_event
        return
    pause = FIRST_PAUSE

    def ask_less_and_less(most: float) -> None:
        nonlocal pause
        job.pause(min(most, pause))
        pause = min(pause * 1.5, LONGEST_PAUSE)

    yield ask_less_and_less


def settle(
    driver: Driver, instance: Instance, step: Step, pause: Callable[[float], None], deadline: float, job: Job
) -> Instance:
    """Wait until the instance has settled where ``step`` leads. ``deadline``: in the terms of ``time.monotonic``.

    Raises ``Failed`` when it settles elsewhere, ``Timeout`` when the deadline passes, ``Cancelled``; none of them changes anything.
    """
    machine = driver.machine
    current: Instance | None = instance
    while True:
        instance = _as_found(current, instance, step.after)
        if instance.state is step.after:
            return instance
        on_its_way = not machine.settled(instance.state) or instance.state is step.before
        if not on_its_way:
            raise _settled_elsewhere(instance, step)
        left = deadline - monotonic()
        if left <= 0:
            timeout = _timeout(instance, f"it is {instance.state}, not yet {step.after}", f"state={step.after}", job)
            if isinstance(driver, PowerOff) and machine.stopping(instance.state):
                timeout.hint = (
                    f"{timeout.hint}, or pull the plug: dcctl instance stop {as_placed(instance)} --power-off"
                )
            raise timeout
        try:
            pause(left)
            current = read_again(driver, instance, deadline, job)
        except Cancelled as error:
            raise stopped_waiting(instance, f"state={step.after}", f"it is {instance.state}") from error


def await_state(driver: Driver, instance: Instance, goal: State, deadline: float, job: Job) -> Instance:
    """Wait until somebody or something has brought the instance to ``goal``.

    Raises ``Failed`` when it ends in error instead, ``NotFound`` when it goes away, ``Timeout`` at the deadline.
    """

    def reached(current: Instance) -> bool:
        if current.state is State.ERROR and goal is not State.ERROR:
            raise _ended_in_error(current)
        return current.state is goal

    return _await(driver, instance, reached, lambda i: f"it is {i.state}", f"state={goal}", deadline, job, state=goal)


def await_address(driver: Driver, instance: Instance, deadline: float, job: Job) -> Instance:
    """Wait until the instance has an address.

    Raises at once when it will get none: ``NotAllowed`` in a state without, ``NotSupported`` where nobody can reach it.
    """

    def reached(current: Instance) -> bool:
        _must_run_or_be_on_its_way(driver, current, "gets no address")
        if not current.addresses:
            _must_have_a_way_in(driver, current)
        return bool(current.addresses)

    return _await(
        driver,
        instance,
        reached,
        lambda i: f"it is {i.state} but has no address yet" + (f": {i.reason}" if i.reason else ""),
        "address",
        deadline,
        job,
        fields=(Field.ADDRESSES,),
        longest=0.5,  # there is no event for a lease; asking costs a quarter of a millisecond
    )


def await_running(driver: Driver, instance: Instance, deadline: float, job: Job) -> Instance:
    """Wait until the instance runs. Raises ``NotAllowed`` at once in a state that does not lead there by itself."""

    def reached(current: Instance) -> bool:
        _must_run_or_be_on_its_way(driver, current, "is silent")
        return current.state is State.RUNNING

    return _await(driver, instance, reached, lambda i: f"it is {i.state}", "state=running", deadline, job)


def _must_run_or_be_on_its_way(driver: Driver, current: Instance, otherwise: str) -> None:
    if current.state is State.ERROR:
        raise _ended_in_error(current)
    if current.state is not State.RUNNING and driver.machine.settled(current.state):
        raise NotAllowed(
            f"{current.name} {otherwise} while it is {current.state}",
            hint=way_to_run(current),
            resource=current.name,
            realm=current.realm,
        )


def no_way_in(driver: Driver, instance: Instance) -> NotSupported | None:
    """Why nobody can reach it; None where somebody may. What somebody else made may have networks that nobody here knows of."""
    realm = next((realm for realm in driver.endpoint.realms if realm.id == instance.realm), None)
    return None if realm is None or instance.foreign else driver.no_way_in(realm, instance.networks)


def _must_have_a_way_in(driver: Driver, instance: Instance) -> None:
    problem = no_way_in(driver, instance)
    if problem is not None:
        raise NotSupported(
            f"{instance.name} gets no address: {problem.message}",
            hint=problem.hint,
            resource=instance.name,
            realm=instance.realm,
        )


def _await(
    driver: Driver,
    instance: Instance,
    reached: Callable[[Instance], bool],
    stage: Callable[[Instance], str],
    goal: str,
    deadline: float,
    job: Job,
    *,
    fields: tuple[Field, ...] = (),
    longest: float = float("inf"),
    state: State | None = None,
) -> Instance:
    with listening(driver, instance, job) as pause:
        while True:
            instance = _as_found(read_again(driver, instance, deadline, job, *fields), instance, state)
            if reached(instance):
                return instance
            left = deadline - monotonic()
            if left <= 0:
                raise _timeout(instance, stage(instance), goal, job)
            pause(min(left, longest))


def stopped_waiting(instance: Instance, goal: str, stage: str) -> Cancelled:
    """What to say when somebody does not want to wait for what goes on all the same."""
    return Cancelled(
        f"stopped waiting for {instance.name}; {stage} and goes on",
        hint=f"wait for it with: dcctl instance wait {as_placed(instance)} --for {goal}",
        resource=instance.name,
        realm=instance.realm,
    )


def way_to_run(instance: Instance) -> str:
    """The hint for those who want something of an instance that does not run."""
    verb = "resume" if instance.state is State.SUSPENDED else "start"
    return f"{verb} it: dcctl instance {verb} {as_placed(instance)}"


def _as_found(found: Instance | None, instance: Instance, goal: State | None) -> Instance:
    """The instance as it was found; one that is gone has finished, if that is the goal. Raises ``NotFound`` if it is not."""
    if found is not None:
        return found
    if goal is State.FINISH:
        return replace(instance, state=State.FINISH)
    raise NotFound(
        f"{instance.name} is gone", hint="somebody destroyed it meanwhile", resource=instance.name, realm=instance.realm
    )


def _settled_elsewhere(instance: Instance, step: Step) -> DcctlError:
    if instance.state is State.ERROR:
        return _ended_in_error(instance)
    because = f": {instance.reason}" if instance.reason else ""
    return Failed(
        f"{instance.name} is {instance.state} instead of {step.after}{because}",
        hint=f"look at it: dcctl instance show {as_placed(instance)}",
        resource=instance.name,
        realm=instance.realm,
    )


def _ended_in_error(instance: Instance) -> Failed:
    because = f": {instance.reason}" if instance.reason else ""
    return Failed(
        f"{instance.name} ended in error{because}",
        hint=f"look at it: dcctl instance show {as_placed(instance)}",
        resource=instance.name,
        realm=instance.realm,
    )


def _timeout(instance: Instance, stage: str, goal: str, job: Job) -> Timeout:
    reached = f" (last stage: {job.reached})" if job.reached else ""
    return Timeout(
        f"{instance.name} takes longer than asked to wait: {stage}{reached}",
        hint=f"it goes on; wait for it with: dcctl instance wait {as_placed(instance)} --for {goal}",
        resource=instance.name,
        realm=instance.realm,
    )
