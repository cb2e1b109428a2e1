"""Getting inside of instances: what the library does with ssh, consoles and their logs, programs. ``Cloud.inside``."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from time import monotonic

from dcctl.abilities import Commands, Console, ConsoleLog, Screens
from dcctl.endpoints import border
from dcctl.errors import Cancelled, NotAllowed, Timeout, Unreachable
from dcctl.job import Job
from dcctl.model import State
from dcctl.reaching import await_ssh, check_real
from dcctl.requiring import require
from dcctl.waiting import await_running, no_way_in, outlasting, read_again, way_to_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from socket import socket

    from dcctl.collected import Reach
    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.nouns.commands import Ended
    from dcctl.nouns.consoles import ConsolePart
    from dcctl.nouns.screens import Screen
    from dcctl.plan import Plan
    from dcctl.reaching import Reached
    from dcctl.ssh import Login

MOST_AT_ONCE = 1 << 20
"""Bytes of a console's log that are read in one go."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 1.0
"""Seconds between two questions whether a program has ended."""

LOG_PAUSE = 0.5
"""Seconds until a console that said nothing is asked again."""


class Inside:
    """``Cloud.inside``. Every method raises ``NotSupported`` for what the driver cannot do."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    # ssh

    def check_login(self) -> None:
        """Raise ``NotSupported`` where nothing is real, so that nobody can log in."""
        check_real(self._reach.driver)

    def check_way_in(self, plan: Plan, goal: str) -> None:
        """Raise ``NotSupported`` where nobody could reach what the plan creates: whoever waits for an address would wait for good.

        How its cloud-init fares an agent can tell all the same.
        """
        spec = plan.spec
        if spec is None or (goal == "cloud-init" and issubclass(self._reach.driver, Commands)):
            return
        driver = self._reach.endpoints.of(spec.realm.id)
        problem = driver.no_way_in(spec.realm, [network.name for network in spec.networks])
        if problem is not None:
            raise problem

    def wait_for_ssh(self, instance: Instance, *, timeout: float, job: Job | None = None) -> Reached:
        """Wait until the instance runs, has an address, and ssh answers there. Raises ``Timeout`` naming the stage that is missing."""
        self.check_login()
        driver = self._reach.lookup.endpoint_of(instance)
        deadline = monotonic() + timeout
        reached: Reached = self._reach.working(job, lambda job: await_ssh(driver, instance, deadline, job))
        return reached

    def is_for_agents_only(self, instance: Instance) -> bool:
        """Whether nobody reaches the instance by the network, but its agent could be asked."""
        driver = self._reach.lookup.endpoint_of(instance)
        return isinstance(driver, Commands) and no_way_in(driver, instance) is not None

    def wait_until_it_runs(self, instance: Instance, *, timeout: float, job: Job | None = None) -> Instance:
        """Wait until the instance runs. Raises ``NotAllowed`` where it does not do so by itself."""
        self.check_login()
        driver = self._reach.lookup.endpoint_of(instance)
        deadline = monotonic() + timeout
        running: Instance = self._reach.working(job, lambda job: await_running(driver, instance, deadline, job))
        return running

    def wait_for_cloud_init(
        self, instance: Instance, login: Login | None, *, timeout: float, job: Job | None = None
    ) -> bool:
        """Wait until cloud-init has finished where ssh answers; whether all went well. Without a login only the agent is asked.

        Raises as ``wait_for_ssh``, and ``Failed``.
        """
        from dcctl.cloud_init import await_cloud_init  # noqa: PLC0415  most need only ssh

        deadline = monotonic() + timeout
        driver = self._reach.lookup.endpoint_of(instance)

        def work(job: Job) -> bool:
            def by_agent(command: Sequence[str], seconds: float) -> Ended:
                return self._run(driver, instance, command, b"", monotonic() + seconds, job)

            return await_cloud_init(instance, login, deadline, job, by_agent)

        well: bool = self._reach.working(job, work)
        return well

    # Consoles

    @contextmanager
    def console(self, instance: Instance, *, force: bool = False) -> Iterator[socket]:
        """The serial console as a stream socket. Raises ``NotAllowed`` while it is off, ``Conflict`` while somebody else is connected."""
        driver = self._reach.lookup.endpoint_of(instance)
        able = require(driver, Console)
        _must_be_on(instance, f"the console of {instance.name} is silent")
        with ExitStack() as stack:
            with border(driver, instance.name):
                connected = stack.enter_context(able.console(instance, force=force))
            yield connected  # what goes wrong now is not the driver's

    def keeps_console_log(self) -> bool:
        """Whether the driver can keep what consoles say."""
        return issubclass(self._reach.driver, ConsoleLog)

    def console_log(self, instance: Instance, start: int = 0, most: int = MOST_AT_ONCE) -> ConsolePart:
        """What its console has said from ``start`` on; a negative start counts from the end. Raises ``NotFound`` if nothing is kept."""
        driver = self._reach.lookup.endpoint_of(instance)
        able = require(driver, ConsoleLog)
        with border(driver, instance.name):
            return able.console_log(instance, start, most)

    def follow_log(self, instance: Instance, start: int) -> Iterator[ConsolePart]:
        """What its console says from ``start`` on, until the instance is off. A provider that is started anew meanwhile is asked again."""
        driver = self._reach.lookup.endpoint_of(instance)
        job, endless = Job(), float("inf")
        while True:
            # Before reading: its last words come just before it is off. With the instance its log is gone.
            now = read_again(driver, instance, endless, job)
            if now is None:
                return
            part = outlasting(driver, partial(self.console_log, instance, start), endless, job)
            start = part.end
            if part.content:
                yield part
            elif now.state in (State.STOPPED, State.ERROR, State.FINISH):
                return
            else:
                job.pause(LOG_PAUSE)

    # Screens

    def screen(self, instance: Instance) -> Screen:
        """Where its screen is shown by VNC. Raises ``NotAllowed`` while it is off, ``NotFound`` if it shows none."""
        driver = self._reach.lookup.endpoint_of(instance)
        able = require(driver, Screens)
        _must_be_on(instance, f"the screen of {instance.name} is dark")
        with border(driver, instance.name):
            return able.screen(instance)

    # Programs

    def run(
        self, instance: Instance, command: Sequence[str], *, stdin: bytes = b"", timeout: float, job: Job | None = None
    ) -> Ended:
        """Run a program inside, by the agent that is there, and wait for its end. Raises ``Timeout``; the program goes on then."""
        driver = self._reach.lookup.endpoint_of(instance)
        deadline = monotonic() + timeout

        result: Ended = self._reach.working(job, lambda job: self._run(driver, instance, command, stdin, deadline, job))
        return result

    def _run(
        self, driver: Driver, instance: Instance, command: Sequence[str], stdin: bytes, deadline: float, job: Job
    ) -> Ended:
        able = require(driver, Commands)
        _must_be_on(instance, f"nothing runs in {instance.name}", awake=True)
        with border(driver, instance.name):
            word = able.begin_command(instance, command, stdin, job)

        def ask() -> Ended | None:
            with border(driver, instance.name):
                return able.end_of_command(instance, word)

        pause = SHORTEST_PAUSE
        try:
            while (ended := outlasting(driver, ask, deadline, job)) is None:
                if (left := deadline - monotonic()) <= 0:
                    raise Timeout(
                        f"{command[0]} takes longer in {instance.name} than asked to wait; it goes on there",
                        hint="wait longer with --timeout",
                        resource=instance.name,
                        realm=instance.realm,
                    )
                job.pause(min(left, pause))
                pause = min(pause * 1.5, LONGEST_PAUSE)
        except Cancelled as error:
            raise Cancelled(
                f"stopped waiting for {command[0]}; it goes on in {instance.name}", resource=instance.name
            ) from error
        except Unreachable as error:
            error.hint = f"{command[0]} was started and may go on there" + (f"; {error.hint}" if error.hint else "")
            raise
        return ended


def _must_be_on(instance: Instance, otherwise: str, *, awake: bool = False) -> None:
    """Raise ``NotAllowed`` where there is nothing to connect to; ``awake``: also where there is, but nobody answers."""
    asleep = instance.state is State.SUSPENDED and (awake or instance.saved)
    if asleep or instance.state in (State.STOPPED, State.ERROR, State.FINISH):
        raise NotAllowed(
            f"{otherwise}: it is {instance.state}{' to disk' if instance.saved else ''}",
            hint=way_to_run(instance),
            resource=instance.name,
            realm=instance.realm,
        )
