"""The disks of a new instance, from the words of ``--disk``, ``--volume`` and ``--disk-mode``."""

from __future__ import annotations

from dcctl import sizes
from dcctl.cli.words_given import must_be_text
from dcctl.errors import DcctlError, Usage
from dcctl.nouns.disks import WantedDisks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.create.wanted import Wanted


def disks_given(wanted: Wanted, problems: list[DcctlError]) -> WantedDisks:
    """What is wanted. What cannot be read of it is noted in ``problems`` and left out."""
    own: list[int] = []
    for word in wanted.disk:
        try:
            own.append(sizes.storage(word))
        except ValueError as error:
            problems.append(Usage(f"--disk {error}"))
    return WantedDisks(tuple(own), tuple(map(must_be_text, wanted.volume)), wanted.disk_mode)
