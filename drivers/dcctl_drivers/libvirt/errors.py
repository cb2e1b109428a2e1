"""libvirt's errors as ours. The codes are those that the calls really give (some only tell causes apart in their text).

``VIR_ERR_SYSTEM_ERROR`` (38) and ``VIR_ERR_INTERNAL_ERROR`` (1) say everything from "no daemon" to "disk full": the text decides.
"""

from __future__ import annotations

import re

import libvirt

from dcctl.errors import (
    AuthenticationFailed,
    Capacity,
    Conflict,
    DcctlError,
    Failed,
    NotAllowed,
    NotFound,
    NotSupported,
    Unreachable,
    Usage,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

INIT = "dcctl realm init REALM"
"""In hints, until ``advice`` puts the realm's name in."""

DAEMON_HINT = (
    "is the daemon running? systemctl start libvirtd (or virtqemud); Debian: apt install libvirt-daemon-system;"
    " for another host: the uri of the realm"
)
SPACE_HINT = "make room in the storage pool: virsh pool-info shows what is free"
LOST_HINT = "ask again; what was begun shows as pending or error in a list, and dcctl doctor names what is left"
_QEMU_HINT = (
    "the QEMU of the guest ended in the middle; why, says its log on the host, usually in /var/log/libvirt/qemu"
)
_CERTIFICATES_HINT = (
    "check the certificates, in the folder that pkipath in the uri names, or in /etc/pki:"
    " https://libvirt.org/kbase/tlscerts.html; without certificates: qemu+ssh://HOST/system"
)
_URI_HINT = "check the uri of the realm, as in qemu+ssh://root@HOST/system: https://libvirt.org/uri.html"
_ACCESS_HINT = "join the group libvirt and log in again, or use the uri qemu:///session"
_POOL_HINT = f"make it: {INIT}; or name another in the catalogue: pool"
_AGENT_HINT = (
    "is qemu-guest-agent installed and running in the guest? It starts late in a boot; without it: dcctl instance ssh"
)
_NETWORK_HINT = f"make or start it: {INIT}; or name another in the catalogue: network"

_HOST_KEY_HINT = "accept its host key once: ssh HOST true; with qemu+libssh the uri's known_hosts names the file"
_LOGIN_HINT = "set up a key for the user in the uri, and try: ssh USER@HOST true"

# What ssh says, as libvirt hands it on: whatever failed, the pipe ends, and the end of that text is the same as of a lost connection.
_BY_SSH_TEXT: tuple[tuple[str, type[DcctlError], str | None], ...] = (
    ("host key verification failed", AuthenticationFailed, _HOST_KEY_HINT),
    ("verify the session host key", AuthenticationFailed, _HOST_KEY_HINT),
    ("permission denied (", AuthenticationFailed, _LOGIN_HINT),
    ("failed to authenticate", AuthenticationFailed, _LOGIN_HINT),
    ("ssh: ", Unreachable, "check the host and the port in the uri of the realm, and try: ssh HOST true"),
    ("cannot execute binary", Unreachable, "is ssh installed here? It is what command in the uri of the realm names"),
    ("transport error", Unreachable, "check the uri of the realm: https://libvirt.org/uri.html#libssh-transport"),
)

# What the text says, for the codes that say nothing. The first that fits, in lower case.
_BY_TEXT: tuple[tuple[str, type[DcctlError], str | None], ...] = (
    ("no space left on device", Capacity, SPACE_HINT),
    ("disk quota exceeded", Capacity, SPACE_HINT),
    # QEMU calls everything an input/output error there, also that nothing fits any more.
    ("error while writing vm state", Capacity, f"most often the storage pool is full; {SPACE_HINT}"),
    ("cannot allocate memory", Capacity, "the host has too little memory free: choose a smaller profile"),
    ("cannot set up guest memory", Capacity, "the host has too little memory free: choose a smaller profile"),
    # A connection of the daemon's, to the QEMU of a guest.
    ("from qemu monitor", Failed, _QEMU_HINT),
    ("read from monitor", Failed, _QEMU_HINT),
    ("write to monitor", Failed, _QEMU_HINT),
    ("from agent socket", Failed, "the guest went off, or its agent did; see: dcctl instance show"),
    ("no longer running", Failed, _QEMU_HINT),
    ("unexpectedly quit", Failed, _QEMU_HINT),
    ("end of file while reading data", Unreachable, LOST_HINT),
    ("event on socket", Unreachable, LOST_HINT),
    ("poll on socket failed", Unreachable, LOST_HINT),
    ("client socket is closed", Unreachable, LOST_HINT),
    ("keepalive timeout", Unreachable, LOST_HINT),
    ("connection reset by peer", Unreachable, LOST_HINT),
    ("broken pipe", Unreachable, LOST_HINT),
    ("cannot recv data", Unreachable, "ssh could not log in: set up a key, try: ssh HOST true"),
    (
        "operation not permitted",
        NotSupported,
        "libvirt there has no right to; qemu:///system has more than qemu:///session",
    ),
    ("permission denied", AuthenticationFailed, _ACCESS_HINT),
    ("failed to connect socket", Unreachable, DAEMON_HINT),
    ("unable to connect to server", Unreachable, DAEMON_HINT),
    ("unable to resolve address", Unreachable, "check the host in the uri of the realm"),
    ("connection refused", Unreachable, DAEMON_HINT),
    (
        "cannot open directory",
        Failed,
        f"it is the storage pool's: make it on the host, or mount it; then: {INIT}",
    ),
    ("qemu uri path", Unreachable, "check the uri of the realm, as in qemu+ssh://root@HOST/system"),
    ("no route to host", Unreachable, "check the host in the uri of the realm"),
    ("timed out", Unreachable, "check the host in the uri of the realm"),
    ("asynchronous jobs running", Conflict, "the storage pool is busy; ask again in a moment"),
    ('get "write" lock', Conflict, "another guest has the same disk open"),
    # A connection that breaks while it is opened is open all the same, as one to a daemon that knows no keepalive.
    ("doesn't support keepalive protocol", Unreachable, LOST_HINT),
    ("already in use by", Conflict, None),
    ("no more available pci slots", Capacity, "stop the guest first: it has no free port to plug another device in"),
    ("does not support hotplugging", NotSupported, "stop the guest first: its machine plugs nothing while it runs"),
    (
        "unable to find any firmware",
        NotSupported,
        "install it on the host (Debian: ovmf, or qemu-efi-aarch64 for aarch64), or choose a machine type that it is for",
    ),
    ("file name too long", Usage, "choose a shorter name"),
    ("active console session exists", Conflict, "somebody is connected; --force throws them out"),
    ("cannot find character device", NotSupported, "the guest has no serial console"),
    ("using a pty", NotSupported, "its serial console leads somewhere else"),
)

# Of an instance that was there a moment ago; libvirt tells its name only where it has had the domain in its hands.
_GONE = re.compile(
    r"^Domain not found(?:: no domain with matching (?:uuid|name) '(?P<id>[^']+)'(?: \((?P<name>.+)\))?)?$"
)
_NO_FILE_HINT = "what should be there is gone: is the folder of the storage pool mounted? See: dcctl doctor"

# Reading a disk is refused with the same words as connecting; what comes before tells them apart.
_DISK_TEXTS = (
    "cannot access storage file",
    "could not open '",
    "cannot open file",
    "unable to open file",
    "could not create '",
    "failed to create file",
)
_DISK_HINT = "QEMU's user must reach the pool's directory: every folder above it needs o+x"


def _codes(
    entries: Iterable[tuple[str, type[DcctlError], str | None]],
) -> dict[int, tuple[type[DcctlError], str | None]]:
    """By number; names that the library at hand is too old for are left out."""
    return {getattr(libvirt, name): (kind, hint) for name, kind, hint in entries if hasattr(libvirt, name)}


_BY_CODE = _codes(
    (
        ("VIR_ERR_NO_SUPPORT", NotSupported, "this hypervisor cannot do that"),
        ("VIR_ERR_NO_CONNECT", Unreachable, _URI_HINT),
        ("VIR_ERR_INVALID_CONN", Unreachable, LOST_HINT),
        ("VIR_ERR_RPC", Unreachable, LOST_HINT),
        ("VIR_ERR_AUTH_FAILED", AuthenticationFailed, _ACCESS_HINT),
        ("VIR_ERR_AUTH_CANCELLED", AuthenticationFailed, _ACCESS_HINT),
        ("VIR_ERR_AUTH_UNAVAILABLE", AuthenticationFailed, _ACCESS_HINT),
        ("VIR_ERR_ACCESS_DENIED", AuthenticationFailed, "an access rule of the host forbids it"),
        ("VIR_ERR_OPERATION_DENIED", AuthenticationFailed, "the connection may only read"),
        ("VIR_ERR_GNUTLS_ERROR", AuthenticationFailed, _CERTIFICATES_HINT),
        ("VIR_ERR_NO_DOMAIN", NotFound, "see: dcctl instance list"),
        ("VIR_ERR_NO_DOMAIN_SNAPSHOT", NotFound, "see: dcctl snapshot list INSTANCE"),
        ("VIR_ERR_NO_NETWORK", NotFound, _NETWORK_HINT),
        ("VIR_ERR_NO_STORAGE_POOL", NotFound, _POOL_HINT),
        ("VIR_ERR_NO_STORAGE_VOL", NotFound, None),
        ("VIR_ERR_STORAGE_VOL_EXIST", Conflict, None),
        ("VIR_ERR_DOM_EXIST", Conflict, None),
        ("VIR_ERR_RESOURCE_BUSY", Conflict, "ask again in a moment"),
        ("VIR_ERR_OPERATION_TIMEOUT", Conflict, "another program is at work on it; ask again in a moment"),
        ("VIR_ERR_OPERATION_INVALID", NotAllowed, "see its state: dcctl instance list"),
        (
            "VIR_ERR_CONFIG_UNSUPPORTED",
            NotSupported,
            "this host's hypervisor cannot run such a guest; another architecture needs its emulator there (Debian: qemu-system-arm, -misc)",
        ),
        ("VIR_ERR_NO_MEMORY", Capacity, None),
        ("VIR_ERR_AGENT_UNRESPONSIVE", Unreachable, _AGENT_HINT),
        ("VIR_ERR_AGENT_COMMAND_TIMEOUT", Unreachable, _AGENT_HINT),
    )
)

_TOLD_BY_TEXT = frozenset(
    getattr(libvirt, name)
    for name in ("VIR_ERR_SYSTEM_ERROR", "VIR_ERR_INTERNAL_ERROR", "VIR_ERR_OPERATION_FAILED", "VIR_ERR_RPC")
)


def code(error: libvirt.libvirtError) -> int | None:
    """The error's number; None for one that was made without asking anybody."""
    number = error.get_error_code()
    return number if isinstance(number, int) else None


def translate(error: libvirt.libvirtError) -> DcctlError:
    """The error in our words, with what to do now."""
    number = code(error)
    said = " ".join((error.get_error_message() or str(error)).split())
    before, taken, _ = said.partition("' already exists with uuid ")
    if taken:  # somebody was faster: what the planner says when it sees the name
        name = before.partition("domain '")[2]
        return Conflict(f"an instance called {name} exists already", hint="choose another name", resource=name)
    if (gone := _GONE.search(said)) is not None:
        name = gone["name"] or gone["id"]
        return NotFound(
            f"{name or 'the instance'} is gone",
            hint="somebody destroyed it meanwhile; see: dcctl instance list",
            resource=name,
        )
    kind, hint = _kind(number, said.lower())
    return kind(f"libvirt: {said}", hint=hint)


def _kind_of_place(said: str) -> tuple[type[DcctlError], str | None] | None:
    """Where what is wrong is with the way to the host, or with what the realm names there; None: something else is."""
    # libvirt has codes of all kinds for these; whatever is wrong with them on our side or theirs, nobody gets in.
    if "certificate" in said or "tls confirmation" in said or "tls handshake" in said:
        return AuthenticationFailed, _CERTIFICATES_HINT
    if "transport in url" in said or "unable to parse uri" in said:
        return Unreachable, _URI_HINT
    if said.startswith(("cannot recv data", "end of file while reading data", "libssh transport error")):
        for text, kind, hint in _BY_SSH_TEXT:
            if text in said:
                return kind, hint
    if "is not active" in said:
        # Networks and pools say so when something needs them; a domain is "not running".
        if "network '" in said:
            return Failed, _NETWORK_HINT
        if "storage pool '" in said:
            return Failed, f"start it: {INIT}"
    return None


def _kind(number: int | None, said: str) -> tuple[type[DcctlError], str | None]:
    of_place = _kind_of_place(said)
    if of_place is not None:
        return of_place
    if number in (libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_ERR_OPERATION_INVALID) and "already exists" in said:
        return Conflict, "choose another name"
    if number == libvirt.VIR_ERR_XML_ERROR and "no pci buses" in said:
        # Machine types like isapc and microvm; what the host says of them does not tell, so it is found out by defining one.
        return (
            NotSupported,
            "choose a machine type with PCI, which disks and networks need here: --machine q35, or virt",
        )
    if "maximum cpus greater than" in said:
        return NotSupported, "give it fewer processors, or another machine type"
    if "guest agent is not configured" in said:
        return NotSupported, "it was made without a channel for the agent; dcctl instance ssh needs none"
    if number == libvirt.VIR_ERR_OPERATION_INVALID and "still being allocated" in said:
        return Conflict, "it is being copied to; try again when that has ended"
    if number in _TOLD_BY_TEXT:
        if any(text in said for text in _DISK_TEXTS) and "no space" not in said:
            return Failed, _NO_FILE_HINT if "no such file" in said else _DISK_HINT
        for text, kind, hint in _BY_TEXT:
            if text in said:
                return kind, hint
    return _BY_CODE.get(number, (Failed, None)) if number is not None else (Failed, None)
