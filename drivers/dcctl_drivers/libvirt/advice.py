"""Hints that follow from whose endpoint it is that failed: which realm to make ready, and that a URI names no hypervisor."""

from __future__ import annotations

import re

from dcctl.errors import DcctlError, Unreachable
from dcctl.words import as_argument, visible
from dcctl_drivers.libvirt.errors import INIT, LOST_HINT
from dcctl_drivers.libvirt.options import POOL, network_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.model import Realm

HYPERVISORS = frozenset(
    "bhyve ch esx gsx hyperv lxc openvz parallels phyp qemu test vbox vmwarefusion vmwareplayer vmwarews vpx vz xen xenapi".split()
)
"""What a URI may begin with, in any libvirt since 2010 (https://libvirt.org/drivers.html). Whatever else it is given, libvirt sends on to
the other end before anybody finds fault with it, and tells of certificates or sockets instead."""

_POOL_OR_NETWORK = re.compile(
    r"(network|pool)\b[^']*'(.+)'", re.IGNORECASE
)  # up to the last quote: names may have some


def advise(error: DcctlError, uri: str, realms: Sequence[Realm], *, was_open: bool = True) -> DcctlError:
    """The error with a hint that can be followed as it stands. ``was_open``: whether there ever was a connection."""
    kind = uri.partition("://")[0].partition("+")[0].lower()
    if "://" in uri and kind not in HYPERVISORS and isinstance(error, Unreachable):
        return Unreachable(
            error.message,
            hint=f"libvirt knows no hypervisor {visible(kind)}: check the uri of the realm, as in qemu+ssh://root@HOST/system",
        )
    if error.hint == LOST_HINT and not was_open:
        error.hint = f"whoever answers there hung up at once, or what should connect ended; try: virsh -c {as_argument(uri)} version"
    if error.hint is not None and INIT in error.hint:
        _name_realm(error, error.hint, uri, realms)
    return error


def _name_realm(error: DcctlError, hint: str, uri: str, realms: Sequence[Realm]) -> None:
    """Put the realm's name in, where one uses what is missing; what none uses, ``realm init`` does not make either."""
    said = _POOL_OR_NETWORK.search(error.message)
    if said is None:
        error.hint = hint.replace(INIT, _command(realms))
        return
    noun, name = said[1].lower(), said[2]
    fitting = [
        realm for realm in realms if name == (network_of(realm, uri) if noun == "network" else realm.options[POOL])
    ]
    if len(fitting) == 1:
        error.realm = fitting[0].id
    verb = "net" if noun == "network" else "pool"
    error.hint = (
        hint.replace(INIT, _command(fitting[:1]))
        if fitting
        else f"no realm is told to use it, so look there: virsh {verb}-list --all, virsh {verb}-start {as_argument(name)}"
    )


def _command(realms: Sequence[Realm]) -> str:
    names = [as_argument(realm.id) for realm in realms]
    return f"dcctl realm init {names[0]}" if len(names) == 1 else f"dcctl realm init for one of {', '.join(names)}"
