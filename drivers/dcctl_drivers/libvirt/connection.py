"""One endpoint's connection: opened by the first call, shared by all threads, opened anew once it broke."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread  # what threading is made of, without its 3 ms
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TypeVar

from dcctl.errors import DriverError, Unreachable
from dcctl.patience import DEFAULT_PATIENCE, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import libvirt

Text = TypeVar("Text")
Answer = TypeVar("Answer")

_REST_SECONDS = 0.005
"""An event comes later by as much, at most: one that somebody waits for for seconds."""

_events_prepared = False


class Connection:
    """A libvirt connection that is there when it is asked for.

    ``patience``: seconds that opening may take, and that the other end may be silent in the middle of a call. A daemon that works
    on something for long is not silent: it answers keepalive messages meanwhile.
    """

    def __init__(self, uri: str, patience: float = DEFAULT_PATIENCE) -> None:
        self.uri = uri
        self._patience = patience
        self._lock = allocate_lock()
        self._host: libvirt.virConnect | None = None
        self.was_open = False
        """Whether there ever was a connection: what breaks before that is no lost one."""

    @property
    def host(self) -> libvirt.virConnect:
        """The open connection.

        Raises ``DriverError`` without libvirt-python, ``libvirt.libvirtError`` when it cannot be opened, ``Unreachable`` when that
        takes too long.
        """
        with self._lock:
            if self._host is None or not self._host.isAlive():  # local: asks our end of the socket only
                self._host = self._open()
                self.was_open = True
            return self._host

    def _open(self) -> libvirt.virConnect:
        opening = Call(lambda: _open(self.uri, self._patience))
        try:
            return opening.answer(monotonic() + self._patience)
        except TimeoutError:
            # Should it succeed after all, the collector closes it.
            raise Unreachable(
                f"libvirt: {self.uri} has not answered in {self._patience:g} s",
                hint="wait longer with --realm-timeout; or see with virsh -c URI version whether anybody is there",
            ) from None

    def close(self) -> None:
        """Let go of it. Safe at any time."""
        with self._lock:
            host, self._host = self._host, None
        if host is not None:
            import libvirt  # noqa: PLC0415  it is loaded: there is a connection

            try:
                host.close()
            except libvirt.libvirtError:
                return  # the other end went first


def answer(ask: Callable[[Text], Answer], text: Text) -> Answer:
    """What libvirt answers to a question, asked once more if it failed without saying why.

    libvirt-python asks for the reason after the failure. If the collector frees one of libvirt's objects in between, that resets it
    (seen once in some thousand look-ups of the tests); and whoever asks whether something exists needs the reason.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    try:
        return ask(text)
    except libvirt.libvirtError as error:
        if error.get_error_code() is not None:
            raise
    return ask(text)


@contextmanager
def forgiving(*codes: int) -> Iterator[None]:
    """Let libvirt's errors with these numbers pass: what was wanted is the case already."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    try:
        yield
    except libvirt.libvirtError as error:
        if error.get_error_code() not in codes:
            raise


def _open(uri: str, patience: float) -> libvirt.virConnect:
    global _events_prepared  # noqa: PLW0603  libvirt's event loop is one per process, and must be chosen before the first open
    try:
        import libvirt  # noqa: PLC0415  23 ms, and it may be missing
    except ImportError as error:
        raise DriverError(
            f"the driver libvirt needs libvirt-python: {error}",
            hint="install it: apt install python3-libvirt (for Debian's own Python), or: pip install 'dcctl[libvirt]' "
            "(after apt install libvirt-dev pkg-config gcc python3-dev)",
        ) from error
    if not _events_prepared:
        libvirt.registerErrorHandler(_say_nothing, None)
        libvirt.virEventRegisterDefaultImpl()
        # Once there is an event loop the daemon sends keepalive messages, and ends a connection that does not answer five of them.
        start_new_thread(_run_events, ())
        _events_prepared = True
    host = libvirt.open(uri)
    # Whole seconds; the other end is asked ``count`` times, and one interval later the connection is closed.
    interval = max(1, round(patience / 6))
    with forgiving(libvirt.VIR_ERR_NO_SUPPORT):  # test:///, which cannot be silent
        host.setKeepAlive(interval, max(1, int(patience / interval) - 1))
    return host


def _run_events() -> None:
    """Deliver events and answer keepalive messages, as long as the process lives.

    Each message that any thread sends or waits for wakes the loop, twice, to take its hands off the socket and to put them back. Without the
    rest in between that, and the fight for the interpreter's lock that follows, takes as much time as sending 1 GiB does.
    """
    import libvirt  # noqa: PLC0415  loaded already

    while True:
        libvirt.virEventRunDefaultImpl()
        sleep(_REST_SECONDS)


def _say_nothing(context: object, error: object) -> None:
    """libvirt prints each error to stderr otherwise, also those that are expected. They are raised all the same."""
