"""Wrong drivers that tell of changes badly."""

from __future__ import annotations

from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING

from contract.memory import MemoryDriver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.driver import Driver
    from dcctl.model import Instance


class MissesChanges(MemoryDriver):
    """Begins to listen only when it is asked to wait."""

    @contextmanager
    def watch(self, instance: Instance) -> Iterator[Callable[[float], bool]]:
        def changed(seconds: float) -> bool:
            sleep(min(seconds, 0.02))
            return False

        yield changed


WRONG: dict[type[Driver], int] = {
    MissesChanges: 9,
}
