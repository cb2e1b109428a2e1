"""Making an image of an instance's disk: what is checked before a driver is asked. Pure."""

from __future__ import annotations

from dcctl.errors import NotAllowed
from dcctl.model import ImageSpec, State
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.model import Instance, Realm

RESET = "reset: no machine-id, ssh host keys and cloud-init state"
"""What the description of an image says of it."""


def capture_spec(
    instance: Instance,
    realm: Realm,
    *,
    name: str,
    user: str | None,
    description: str | None,
    token: str,
    live: bool = False,
    reset: bool = False,
) -> ImageSpec:
    """The checked request: an image in the instance's realm, for the same architecture and account.

    Raises ``NotAllowed`` for an instance that is not stopped, or, ``live``, does not run: of one that runs, what its programs have not
    written yet would be missing.
    """
    if instance.foreign:
        raise NotAllowed(
            f"{instance.name} was not made by dcctl", hint="copy its disk, and import that", resource=instance.name
        )
    if live and instance.state not in (State.RUNNING, State.SUSPENDED):
        raise NotAllowed(
            f"cannot make a live image of {instance.name}: it is {instance.state}",
            hint="leave out --live",
            resource=instance.name,
        )
    if not live and instance.state is not State.STOPPED:
        raise NotAllowed(
            f"cannot make an image of {instance.name}: it is {instance.state}",
            hint=f"stop it first: dcctl instance stop {as_placed(instance)}; or, as after a power failure: --live",
            resource=instance.name,
        )
    return ImageSpec(
        token=token,
        name=name,
        source=instance.name,
        realm=realm,
        architecture=instance.hardware.architecture if instance.hardware is not None else None,
        user=instance.user if user is None else user,
        description=_description(instance, description, reset=reset),
    )


def _description(instance: Instance, given: str | None, *, reset: bool) -> str:
    """With what an image is free of, since nobody sees that on it."""
    said = f"made of {instance.name}" if given is None else given
    return "; ".join((*([said] if said else []), RESET)) if reset else said
