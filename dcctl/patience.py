"""Calls that may be left behind: whoever asks a provider waits for the answer, but not for ever."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread  # what threading is made of, without its 3 ms
from time import monotonic
from typing import Generic, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

DEFAULT_PATIENCE = 30.0
"""Seconds. A connection over ssh from far away takes five, a list of 10,000 instances ten; who is silent for longer is not there."""


_HEED_SECONDS = 0.1
"""How late a signal may be heeded."""


class Call(Generic[Answer]):
    """A call in a thread of its own, begun at once. If its answer is waited for in vain, the thread ends with the process, or when it can."""

    def __init__(self, work: Callable[[], Answer]) -> None:
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        self._ended = allocate_lock()
        self._ended.acquire()
        start_new_thread(self._run, (work,))

    def _run(self, work: Callable[[], Answer]) -> None:
        try:
            self._answers.append(work())
        except BaseException as error:  # noqa: BLE001  raised where the answer is waited for
            self._error = error
        finally:
            self._ended.release()

    @property
    def running(self) -> bool:
        """Whether there is no answer yet."""
        return self._ended.locked()

    def answer(self, deadline: float) -> Answer:
        """What the call returned or raised. Raises ``TimeoutError`` when there is neither at ``deadline`` (``time.monotonic``)."""
        if not self._ended.acquire(timeout=max(0.0, deadline - monotonic())):
            raise TimeoutError
        return self._outcome_once_ended()

    def outcome(self) -> Answer:
        """What the call returned or raised, whenever that is. Signals are handled meanwhile, whatever library the call is in."""
        # The system may hand a signal to the other thread, as it does where libvirt's client changes its mask; nobody is woken here then.
        while not self._ended.acquire(timeout=_HEED_SECONDS):
            pass
        return self._outcome_once_ended()

    def _outcome_once_ended(self) -> Answer:
        self._ended.release()  # the answer may be asked for again
        if self._error is not None:
            raise self._error
        return self._answers[0]
