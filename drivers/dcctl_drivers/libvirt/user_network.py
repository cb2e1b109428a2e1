"""The network of an ordinary user's guests, QEMU's own (https://wiki.qemu.org/Documentation/Networking#User_Networking_(SLIRP)).

QEMU itself plays the router, so it needs no rights: guests get out by TCP and UDP, and nobody gets in. libvirt can have passt forward ports
instead from 9.0 on, if it was built so; Debian 12's refuses it.
"""

from __future__ import annotations

from dcctl.errors import NotSupported

NOBODY_GETS_IN = "guests in QEMU's user network reach others, but nobody reaches them"

WAYS = "use dcctl instance exec, console or logs; for addresses: qemu:///system and one of libvirt's networks"


NO_RIGHTS = "leave out network in the realm, and guests get QEMU's own; or use qemu:///system"


def no_way_in() -> NotSupported:
    """Why nobody reaches a guest in it."""
    return NotSupported(NOBODY_GETS_IN, hint=WAYS)
