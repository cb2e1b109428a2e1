"""Waiting until cloud-init has finished in a guest: asked over ssh, with the person's own key; by its agent where ssh lets nobody in."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from dcctl.errors import Cancelled, DcctlError, Failed, NotSupported, Timeout
from dcctl.ssh import ssh_command
from dcctl.words import as_placed, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from subprocess import Popen

    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.nouns.commands import Ended
    from dcctl.ssh import Login

    Agent = Callable[[Sequence[str], float], Ended]
    """Runs a program inside and waits for its end, that many seconds at most. Raises as ``Inside.run``."""

# In this order: cloud-init waits by itself, so that nothing is asked again and again. 127 is what shells say of a missing program.
_ASK = "command -v cloud-init >/dev/null || exit 127; cloud-init status --wait"
_QUIET = (("BatchMode", "yes"), ("ConnectTimeout", "5"), ("ServerAliveInterval", "5"), ("LogLevel", "ERROR"))

DONE, ERROR, DEGRADED, MISSING, NOT_IN = 0, 1, 2, 127, 255
"""Exit statuses: three of cloud-init's (https://cloudinit.readthedocs.io/en/latest/explanation/return_codes.html), the shell's, and ssh's."""

PAUSE = 1.0
"""Seconds between attempts to log in: a guest that boots may answer before it knows whom to let in."""


def await_cloud_init(
    instance: Instance, login: Login | None, deadline: float, job: Job, agent: Agent | None = None
) -> bool:
    """Wait until it has finished; whether all went well (False: it recovered from errors, cloud-init's "degraded").

    ``agent`` is asked when ssh does not let us in: people who log in with a password, or not at all, wait as well. Without a login it is
    the only one to ask.
    Raises ``Failed`` when it ended in an error, ``NotSupported`` when the guest has none, ``Timeout`` at the deadline.
    """
    job.stage("cloud-init")
    by_ssh = None if login is None else ssh_command(replace(login, extra=(*login.extra, *_QUIET)), [_ASK])
    unfinished = why = "cloud-init has not finished"
    while True:
        outcome = (NOT_IN, "") if by_ssh is None else _run(by_ssh, deadline, job)
        if agent is not None and outcome is not None and outcome[0] == NOT_IN:
            told = _by_agent(agent, deadline)
            if by_ssh is None or told is None or told[0] != NOT_IN:
                outcome = told
            if told is None:
                why = unfinished
        if outcome is not None:
            status, said = outcome
            if status in (DONE, DEGRADED):
                return status == DONE
            if status == MISSING:
                raise NotSupported(
                    f"there is no cloud-init in {instance.name}",
                    hint=f"wait for {'ssh' if by_ssh else 'state=running'} instead",
                    **_about(instance),
                )
            if status != NOT_IN:
                raise Failed(
                    f"cloud-init failed in {instance.name}: {said}",
                    hint=f"look at it: dcctl instance {'ssh' if by_ssh else 'exec'} {as_placed(instance)}"
                    " -- cloud-init status --long",
                    **_about(instance),
                )
            reached = "ssh answers, but does not let us in, and " if by_ssh else ""
            why = f"{reached}no agent can be asked: {said}"
        left = deadline - monotonic()
        if left <= 0:
            raise Timeout(
                f"{instance.name} takes longer than asked to wait for cloud-init: {why}",
                hint=f"it goes on; wait for it with: dcctl instance wait {as_placed(instance)} --for cloud-init"
                + (" (and --identity FILE, if ssh needs to be told the key)" if by_ssh else ""),
                **_about(instance),
            )
        job.pause(min(left, PAUSE))


def _about(instance: Instance) -> dict[str, str | None]:
    return {"resource": instance.name, "realm": instance.realm}


def _run(words: list[str], deadline: float, job: Job) -> tuple[int, str] | None:
    """The exit status and the last line that was said; None if the deadline passed. Raises ``Failed`` without ssh."""
    from subprocess import DEVNULL, PIPE, STDOUT, Popen  # noqa: PLC0415  12 ms, for this waiting only

    try:
        process = Popen(words, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True, errors="replace")  # noqa: S603  no shell here
    except OSError as error:
        raise Failed(
            f"cannot run {words[0]}: {error.strerror}", hint="install it: apt install openssh-client"
        ) from error
    with process:
        try:
            said = _output(process, deadline, job)
        finally:
            process.kill()
    return None if said is None else (process.returncode, _last_line(said))


def _by_agent(agent: Agent, deadline: float) -> tuple[int, str] | None:
    """As ``_run``; ``NOT_IN`` and why if there is no agent, or one that runs no programs: guests boot, and ssh may let us in later."""
    try:
        ended = agent(["/bin/sh", "-c", _ASK], deadline - monotonic())
    except Cancelled:
        raise
    except Timeout:
        return None
    except DcctlError as error:
        return NOT_IN, visible(error.message)
    return ended.exit_status, _last_line((ended.stdout + ended.stderr).decode(errors="replace"))


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip(". ")]
    return visible(lines[-1].strip()) if lines else "it says nothing"


def _output(process: Popen[str], deadline: float, job: Job) -> str | None:
    from subprocess import TimeoutExpired  # noqa: PLC0415  loaded already

    while (left := deadline - monotonic()) > 0:
        job.check()
        try:
            return process.communicate(timeout=min(left, 0.2))[0]
        except TimeoutExpired:
            continue
    return None
