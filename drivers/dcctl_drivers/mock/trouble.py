"""Trouble on request, so that people can rehearse their scripts: latency, random failures, failures at a named call."""

from __future__ import annotations

from time import sleep

from dcctl.errors import (
    AuthenticationFailed,
    Capacity,
    Conflict,
    DcctlError,
    Failed,
    NotAllowed,
    NotFound,
    NotSupported,
    Timeout,
    Unreachable,
)
from dcctl.settings import Setting, duration, fraction, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.job import Job
    from dcctl.settings import Values

CALLS = (
    "images",
    "instances",
    "create",
    "start",
    "stop",
    "power-off",
    "reboot",
    "suspend",
    "resume",
    "destroy",
    "import-image",
    "destroy-image",
    "keys",
    "import-key",
    "destroy-key",
    "networks",
    "create-network",
    "destroy-network",
    "console",
    "console-log",
    "command",
    "volumes",
    "create-volume",
    "destroy-volume",
    "attach-volume",
    "detach-volume",
    "resize-volume",
    "screen",
    "describe",
    "protect",
    "rename",
    "autostart",
    "resize",
    "clone",
    "preview",
    "snapshots",
    "create-snapshot",
    "revert-snapshot",
    "destroy-snapshot",
    "realm-facts",
    "diagnose",
)
"""Everything that can be made to fail, by the name that the setting ``fail`` uses."""

_ERRORS: dict[str, type[DcctlError]] = {
    kind.code: kind
    for kind in (
        Failed,
        NotFound,
        NotAllowed,
        Conflict,
        NotSupported,
        Unreachable,
        AuthenticationFailed,
        Timeout,
        Capacity,
    )
}


def failures(raw: object) -> tuple[tuple[str, str], ...]:
    """Pairs of a call and an error's code, from texts such as ``create`` and ``instances:unreachable``."""
    found = []
    for item in texts(raw):
        call, _, code = item.partition(":")
        code = code or Failed.code
        if call not in CALLS:
            raise ValueError(f"{call} is not something that can fail; known: {', '.join(CALLS)}")
        if code not in _ERRORS:
            raise ValueError(f"{code} is not the code of an error; known: {', '.join(_ERRORS)}")
        found.append((call, code))
    return tuple(found)


LATENCY = Setting("latency", duration, 0.0, "how long every call takes")
FAILURE_RATE = Setting("failure_rate", fraction, 0.0, "the share of calls that fail, from 0 to 1, at random")
FAIL: Setting[tuple[tuple[str, str], ...]] = Setting(
    "fail", failures, (), "calls that always fail, each as CALL or CALL:CODE, such as create:capacity"
)


def strike(settings: Values, call: str, job: Job | None = None) -> None:
    """Take the time that was asked for, then fail if that was asked for. Comes before anything is changed."""
    if latency := settings[LATENCY]:
        if job is None:
            sleep(latency)
        else:
            job.pause(latency)
    for failing, code in settings[FAIL]:
        if failing == call:
            raise _ERRORS[code](
                f"{call} fails, as the mock driver was told", hint="it was told by the setting fail of this context"
            )
    if rate := settings[FAILURE_RATE]:
        from random import random  # noqa: PLC0415  4 ms that only people who rehearse failures need pay

        if random() < rate:  # noqa: S311  nothing secret depends on it
            raise Failed(
                f"{call} failed by chance, as the mock driver was told",
                hint=f"try again; the setting failure_rate of this context is {rate:g}",
            )
