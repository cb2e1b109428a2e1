"""What would be done to an instance: pure functions from an instance, a request and a machine to a ``Plan``, or a refusal.

The actions that are shown and the actions that are enforced come from ``states.allowed``, the one function that answers both.
"""

from __future__ import annotations

from dcctl.abilities import Adopt, PowerOff, SuspendToDisk
from dcctl.errors import NotAllowed, NotSupported
from dcctl.frozen import frozen
from dcctl.model import Action, ImageState, Instance, State
from dcctl.states import allowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.driver import Driver
    from dcctl.model import InstanceSpec
    from dcctl.states import StateMachine


@frozen
class Step:
    """One action of a plan: the state before it, the state that follows at once, and the state in which it should settle."""

    action: Action
    before: State
    during: State
    after: State
    power_off: bool = False
    to_disk: bool = False
    with_disks: bool = False


@frozen
class Plan:
    """The checked, resolved answer to a request. Every step but the last is always waited for.

    ``instance`` is what it is done to; None for create, where ``spec`` says what is made. ``notes`` are sentences for the person.
    """

    action: Action
    steps: tuple[Step, ...]
    realm: str | None
    instance: Instance | None = None
    spec: InstanceSpec | None = None
    notes: tuple[str, ...] = ()

    @property
    def resource(self) -> str:
        """The name of what the plan is about."""
        if self.spec is not None:
            return self.spec.name
        return self.instance.name if self.instance is not None else ""

    @property
    def imports(self) -> bool:
        """Whether its image has to be imported first, by us or whoever is at it, and the request planned again with what then is there."""
        return self.spec is not None and self.spec.image.state is not ImageState.AVAILABLE

    @property
    def after(self) -> State:
        """Where the instance should come to rest at the end."""
        return self.steps[-1].after


def step(
    machine: StateMachine,
    state: State,
    action: Action,
    *,
    power_off: bool = False,
    to_disk: bool = False,
    with_disks: bool = False,
) -> Step | None:
    """One step from ``state``; None if the machine does not allow it there. ``power_off`` also ends a stop that is under way."""
    during = machine.step(state, action)
    if during is None and power_off and machine.stopping(state):
        during = state
    if during is None:
        return None
    return Step(action, state, during, machine.settle(during, action), power_off, to_disk, with_disks)


def plan_action(
    driver: Driver,
    instance: Instance,
    action: Action,
    *,
    force: bool = False,
    power_off: bool = False,
    to_disk: bool = False,
    with_disks: bool = False,
) -> Plan:
    """Plan one action on an existing instance.

    ``force`` walks the machine: the shortest route of actions that makes the asked one possible, unless that is a detour.
    ``power_off`` pulls the plug where the plan stops the instance, ``to_disk`` saves its memory where it suspends it,
    ``with_disks`` also destroys disks that were adopted. Raises ``NotAllowed``, the hint naming what is allowed; ``NotSupported`` for an action or a way that the
    driver does not have.
    """
    machine = driver.machine
    if action not in machine.declared_actions:
        raise NotSupported(
            f"the driver {driver.name} cannot {action} instances",
            hint=f"it can: {', '.join(sorted(machine.declared_actions - {Action.CREATE}))}",
            resource=instance.name,
            realm=instance.realm,
        )
    if power_off and not isinstance(driver, PowerOff):
        raise NotSupported(f"the driver {driver.name} cannot pull the plug", hint="stop without --power-off")
    if to_disk and not isinstance(driver, SuspendToDisk):
        raise NotSupported(f"the driver {driver.name} cannot suspend to disk", hint="suspend without --to-disk")
    if with_disks and not isinstance(driver, Adopt):
        raise NotSupported(f"the driver {driver.name} adopts no disks", hint="destroy without --with-disks")
    route = _route(machine, instance.state, action, power_off=power_off) if force else (action,)
    steps: list[Step] = []
    state = instance.state
    for each in route or (action,):
        following = step(
            machine,
            state,
            each,
            power_off=power_off and each is Action.STOP,
            to_disk=to_disk and each is Action.SUSPEND,
            with_disks=with_disks and each is Action.DESTROY and instance.adopted is not None,
        )
        if following is None:
            raise _not_allowed(driver, instance, action, force=force)
        if each in instance.refused:
            raise _refused(machine, instance, each)
        steps.append(following)
        state = following.after
    if _detour(steps):
        raise _not_allowed(driver, instance, action, force=force)
    notes: tuple[str, ...] = ()
    if instance.adopted is not None and action is Action.DESTROY:
        from dcctl.adopting import notes_of_destroying  # noqa: PLC0415  few instances were adopted

        notes = notes_of_destroying(instance, instance.adopted, with_disks=with_disks)
    return Plan(action, tuple(steps), instance.realm, instance=instance, notes=notes)


def _route(machine: StateMachine, state: State, action: Action, *, power_off: bool) -> tuple[Action, ...] | None:
    """What must be done for ``action``; an instance that does not come to the end of its stopping may lose its power first."""
    route = machine.route(state, action)
    if route is None and power_off and machine.stopping(state):
        after = () if action is Action.STOP else machine.route(machine.settle(state, Action.STOP), action)
        return None if after is None else (Action.STOP, *after)
    return route


def _not_allowed(driver: Driver, instance: Instance, action: Action, *, force: bool) -> NotAllowed:
    machine = driver.machine
    plug = ["stop --power-off"] if machine.stopping(instance.state) and isinstance(driver, PowerOff) else []
    hint = f"allowed: {_listed([*allowed(machine, instance), *plug])}"
    route = machine.route(instance.state, action)
    if not force and route is not None and _worth_it(machine, instance, route):
        hint += f"; --force does what must come first ({', then '.join(route)})"
    return NotAllowed(
        f"cannot {action} {instance.name or instance.id}: it is {instance.state}",
        hint=hint,
        resource=instance.name,
        realm=instance.realm,
    )


def _refused(machine: StateMachine, instance: Instance, action: Action) -> NotAllowed:
    return NotAllowed(
        f"cannot {action} {instance.name or instance.id}: {instance.refused[action]}",
        hint=f"allowed: {_listed(allowed(machine, instance))}",
        resource=instance.name,
        realm=instance.realm,
    )


def _listed(actions: Sequence[str]) -> str:
    return ", ".join(actions) or "nothing"


def _detour(steps: Sequence[Step]) -> bool:
    """Whether steps end where the instance was before: stopped is what stop is for, so starting it first would serve nobody; and nobody
    suspends what was just started in order to resume it. A reboot is about the way, not about where it ends.
    """
    *first, last = steps
    return last.before is not last.after and any(each.before is last.after for each in first)


def _worth_it(machine: StateMachine, instance: Instance, route: tuple[Action, ...]) -> bool:
    """Whether to suggest a route to somebody."""
    steps: list[Step] = []
    for action in route:
        following = step(machine, steps[-1].after if steps else instance.state, action)
        if following is None:
            return False
        steps.append(following)
    return not _detour(steps)
