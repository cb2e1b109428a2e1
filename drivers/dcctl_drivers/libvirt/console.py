"""The serial console of a domain, and what it has said: through libvirt's streams, so that it works on any host."""

from __future__ import annotations

from contextlib import contextmanager, suppress

from dcctl.errors import NotFound
from dcctl.nouns.consoles import ConsolePart
from dcctl_drivers.libvirt import names
from dcctl_drivers.libvirt.errors import translate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from socket import socket

    import libvirt

    from dcctl_drivers.libvirt.metadata import Record

_CHUNK = 1 << 16


@contextmanager
def connected(host: libvirt.virConnect, domain: libvirt.virDomain, *, force: bool) -> Iterator[socket]:
    """The console as a socket; two threads carry what is said and what is typed.

    Raises ``libvirtError`` when it cannot be had; at its end ``Unreachable`` if it is the connection that ended, and not the console.
    """
    from socket import socketpair  # noqa: PLC0415  consoles only
    from threading import Thread  # noqa: PLC0415  likewise

    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    stream = host.newStream()
    domain.openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE if force else 0)
    theirs, ours = socketpair()
    broken: list[libvirt.libvirtError] = []
    threads = [
        Thread(target=_say, args=(stream, ours, broken), daemon=True),
        Thread(target=_type, args=(stream, ours), daemon=True),
    ]
    try:
        for thread in threads:
            thread.start()
        yield theirs
    finally:
        theirs.close()
        with suppress(libvirt.libvirtError):  # it may have ended by itself
            stream.abort()
        for thread in threads:
            thread.join()
        ours.close()
    if broken and not host.isAlive():
        raise translate(broken[0])


def _say(stream: libvirt.virStream, ours: socket, broken: list[libvirt.libvirtError]) -> None:
    """From the console to the socket, until either ends; ``broken`` learns what libvirt says of an end that is none of the guest's."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        while said := stream.recv(_CHUNK):
            ours.sendall(said)
    except libvirt.libvirtError as error:
        broken.append(error)
    except OSError:
        pass  # somebody threw us out, or the person left: for the reader all of it is the end
    finally:
        _hang_up(ours)


def _type(stream: libvirt.virStream, ours: socket) -> None:
    """From the socket to the console, until either ends."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        while typed := ours.recv(_CHUNK):
            while typed:
                typed = typed[stream.send(typed) :]
    except (libvirt.libvirtError, OSError):
        _hang_up(ours)


def _hang_up(ours: socket) -> None:
    from socket import SHUT_RDWR  # noqa: PLC0415  loaded already

    with suppress(OSError):  # the other thread was first
        ours.shutdown(SHUT_RDWR)


def log_part(host: libvirt.virConnect, name: str, record: Record | None, start: int, most: int) -> ConsolePart:
    """What a console has said, from a volume that was made for it. Raises ``NotFound`` for a domain without such a volume."""
    kept = (
        []
        if record is None
        else [each for each in record.volumes if each.name == names.volume(record.uuid, names.CONSOLE)]
    )
    if not kept:
        raise NotFound(
            f"nothing is kept of what the console of {name} says",
            hint="create instances with --console-log; live: dcctl instance console",
            resource=name,
        )
    volume = host.storagePoolLookupByName(kept[0].pool).storageVolLookupByName(kept[0].name)
    size = volume.info()[1]  # of a plain file libvirt looks it up each time
    if start < 0:
        start = max(0, size + start)
    elif start > size:
        start = 0  # virtlogd has begun a new file
    length = min(most, size - start)
    return ConsolePart(start, _downloaded(host, volume, start, length) if length > 0 else b"")


def _downloaded(host: libvirt.virConnect, volume: libvirt.virStorageVol, start: int, length: int) -> bytes:
    stream = host.newStream()
    volume.download(stream, start, length)
    pieces = []
    while piece := stream.recv(_CHUNK):
        pieces.append(piece)
    stream.finish()
    return b"".join(pieces)
