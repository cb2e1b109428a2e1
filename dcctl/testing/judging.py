"""Single answers of a driver held against the contract. Pure, apart from asking the driver to translate."""

from __future__ import annotations

from dataclasses import replace

from dcctl.errors import DcctlError, Failed
from dcctl.model import Action, Instance, State
from dcctl.testing.routes import followers
from dcctl.testing.verdict import Broken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.driver import Driver
    from dcctl.model import InstanceSpec
    from dcctl.states import StateMachine


def translated(driver: Driver, error: Exception) -> DcctlError:
    """The provider's exception as the core sees it."""
    try:
        ours = driver.translate(error)
    except Exception as second:
        raise Broken(18, f"translate failed on {type(error).__name__}: {type(second).__name__}: {second}") from second
    if ours is not None and not isinstance(ours, DcctlError):
        raise Broken(18, f"translate made {ours!r} of {type(error).__name__}")
    return ours or Failed(f"{type(error).__name__}: {error}")


def essence(instance: Instance) -> Instance:
    """The instance without what may change by itself (addresses, the provider's words) or is not always asked for."""
    return Instance(
        id=instance.id,
        name=instance.name,
        state=instance.state,
        realm=instance.realm,
        image=instance.image,
        hwp=instance.hwp,
        overrides=dict(instance.overrides),
        created=instance.created,
        refused=dict(instance.refused),
        foreign=instance.foreign,
    )


def changed(
    machine: StateMachine, before: Mapping[str, Instance], after: Mapping[str, Instance], *, but: str | None = None
) -> bool:
    """Whether anything, ``but`` one instance, is different that has not simply settled.

    What the machine calls spontaneous is held against the driver: guests that do nothing of themselves are the harness's business.
    """
    if before.keys() - {but} != after.keys() - {but}:
        return True
    for identifier, now in after.items():
        was = before.get(identifier)
        if identifier == but or was is None or now == was:
            continue
        settling = followers(machine, was.state, Action.CREATE, spontaneous=False)
        if replace(now, state=was.state) != was or now.state not in settling:
            return True
    return False


def check_instance(instance: Instance, machine: StateMachine) -> None:
    """Whether it is an instance at all: the right types, a state that the machine knows, refusals that give reasons."""
    if not isinstance(instance, Instance):
        raise Broken(8, f"an instance is expected, not {instance!r}")
    if not (isinstance(instance.id, str) and instance.id and isinstance(instance.name, str)):
        raise Broken(10, f"an id is a text that is not empty, a name a text: {instance.id!r}, {instance.name!r}")
    if not isinstance(instance.state, State) or instance.state is State.START:
        raise Broken(9, f"{instance.id} is in {instance.state!r}, which is no state that an instance can have")
    if instance.state not in machine.states:
        raise Broken(9, f"{instance.id} is {instance.state}, a state that its machine never mentions")
    if not isinstance(instance.addresses, tuple):
        raise Broken(20, f"the addresses of {instance.id} are a {type(instance.addresses).__name__}, not a tuple")
    if instance.created is not None and instance.created.tzinfo is None:
        raise Broken(8, f"the time at which {instance.id} was created has no time zone")
    for key in instance.host_keys:
        if not (key.isascii() and key.isprintable() and len(key.split(" ")) == 2):
            raise Broken(
                8, f"the host key {key!r} of {instance.id} is not a kind and a number, as in: ssh-ed25519 AAAA…"
            )
    for action, reason in instance.refused.items():
        if not isinstance(action, Action) or not isinstance(reason, str) or not reason:
            raise Broken(
                4, f"{instance.id} refuses {action!r} because of {reason!r}: an action and a reason are needed"
            )


def as_asked(instance: Instance, spec: InstanceSpec, what: str, rule: int = 8) -> None:
    """Whether the instance, called ``what`` in the story, is the one that was to be created."""
    for attribute, wanted in (
        ("name", spec.name),
        ("realm", spec.realm.id),
        ("image", spec.image.id),
        ("hwp", spec.hwp.name),
        ("overrides", dict(spec.overrides)),
    ):
        if (got := getattr(instance, attribute)) != wanted:
            raise Broken(rule, f"the {attribute} of {what} is {got!r}, not {wanted!r}")
    if instance.foreign:
        raise Broken(rule, f"{what} is said to be made by something else than dcctl")
