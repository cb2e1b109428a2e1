"""The calls that a driver makes out of its own package, by which moments of its work can be told: most are calls of its provider."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import BuiltinFunctionType, FrameType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from dcctl.driver import Driver

# What only computes: these packages, and methods of these types.
_PLAIN_PACKAGES = frozenset(
    ("builtins", "contextlib", "copy", "dataclasses", "enum", "functools", "json", "re", "time", "typing")
)
_PLAIN_TYPES = (str, bytes, bytearray, list, tuple, dict, set, frozenset, int, float, type)


class Calls:
    """Of one driver, in the calling thread, in order. ``names`` are those that were seen; ``prefix`` is how they begin."""

    def __init__(self, driver: type[Driver], *, prefix: str = "") -> None:
        self.names: list[str] = []
        self._prefix = prefix
        self._own = {cls.__module__.partition(".")[0] for cls in driver.__mro__} - {"dcctl", "abc", "builtins"}

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Write down the calls."""
        yield from self._profiled(lambda _: None)

    @contextmanager
    def interrupted(self, number: int, interrupt: Callable[[], None]) -> Iterator[None]:
        """Interrupt before the call with that number, counted from 0."""

        def act(count: int) -> None:
            if count == number:
                interrupt()

        yield from self._profiled(act)

    def _profiled(self, act: Callable[[int], None]) -> Iterator[None]:
        before = sys.getprofile()

        def look(frame: FrameType, event: str, argument: Any) -> None:
            name = self._called(frame, event, argument)
            # A destructor is called whenever Python likes, and nothing that it raises is heard.
            if name is not None and name.startswith(self._prefix) and not name.endswith("__del__"):
                act(len(self.names))
                self.names.append(name)

        sys.setprofile(look)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _called(self, frame: FrameType, event: str, argument: Any) -> str | None:
        """What is called, if the caller is the driver's code, and what it calls is not."""
        if event == "c_call" and self._is_own(frame) and not _only_computes(argument):
            return getattr(argument, "__qualname__", None) or repr(argument)
        if event == "call" and self._is_own(frame.f_back) and not self._is_own(frame) and _may_act(frame):
            return frame.f_code.co_qualname
        return None

    def _is_own(self, frame: FrameType | None) -> bool:
        return frame is not None and _package(frame) in self._own


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _may_act(frame: FrameType) -> bool:
    """Whether it may change something. Calls of dcctl itself do not; a stage is a moment that other checks look at."""
    return _package(frame) not in _PLAIN_PACKAGES | {"dcctl"}


def _only_computes(function: BuiltinFunctionType) -> bool:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, ModuleType):
        return owner.__name__ in _PLAIN_PACKAGES
    return owner is None or isinstance(owner, _PLAIN_TYPES)
