"""Where the screen of a domain is shown."""

from __future__ import annotations

from dcctl.errors import NotAllowed, NotFound
from dcctl.nouns.screens import Screen
from dcctl_drivers.libvirt.domain_xml import vnc_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    import libvirt

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  how others may have set it; we never do
_HERE = ("127.0.0.1", "::1", "localhost")


def screen(domain: libvirt.virDomain, through: str | None) -> Screen:
    """The VNC server of the domain. ``through``: how ssh reaches the host, if it is another one."""
    place = vnc_place(domain.XMLDesc())
    if place is None:
        raise NotFound(
            f"{domain.name()} shows no screen by VNC",
            hint="create instances with --vnc; the text console: dcctl instance console",
            resource=domain.name(),
        )
    host, port = place
    if port <= 0:
        raise NotAllowed(f"the screen of {domain.name()} is dark: it is off", resource=domain.name())
    if host in _EVERYWHERE:
        host = "127.0.0.1" if host == _EVERYWHERE[0] else "::1"
    return Screen(host, port, through if host in _HERE else None)
