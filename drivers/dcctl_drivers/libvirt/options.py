"""What a realm says about libvirt in the catalogue, and the URI that follows from it. Pure but for the environment."""

from __future__ import annotations

import os

from dcctl.model import Realm
from dcctl.settings import Setting, Values, switch, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

USER_NETWORK = "user"
"""The network of an ordinary user's guests: QEMU's own, outwards only. Not a network that libvirt knows."""

_SYSTEM, _SESSION = "qemu:///system", "qemu:///session"

# Where the daemons listen: the modular one, the monolithic one.
_SYSTEM_SOCKETS = ("/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock")

URI: Setting[str | None] = Setting(
    "uri", text, None, "the libvirt URI; otherwise LIBVIRT_DEFAULT_URI, else qemu:///system where it may be used"
)
POOL = Setting("pool", text, "default", "the storage pool, a directory, for images and disks")
NETWORK: Setting[str | None] = Setting(
    "network",
    text,
    None,
    "the network of new instances; user is QEMU's own, outwards only; otherwise default, for qemu:///session user",
)
SHARED = Setting("shared", switch, False, "the pool is shared by the daemons of several hosts")

JUMP: Setting[str | None] = Setting(
    "jump",
    text,
    None,
    "the ssh host through which guests are reached; none: straight; otherwise that of a qemu+ssh URI",
)

REALM_OPTIONS = (URI, POOL, NETWORK, SHARED, JUMP)


def uri_of(realm: Realm, environ: Mapping[str, str]) -> str:
    """The URI that the realm's endpoint is opened with; one that never asks for a password."""
    return never_asking(realm.options[URI] or default_uri(environ))


def network_of(realm: Realm, uri: str) -> str:
    """The network of the realm's new instances."""
    return realm.options[NETWORK] or (USER_NETWORK if is_session(uri) else "default")


def default_uri(environ: Mapping[str, str]) -> str:
    """``LIBVIRT_DEFAULT_URI``, else the system's libvirt where this user may use it, else the user's own."""
    given = environ.get("LIBVIRT_DEFAULT_URI")
    if given:
        return given
    may = os.geteuid() == 0 or any(os.access(socket, os.W_OK) for socket in _SYSTEM_SOCKETS)
    return _SYSTEM if may else _SESSION


def implicit_realm() -> Realm:
    """What there is without a catalogue: the libvirt of this machine, or the one that ``LIBVIRT_DEFAULT_URI`` names."""
    return Realm("local", "The default libvirt", Values())


def never_asking(uri: str) -> str:
    """The URI with ``no_tty=1`` where ssh would otherwise ask for a password or a host key on the terminal."""
    scheme, separator, _ = uri.partition("://")
    _, _, transport = scheme.partition("+")
    if not separator or transport.lower() != "ssh":
        return uri
    address, _, query = uri.partition("?")
    if any(parameter.partition("=")[0] == "no_tty" for parameter in query.split("&")):
        return uri
    return f"{address}?{query}&no_tty=1" if query else f"{address}?no_tty=1"


def is_local(uri: str) -> bool:
    """Whether the hypervisor runs on this machine: the URI names no host."""
    _, _, rest = uri.partition("://")
    return rest.startswith("/") or "+unix://" in uri


def jump_of(realm: Realm, uri: str) -> str | None:
    """The host through which the addresses of libvirt's own networks are reached; None: straight from here."""
    given = realm.options[JUMP]
    if given is not None:
        return None if given == "none" else given
    scheme, separator, rest = uri.partition("://")
    host = rest.partition("/")[0]
    if not separator or not host or scheme.partition("+")[2].lower() != "ssh":
        return None
    return host if ":" not in host else f"ssh://{host}"


def has_streams(uri: str) -> bool:
    """Whether the content of volumes can be sent and fetched. libvirt's simulated hypervisor, test:///, keeps none (error 3)."""
    return not uri.startswith("test:")


def is_session(uri: str) -> bool:
    """Whether the daemon is an ordinary user's own, without any more rights than they have."""
    return path_of(uri) == "/session"


def path_of(uri: str) -> str:
    """``/session`` of ``qemu+unix:///session?socket=…``."""
    _, _, rest = uri.partition("://")
    rest = rest.partition("?")[0]
    return rest[rest.find("/") :] if "/" in rest else ""
