"""Making an image of an instance's disk: what is checked before a driver is asked. Pure."""

from __future__ import annotations

from dcctl.abilities import CaptureImages, CaptureRewritten, CaptureRunning
from dcctl.errors import NotAllowed, NotSupported
from dcctl.model import ImageSpec, State
from dcctl.words import as_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.model import Instance, Realm


def capture_spec(
    instance: Instance,
    realm: Realm,
    *,
    name: str,
    user: str | None,
    description: str | None,
    token: str,
    live: bool = False,
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
            hint=f"stop it first: dcctl instance stop {as_argument(instance.name)}; or, as after a power failure: --live",
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


def live_capturer(driver: Driver) -> CaptureRunning:
    """The driver as one that makes images of instances that run. Raises ``NotSupported``."""
    check_live_capture(type(driver))
    assert isinstance(driver, CaptureRunning)
    return driver


def check_live_capture(driver: type[Driver]) -> None:
    """Raises ``NotSupported`` for a driver that cannot make images of instances that run."""
    if not issubclass(driver, CaptureRunning):
        raise NotSupported(
            f"the driver {driver.name} makes no images of instances that run", hint="stop it, and leave out --live"
        )


def rewriter(driver: Driver) -> CaptureRewritten:
    """The driver as one that lets us rewrite the disks that it makes images of. Raises ``NotSupported``."""
    check_rewriting(type(driver))
    assert isinstance(driver, CaptureRewritten)
    return driver


def check_rewriting(driver: type[Driver]) -> None:
    """Raises ``NotSupported`` for a driver that makes images of disks as they are, and not otherwise."""
    if not issubclass(driver, CaptureRewritten):
        raise NotSupported(f"the driver {driver.name} makes images of disks as they are", hint="leave out --compress")
