"""What only some drivers can do: the driver as one that can, or why the request is refused. One line for each optional class that requests need."""

from __future__ import annotations

from typing import TypeVar

from dcctl import abilities
from dcctl.errors import NotSupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from dcctl.driver import Driver

Able = TypeVar("Able")

_LACKS: Mapping[type, tuple[str, str | None]] = {
    abilities.ImportImages: ("cannot import images", None),
    abilities.DestroyImages: ("cannot destroy images", None),
    abilities.CopyImages: ("cannot copy images", None),
    abilities.CaptureImages: ("makes no images of instances", None),
    abilities.CaptureRunning: ("makes no images of instances that run", "stop it, and leave out --live"),
    abilities.CaptureRewritten: ("makes images of disks as they are", "leave out --reset and --compress"),
    abilities.Keys: ("has no keys", None),
    abilities.Networks: ("has no networks", None),
    abilities.Volumes: ("has no volumes", None),
    abilities.Snapshots: ("has no snapshots", None),
    abilities.Console: ("cannot connect to consoles", None),
    abilities.ConsoleLog: ("cannot read what consoles have said", None),
    abilities.Screens: ("cannot show screens", None),
    abilities.Commands: ("cannot run programs inside of instances", None),
    abilities.Describe: ("cannot change labels and descriptions", None),
    abilities.Protect: ("cannot protect instances", None),
    abilities.Autostart: ("cannot start instances with their host", None),
    abilities.Rename: ("cannot rename instances", None),
    abilities.Resize: ("cannot resize instances", None),
    abilities.Clone: ("cannot clone instances", None),
    abilities.Adopt: ("cannot adopt instances", None),
    abilities.Preview: ("does not show what it would send", "the plan without --native says what"),
    abilities.DescribeRealms: ("does not tell how its realms are doing", "name one: --realm REALM"),
    abilities.PrepareRealms: ("prepares no realms", "how it is doing: dcctl realm show"),
}
"""What a driver does that has not inherited the class, and a hint where there is a better one than what the driver can."""


def require_class(
    driver: type[Driver], ability: type, *, resource: str | None = None, realm: str | None = None
) -> None:
    """Raise ``NotSupported`` for a driver that has not inherited ``ability``; ``resource`` and ``realm``: what the request is about."""
    if not issubclass(driver, ability):
        what, hint = _LACKS[ability]
        raise NotSupported(
            f"the driver {driver.name} {what}",
            hint=hint or f"what it can: dcctl driver show {driver.name}",
            resource=resource,
            realm=realm,
        )


def require(driver: Driver, ability: type[Able], *, resource: str | None = None, realm: str | None = None) -> Able:
    """The driver as one that inherits ``ability``. Raises as ``require_class`` does."""
    require_class(type(driver), ability, resource=resource, realm=realm)
    assert isinstance(driver, ability)
    return driver
