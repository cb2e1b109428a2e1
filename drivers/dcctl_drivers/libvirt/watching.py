"""libvirt's events as a flag that they raise, one for each wait. The loop that delivers them runs since the connection was opened."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import libvirt


@contextmanager
def lifecycle(host: libvirt.virConnect, domain: libvirt.virDomain) -> Iterator[Callable[[float], bool]]:
    """A function that waits until the domain may have changed, at most that many seconds; whether it may have."""
    import libvirt  # noqa: PLC0415  loaded already

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
