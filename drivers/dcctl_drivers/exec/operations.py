"""What dcctl may ask of a program. The names are those of the driver's methods; the protocol and the description use them as they are."""

from __future__ import annotations

from enum import StrEnum

from dcctl.model import Action

PROTOCOL = 1
"""The version of the protocol between dcctl and the programs, and of the description's format."""


class Operation(StrEnum):
    """One program each; several may be the same program, which is told the operation."""

    IMAGES = "images"
    INSTANCES = "instances"
    CREATE = "create"
    START = "start"
    STOP = "stop"
    REBOOT = "reboot"
    SUSPEND = "suspend"
    RESUME = "resume"
    DESTROY = "destroy"
    POWER_OFF = "power_off"
    IMPORT_IMAGE = "import_image"
    DESTROY_IMAGE = "destroy_image"


ACTIONS = {Operation(action.value): action for action in Action}
"""The operations that the state machine must name if a program does, and the other way round."""

ALWAYS = (Operation.IMAGES, Operation.INSTANCES, Operation.CREATE)
"""What no driver can do without."""
