"""libvirt's events: one loop for the process, and for each wait a flag that they raise."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Lock, Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import libvirt

_starting = Lock()
_loop: list[Thread] = []


def _ensure_loop() -> None:
    """Events arrive while somebody runs the loop; it never ends, as a daemon thread need not."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    def run() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()

    with _starting:
        if not _loop:
            thread = Thread(target=run, name="libvirt-events", daemon=True)
            thread.start()
            _loop.append(thread)


@contextmanager
def lifecycle(host: libvirt.virConnect, domain: libvirt.virDomain) -> Iterator[Callable[[float], bool]]:
    """A function that waits until the domain may have changed, at most that many seconds; whether it may have."""
    import libvirt  # noqa: PLC0415  loaded already

    _ensure_loop()
    happened = Event()

    def note(*_: object) -> None:
        happened.set()

    # For this domain only: a connection takes one registration for all domains, and one for each.
    identifier = host.domainEventRegisterAny(domain, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, note, None)

    def changed(seconds: float) -> bool:
        if happened.wait(seconds):
            happened.clear()
            return True
        return False

    try:
        yield changed
    finally:
        try:
            host.domainEventDeregisterAny(identifier)
        except libvirt.libvirtError:
            happened.set()  # the connection broke, and the registration with it
