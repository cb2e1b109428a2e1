"""The options of a create request against what the driver declares. Pure.

A new option of create belongs here: a line in ``option_problems``, or, where it takes more than a few, a function in a module of its
own that is called here. What must be looked up for it belongs into ``create_facts``.
"""

from __future__ import annotations

from typing import TypeVar

from dcctl.abilities import Ability, AttachNetworks, Autostart, ConsoleLog, Machines, Screens, SshKeys, UserData
from dcctl.errors import DcctlError, NotSupported, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dcctl.creation import CreateRequest
    from dcctl.driver import Driver

Kind = TypeVar("Kind", bound=Ability)


def ability_of(driver: Driver, kind: type[Kind]) -> Kind | None:
    """What the driver declares about one kind of create option, if anything."""
    return next((ability for ability in driver.abilities if isinstance(ability, kind)), None)


def option_problems(driver: Driver, request: CreateRequest, ssh_keys: Sequence[str]) -> list[DcctlError]:
    """Options that the driver does not declare, or that exceed what it declares."""
    problems = list(_amount_problems(driver, request, ssh_keys))
    switches = (
        ("--console-log", request.console_log, ConsoleLog),
        ("--vnc", request.vnc, Screens),
        ("--autostart", request.autostart, Autostart),
        ("--firmware, --tpm and --machine", request.machine is not None, Machines),
    )
    problems += [unsupported(driver, word) for word, on, ability in switches if on and not isinstance(driver, ability)]
    if request.labels or request.description:
        from dcctl.labels import description_problems  # noqa: PLC0415  few instances get any

        problems += description_problems(driver, request.labels, request.labels, request.description)
    if request.disks is not None:
        from dcctl.disk_options import disk_problems  # noqa: PLC0415  few instances have more than one

        problems += disk_problems(driver, request.disks, request.count)
    if request.first_boot is not None:
        from dcctl.first_boot_options import first_boot_problems  # noqa: PLC0415  few requests say more than user data

        problems += first_boot_problems(driver, request.first_boot)
    return problems


def _amount_problems(driver: Driver, request: CreateRequest, ssh_keys: Sequence[str]) -> Iterator[DcctlError]:
    """Options of which there may be too much."""
    if request.user_data is not None:
        user_data = ability_of(driver, UserData)
        if user_data is None:
            yield unsupported(driver, "user data")
        elif len(request.user_data) > user_data.max_bytes:
            yield (
                Usage(
                    f"the user data has {len(request.user_data)} bytes",
                    hint=f"at most {user_data.max_bytes} are allowed",
                )
            )
    if ssh_keys:
        rule = ability_of(driver, SshKeys)
        if rule is None:
            yield unsupported(driver, "ssh keys")
        elif len(ssh_keys) > rule.max_count:
            yield (Usage(f"{len(ssh_keys)} ssh keys are too many", hint=f"at most {rule.max_count}"))
    if request.networks:
        attaching = ability_of(driver, AttachNetworks)
        if attaching is None:
            yield unsupported(driver, "networks")
        elif len(request.networks) > attaching.max_count:
            yield (Usage(f"{len(request.networks)} networks are too many", hint=f"at most {attaching.max_count}"))


def unsupported(driver: Driver, what: str) -> NotSupported:
    """The refusal of an option that the driver does not declare."""
    return NotSupported(
        f"the driver {driver.name} does not take {what}", hint=f"what it takes: dcctl driver show {driver.name}"
    )
