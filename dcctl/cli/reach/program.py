"""``dcctl instance exec``: a program in a guest as if it ran here, as far as one who cannot be there sees it."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.words_given import bytes_given, seconds_given
from dcctl.errors import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from dcctl.cli.session import Session

# It goes to the agent in one message; QEMU's takes 64 MiB of JSON, libvirt's protocol 4.
MOST_INPUT = 16 << 20


def run_program(session: Session, name: str, command: Sequence[str], *, reads: bool, timeout: str | None) -> int:
    """Run it, write what it wrote where it belongs, and return its exit status."""
    if not command[0]:
        raise Usage("the program has no name", hint="name one after --")
    seconds = seconds_given("--timeout", timeout, session.config.timeout.value)
    stdin = bytes_given("--stdin", "-", session.environment, most=MOST_INPUT) if reads else b""
    if len(stdin) > MOST_INPUT:
        raise Usage("standard input is too long to be handed over", hint="copy it there: dcctl instance cp")
    instance = session.cloud.instance(name)
    session.begin_work()
    with Progress(session, f"run {command[0]} in {instance.name}") as progress:
        job = progress.job(instance.name)
        ended = session.cloud.inside.run(instance, command, stdin=stdin, timeout=seconds, job=job)
    _write(session.environment.stdout, ended.stdout)
    _write(session.environment.stderr, ended.stderr)
    if ended.cut:
        session.note(f"{command[0]} wrote more than the agent keeps: the end is missing")
    return ended.exit_status


def _write(stream: TextIO, content: bytes) -> None:
    """Byte for byte, also what is no text."""
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(content.decode(errors="replace"))
    else:
        stream.flush()
        binary.write(content)
    stream.flush()
