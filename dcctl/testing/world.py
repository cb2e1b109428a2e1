"""The cloud under test while the suite plays with it: instances made and reused, every state that is seen held against the machine."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from time import monotonic, sleep
from uuid import uuid4

from dcctl.abilities import PowerOff, UserName
from dcctl.driver import perform
from dcctl.errors import DcctlError, NotFound
from dcctl.hardware import Property
from dcctl.job import Job
from dcctl.model import Action, Instance, InstanceSpec, State
from dcctl.testing.asking import INTERVAL_SECONDS, Asking
from dcctl.testing.judging import check_instance
from dcctl.testing.points import WatchedJob
from dcctl.testing.routes import followers, route_between, route_to, way_in
from dcctl.testing.verdict import Broken, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from dcctl.testing.harness import Harness


MOST_KEPT = 12
"""Instances that are kept from check to check, for others to go on with. Quotas of real clouds are often 20."""


class World(Asking):
    """What can be asked of the cloud, and in addition: making instances, driving them into states, and cleaning up."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness)
        self._prefix = f"t{uuid4().hex[:6]}"
        self._count = 0
        self._gone: Instance | None = None
        self._spared: set[str] = set()
        self._removals: dict[str, Callable[[], None]] = {}
        self._first_belongings = harness.belongings()

    # --- making

    def new_name(self) -> str:
        """A name that nothing has; only letters and digits, and as short as the driver wants it."""
        self._count += 1
        longest = min((a.max_length for a in self.driver.abilities if isinstance(a, UserName)), default=63)
        return f"{self._prefix}{self._count}"[-longest:]

    def spec(self, name: str | None = None, **options: Any) -> InstanceSpec:
        """A request as the planner makes them; ``options`` are attributes to replace."""
        image, hwp, overrides = self.image(), self.harness.hwp, dict(self.harness.overrides)
        hardware = hwp.resolve(overrides)
        if hardware.architecture is None and Property.ARCHITECTURE not in overrides:
            hardware = replace(hardware, architecture=image.architecture)
        plain = InstanceSpec(
            token=str(uuid4()),
            name=name or self.new_name(),
            image=image,
            hwp=hwp,
            hardware=hardware,
            overrides=overrides,
            realm=self.harness.realm,
        )
        return replace(plain, **options)

    def create(self, spec: InstanceSpec | None = None, *, job: Job | None = None) -> Instance:
        """A new instance, as create returned it."""
        spec = spec or self.spec()
        instance = self.call(self.driver.create, spec, job or WatchedJob())
        check_instance(instance, self.machine)
        self.own(instance)
        target = self.machine.step(State.START, Action.CREATE)
        self._check_step(instance, instance, Action.CREATE, target or State.PENDING)
        return instance

    def created(self, spec: InstanceSpec | None = None) -> Instance:
        """A new instance, settled where create should settle."""
        return self.settle(self.create(spec), Action.CREATE)

    def own(self, instance: Instance) -> None:
        self.owned[instance.id] = instance.name

    def keep(self, what: str, remove: Callable[[], None]) -> None:
        """Something other than an instance was made: image i1. It is removed in the end, after the instances, the newest first."""
        self._removals[what] = remove

    def forget(self, what: str) -> None:
        """It was destroyed, so nothing is left to remove."""
        self._removals.pop(what, None)

    def act(self, instance: Instance, action: Action) -> Instance:
        """Have a declared action done, and wait until it has settled where it should."""
        return self.settle(self.ask_for(instance, action), action)

    def ask_for(self, instance: Instance, action: Action) -> Instance:
        """Have a declared action done; the instance as the action returned it."""
        target = self.machine.step(instance.state, action)
        if target is None:
            raise ValueError(f"{action} is not declared in {instance.state}")
        result = self.call(perform, self.driver, action, instance, WatchedJob())
        check_instance(result, self.machine)
        self._check_step(instance, result, action, target)
        return result

    def settle(self, instance: Instance, after: Action) -> Instance:
        """Follow the instance to where it comes to rest; every state on the way must be one that the machine allows there."""
        machine, seen = self.machine, instance.state
        expected = machine.settle(seen, after)
        end = monotonic() + self.harness.timeout
        current = instance
        while True:
            found = self.find(instance.id)
            if found is not None:
                current = found
            state = State.FINISH if found is None else found.state
            if state is not seen and state not in followers(machine, seen, after):
                raise Broken(
                    9, f"after {after} the instance went from {seen} to {state}, which its machine does not say"
                )
            seen = state
            if not machine.outcomes(state, after):
                break
            if monotonic() > end:
                raise Broken(
                    9,
                    f"after {after} the instance is still {state} after {self.harness.timeout:g} seconds{self._doubt(after)}",
                )
            sleep(INTERVAL_SECONDS)
        if state is not expected:
            why = f" ({current.reason})" if current.reason else ""
            raise Broken(9, f"after {after} the instance came to rest in {state}, not in {expected}{why}")
        if state is State.FINISH:
            self.owned.pop(instance.id, None)
            return replace(current, state=State.FINISH)
        return current

    def _doubt(self, after: Action) -> str:
        """What else than the driver may be the reason that an action does not come to its end."""
        if after is Action.STOP:
            return f"; if the guests of the image {self.harness.image} ignore it, take another image"
        return "; if that is too short here, allow more" if after is Action.CREATE else ""

    def _check_step(self, before: Instance, result: Instance, action: Action, target: State) -> None:
        if result.id != before.id:
            raise Broken(8, f"{action} of {before.id} returned another instance, {result.id}")
        if result.state is not target and result.state not in followers(self.machine, target, action):
            raise Broken(9, f"{action} in {before.state} returned an instance that is {result.state}, not {target}")

    def drive(self, instance: Instance, goal: State) -> Instance:
        """Have the instance, which is in a state where others rest, come to rest in another one by the shortest route of actions."""
        for action in route_between(self.machine, instance.state, goal):
            if action is Action.STOP and isinstance(self.driver, PowerOff):  # does not wait for what the guest thinks
                instance = self.pull_the_plug(instance)
            else:
                instance = self.act(instance, action)
        return instance

    # --- bringing about

    @contextmanager
    def at(self, state: State) -> Iterator[Instance]:
        """An instance that is in ``state``: one from before, or one that is driven there by the shortest route."""
        if self.machine.settled(state) and (route := route_to(self.machine, state)) is not None:
            yield self._waiting(state) or self._driven(route)
        elif not self.machine.settled(state) and (way := way_in(self.machine, state)) is not None:
            with self._held(state, *way) as instance:
                yield instance
        else:
            yield self._provoked(state)

    def _waiting(self, state: State) -> Instance | None:
        for identifier in list(self.owned):
            found = self.find(identifier)
            if found is not None and found.state is state and not found.refused:
                return found
        return None

    def _driven(self, route: tuple[Action, ...]) -> Instance:
        instance = self.created()
        for action in route:
            instance = self.act(instance, action)
        return instance

    @contextmanager
    def _held(self, state: State, source: State, action: Action) -> Iterator[Instance]:
        hold = self.harness.hold(state)
        if hold is None:
            raise Gap(f"the harness cannot hold an instance in {state}")
        usual = self.driver
        with hold as holding:
            self.driver = holding
            try:
                if source is State.START:
                    instance = self.create()
                else:
                    with self.at(source) as before:
                        instance = self.call(perform, self.driver, action, before, WatchedJob())
                if instance.state is not state:
                    raise Gap(f"the harness holds {state}, but the instance is {instance.state}")
                yield instance
            finally:
                self.driver = usual

    def _provoked(self, state: State) -> Instance:
        instance = self.harness.provoke(state, self.spec())
        if instance is None:
            raise Gap(f"no action leads to {state}, and the harness cannot provoke it")
        self.own(instance)
        found = self.existing(instance.id)
        if found.state is not state:
            raise Gap(f"the harness tried to provoke {state}, but the instance is {found.state}")
        return found

    def gone(self) -> Instance:
        """An instance that was destroyed, as it was last seen."""
        if self._gone is None:
            self._gone = self.destroy(self.created())
            self.created(self.spec(self._gone.name))  # who goes by names takes it for the one that has gone
        return self._gone

    def destroy(self, instance: Instance) -> Instance:
        """Destroy by the shortest route; a guest that does not react to stop loses its power."""
        if isinstance(self.driver, PowerOff) and self.machine.stopping(instance.state):
            instance = self.pull_the_plug(instance)
        route = self.machine.route(instance.state, Action.DESTROY)
        if route is None:
            raise Gap(f"destroy cannot be reached from {instance.state}")
        for action in route:
            if action is Action.STOP and isinstance(self.driver, PowerOff):  # does not wait for what the guest thinks
                instance = self.pull_the_plug(instance)
            else:
                instance = self.act(instance, action)
        return instance

    def pull_the_plug(self, instance: Instance) -> Instance:
        """Power off an instance that may be stopped, and wait until it has stopped."""
        if not isinstance(self.driver, PowerOff):
            raise Gap("this endpoint cannot power off")
        result = self.call(self.driver.power_off, instance, WatchedJob())
        check_instance(result, self.machine)
        self._check_step(
            instance, result, Action.STOP, self.machine.step(instance.state, Action.STOP) or instance.state
        )
        return self.settle(result, Action.STOP)

    # --- ending

    def thin_out(self) -> None:
        """Destroy the youngest of too many instances. Never fails: what cannot be destroyed is tried once more at the end."""
        surplus = [identifier for identifier in self.owned if identifier not in self._spared][MOST_KEPT:]
        for identifier in surplus:
            if self._gone is not None and self.owned[identifier] == self._gone.name:
                continue
            self._spared.add(identifier)
            with suppress(DcctlError, Broken, Gap, ValueError):
                self._remove(identifier)
                self._spared.discard(identifier)

    def clean(self) -> list[str]:
        """Destroy everything that the suite made; what could not be destroyed, and why."""
        failures = []
        for identifier, name in list(self.owned.items()):
            try:
                self._remove(identifier)
            except (DcctlError, Broken, Gap) as error:
                failures.append(f"{name}: {error}")
        for what, remove in reversed(list(self._removals.items())):
            try:
                remove()
            except NotFound:
                pass
            except (DcctlError, Broken, Gap) as error:
                failures.append(f"{what}: {error}")
            self.forget(what)
        return failures

    def _remove(self, identifier: str) -> None:
        end = monotonic() + self.harness.timeout
        while (instance := self.find(identifier)) is not None:
            ready = (
                self.machine.settled(instance.state) or self.machine.step(instance.state, Action.DESTROY) is not None
            )
            if not ready and monotonic() < end:
                sleep(INTERVAL_SECONDS)
                continue
            self.destroy(instance)
        self.owned.pop(identifier, None)

    def left_behind(self) -> frozenset[str] | None:
        """What exists at the provider now and did not before the suite began; None if the harness cannot tell."""
        now = self.harness.belongings()
        return None if now is None or self._first_belongings is None else now - self._first_belongings

    def close(self) -> None:
        """Destroy what is left, and let go. Never fails: what it cannot do, a check has said."""
        with suppress(DcctlError, Broken, Gap, ValueError):
            self.clean()
        with suppress(DcctlError):
            self.call(self.driver.close)
        self.harness.close()
