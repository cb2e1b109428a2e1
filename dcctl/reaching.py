"""Waiting until an instance lets people in: it runs, it has an address, ssh answers there. The stage that is missing is named."""

from __future__ import annotations

import os
from time import monotonic

from dcctl.errors import Failed, NotSupported, Timeout
from dcctl.frozen import frozen
from dcctl.ssh import PORT, addresses, door_command
from dcctl.waiting import await_address
from dcctl.words import as_placed, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Address, Instance

LONGEST_ATTEMPT, LONGEST_THROUGH, PAUSE = 2.0, 10.0, 0.25
"""Seconds: a host that drops what is sent to it is asked again after the first, or the second if another stands between; one that refuses
after the third."""

LONGEST_GREETING = 4096
"""ssh may say a few lines before the one that begins with SSH- (RFC 4253, 4.2)."""


@frozen
class Reached:
    """An instance, and the one of its addresses where ssh answered."""

    instance: Instance
    address: Address


def check_real(driver: type[Driver]) -> None:
    """Raise ``NotSupported`` for a driver whose instances nobody can log in to."""
    if driver.simulated:
        raise NotSupported(
            f"with the driver {driver.name} nothing real is made: nobody answers there",
            hint="choose another: dcctl --driver libvirt",
        )


def await_ssh(driver: Driver, instance: Instance, deadline: float, job: Job) -> Reached:
    """Wait until ssh answers at one of the addresses. Raises as ``await_address`` does; ``deadline`` as there."""
    while True:
        job.stage("address")
        instance = await_address(driver, instance, deadline, job)
        job.stage("ssh")
        why = "it has no address that ssh could use"
        for address in addresses(instance):
            left = deadline - monotonic()
            if address.through is None:
                problem = greeting_problem(address.value, PORT, max(0.05, min(left, LONGEST_ATTEMPT)))
            else:
                seconds = max(0.05, min(left, LONGEST_THROUGH))
                problem = greeting_problem_through(address.through, address.value, PORT, seconds)
            if problem is None:
                return Reached(instance, address)
            why = f"at {visible(address.value)} port {PORT} {problem}"
        left = deadline - monotonic()
        if left <= 0:
            raise Timeout(
                f"{instance.name} takes longer than asked to wait for ssh: it is running, but {why}",
                hint=f"it goes on; wait for it with: dcctl instance wait {as_placed(instance)} --for ssh",
                resource=instance.name,
                realm=instance.realm,
            )
        job.pause(min(left, PAUSE))


def greeting_problem(host: str, port: int, seconds: float) -> str | None:
    """Why nobody speaks ssh there, as the end of a sentence; None if somebody does. A port alone proves nothing: it may be forwarded."""
    from socket import create_connection, gaierror  # noqa: PLC0415  5 ms, only for those who log in

    end = monotonic() + seconds
    try:
        with create_connection((host, port), timeout=seconds) as connection:
            said = b""
            while not _is_greeting(said):
                connection.settimeout(max(0.01, end - monotonic()))
                more = connection.recv(512)
                if not more:
                    return "the connection is closed at once"
                said += more
                if len(said) > LONGEST_GREETING:
                    return "something else than ssh answers"
    except TimeoutError:
        return "nobody answers"
    except gaierror as error:
        return f"the name is not known ({error.strerror})"
    except OSError as error:
        return f"there is nobody ({error.strerror})"
    return None


def greeting_problem_through(through: str, host: str, port: int, seconds: float) -> str | None:
    """As ``greeting_problem``, seen from another host, to which ssh connects. Raises ``Failed`` without ssh."""
    from select import select  # noqa: PLC0415  only for those who log in
    from subprocess import PIPE, Popen  # noqa: PLC0415  12 ms, likewise

    words = door_command(host, port, through)
    end = monotonic() + seconds
    try:
        process = Popen(words, stdin=PIPE, stdout=PIPE, stderr=PIPE)  # noqa: S603  no shell; what comes from outside is one word behind --
    except OSError as error:
        raise Failed(f"cannot run ssh: {error.strerror}", hint="install it: apt install openssh-client") from error
    with process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            said = b""
            while not _is_greeting(said):
                ready, _, _ = select([process.stdout], [], [], max(0.0, end - monotonic()))
                if not ready:
                    return f"nobody answers through {visible(through)}"
                more = os.read(process.stdout.fileno(), 512)
                said += more
                if len(said) > LONGEST_GREETING:
                    return "something else than ssh answers"
                if not more:
                    why = process.stderr.read(LONGEST_GREETING).decode(errors="replace").split("\n")[0].strip()
                    return f"there is nobody through {visible(through)} ({visible(why) or 'closed at once'})"
        finally:
            process.kill()
    return None


def _is_greeting(said: bytes) -> bool:
    return said.startswith(b"SSH-") or b"\nSSH-" in said
