"""Making an image of an instance's disk: what is checked before a driver is asked. Pure."""

from __future__ import annotations

from dcctl.abilities import CaptureImages
from dcctl.errors import NotAllowed, NotSupported
from dcctl.model import ImageSpec, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Instance, Realm


def capture_spec(
    instance: Instance, realm: Realm, *, name: str, user: str | None, description: str | None, token: str
) -> ImageSpec:
    """The checked request: an image in the instance's realm, for the same architecture and account.

    Raises ``NotAllowed`` for an instance that is not stopped: what its programs have not written yet would be missing.
    """
    if instance.foreign:
        raise NotAllowed(
            f"{instance.name} was not made by dcctl", hint="copy its disk, and import that", resource=instance.name
        )
    if instance.state is not State.STOPPED:
        raise NotAllowed(
            f"cannot make an image of {instance.name}: it is {instance.state}",
            hint=f"stop it first: dcctl instance stop {instance.name}",
            resource=instance.name,
        )
    return ImageSpec(
        token=token,
        name=name,
        source=instance.name,
        realm=realm,
        architecture=instance.hardware.architecture if instance.hardware is not None else None,
        user=instance.user if user is None else user,
        description=f"made of {instance.name}" if description is None else description,
    )


def capturer(driver: Driver) -> CaptureImages:
    """The driver as one that makes images of instances. Raises ``NotSupported``."""
    check_capture(type(driver))
    assert isinstance(driver, CaptureImages)
    return driver


def check_capture(driver: type[Driver]) -> None:
    """Raises ``NotSupported`` for a driver that cannot make images of instances."""
    if not issubclass(driver, CaptureImages):
        raise NotSupported(f"the driver {driver.name} makes no images of instances", hint="see: dcctl collection list")
