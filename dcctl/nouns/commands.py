"""What drivers and the core exchange about programs that run inside of instances."""

from __future__ import annotations

from dcctl.frozen import frozen


@frozen
class Ended:
    """How a program ended: its exit status, 128 plus its number if a signal ended it, and what it wrote.

    ``cut``: it wrote more than the provider keeps.
    """

    exit_status: int
    stdout: bytes = b""
    stderr: bytes = b""
    cut: bool = False
