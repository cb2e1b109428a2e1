"""QEMU's agent in a guest, who does things there without a network. Asked only when somebody wants something of it, never by a list.

https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from contextlib import suppress

from dcctl.errors import Failed, NotAllowed, NotFound, NotSupported, Usage
from dcctl.nouns.commands import Ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import libvirt

ANSWER_SECONDS = 5
"""How long an agent may take for one answer. A dead one would otherwise hold whoever asks, and libvirt's lock on the guest, for good."""

_SIGNALLED = 128

# A string in libvirt's own protocol has at most 4 MiB (REMOTE_STRING_MAX), base64 makes 4 bytes of 3; of an agent's answer libvirt reads 10 MiB.
_TOO_LONG, _FAR_TOO_LONG = "unable to encode message payload", "no complete agent response"


def begin(domain: libvirt.virDomain, command: Sequence[str], stdin: bytes) -> str:
    """Start a program in the guest; its number there. Raises ``NotFound`` if there is no such program."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    arguments: dict[str, object] = {"path": command[0], "arg": list(command[1:]), "capture-output": True}
    if stdin:
        arguments["input-data"] = b64encode(stdin).decode()
    try:
        return str(ask(domain, "guest-exec", arguments)["pid"])
    except libvirt.libvirtError as error:
        said = str(error).lower()
        if _TOO_LONG in said:
            raise Usage(
                f"the input of {command[0]} is too much for libvirt to hand over: at most 3 MiB",
                hint="copy it there: dcctl instance cp",
                resource=domain.name(),
            ) from error
        if "failed to execute child process" in said or "no such file" in said:
            raise NotFound(f"there is no program {command[0]} in {domain.name()}", resource=domain.name()) from error
        if "has been disabled" in said or "has not been found" in said:
            _must_not_be_frozen(domain)
            raise NotSupported(
                f"the agent in {domain.name()} runs no programs",
                hint="allow guest-exec in its configuration, often /etc/sysconfig/qemu-ga",
                resource=domain.name(),
            ) from error
        raise


def end(domain: libvirt.virDomain, number: str) -> Ended | None:
    """How the program ended; None while it runs. Raises ``Failed`` when it wrote more than can be handed over: the agent gives it out once."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        answer = ask(domain, "guest-exec-status", {"pid": int(number)})
    except libvirt.libvirtError as error:
        said = str(error).lower()
        if _TOO_LONG not in said and _FAR_TOO_LONG not in said:
            raise
        again = "; the agent answers again when it is started anew in the guest" if _FAR_TOO_LONG in said else ""
        raise Failed(
            f"the program ended in {domain.name()}, but wrote more than libvirt hands over: at most 3 MiB",
            hint=f"have it write to a file, and copy that: dcctl instance cp{again}",
            resource=domain.name(),
        ) from error
    if not answer["exited"]:
        return None
    return Ended(
        answer["exitcode"] if "exitcode" in answer else _SIGNALLED + answer.get("signal", 0),
        b64decode(answer.get("out-data", "")),
        b64decode(answer.get("err-data", "")),
        bool(answer.get("out-truncated") or answer.get("err-truncated")),
    )


def is_frozen(domain: libvirt.virDomain) -> bool:
    """Whether the agent says that it holds file systems still. Raises ``libvirtError`` where it does not answer."""
    return bool(ask(domain, "guest-fsfreeze-status", {}) == "frozen")


def _must_not_be_frozen(domain: libvirt.virDomain) -> None:
    """While it holds file systems still, an agent says of everything else that it is disabled. Raises ``NotAllowed``."""
    import libvirt  # noqa: PLC0415  loaded already

    held = False
    with suppress(libvirt.libvirtError):  # it may not know that either
        held = is_frozen(domain)
    if held:
        raise NotAllowed(
            f"the file systems of {domain.name()} are held still, and nothing runs there meanwhile",
            hint="for a capture or a backup, that is a moment; if somebody was killed making one: dcctl doctor --fix",
            resource=domain.name(),
        )


def ask(domain: libvirt.virDomain, execute: str, arguments: dict[str, object]) -> Any:
    """What the agent returns. Raises ``libvirtError``: there is none, it does not answer in time, or it refuses."""
    from libvirt_qemu import qemuAgentCommand  # noqa: PLC0415  part of libvirt-python; for the agent only

    request = json.dumps({"execute": execute, "arguments": arguments})
    return json.loads(qemuAgentCommand(domain, request, ANSWER_SECONDS, 0))["return"]
