"""Holding a guest's file systems still by its agent, so that nobody who is killed meanwhile leaves them so for good.

For as long as it lasts the running guest carries a mark that says who does it: an element of the metadata of what runs, not of the lasting
definition, so that it goes when the guest does, as what it tells of. Where its worker is gone, ``doctor`` and the next capture let go.

https://www.qemu.org/docs/master/interop/qemu-ga-ref.html
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from uuid import uuid4
from xml.etree.ElementTree import Element, fromstring, tostring

from dcctl.errors import DcctlError, Failed
from dcctl.model import State
from dcctl.nouns.findings import Finding, Verdict
from dcctl.words import as_argument, visible
from dcctl_drivers.libvirt.agent import ask, is_frozen
from dcctl_drivers.libvirt.connection import answer, forgiving
from dcctl_drivers.libvirt.worker import Worker, alive, this_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import libvirt

    from dcctl.model import Instance, Realm

LET_GO = "have the guest's file systems go on"

_NAMESPACE, _KEY = "urn:dcctl:frozen", "dcctl-frozen"

_SECONDS = 60.0
"""How long somebody on another machine is believed to be about it; it takes a moment."""

_TRIES = 3
"""How often an agent is told to let go, of which each takes as long as an agent may take for one answer."""


@contextmanager
def frozen(domain: libvirt.virDomain) -> Iterator[bool]:
    """Hold the guest's file systems still meanwhile, if it has an agent that can; whether they are.

    An agent whose answer was lost may have done it all the same, so it is told to go on in any case. Raises ``Failed`` if one that holds
    them does not let go; the mark stays then.
    """
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    still, perhaps = False, True
    _mark(domain, this_process(str(uuid4()), _SECONDS))
    try:
        try:
            still = int(ask(domain, "guest-fsfreeze-freeze", {})) >= 0
        except libvirt.libvirtError as error:
            perhaps = "not connected" not in str(error) and "not configured" not in str(error)
        yield still
    finally:
        if not perhaps or _thaws(domain, _TRIES if still else 1):
            _clear(domain)
        elif still:
            raise Failed(
                f"the agent in {domain.name()} does not let go of the file systems, which it holds still",
                hint="dcctl doctor --fix tries again; what is written there waits meanwhile",
                resource=domain.name(),
            )


def let_go_of_what_was_killed(domain: libvirt.virDomain) -> None:
    """For whoever wants to freeze it next, or to mend it. Does nothing while somebody else is about it."""
    if _left(domain) and _thaws(domain, 1):
        _clear(domain)


def findings(host: libvirt.virConnect, realm: Realm, instances: Sequence[Instance]) -> Iterator[Finding]:
    """Guests that a killed capture has left so: one call for each that runs, 8 at once. Agents are asked only where there is a mark."""
    from dcctl.endpoints import run_each  # noqa: PLC0415  loaded already

    running = {each.id: each for each in instances if each.realm == realm.id and each.state is State.RUNNING}

    def frozen_now(uuid: str) -> bool | None:
        """None: nobody knows."""
        import libvirt  # noqa: PLC0415  loaded already

        try:
            domain = answer(host.lookupByUUIDString, uuid)
            return is_frozen(domain) if _left(domain) else False
        except libvirt.libvirtError as error:
            return False if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN else None

    for uuid, frozen_there in run_each(list(running), frozen_now, at_once=8):
        if isinstance(frozen_there, DcctlError):
            raise frozen_there
        if frozen_there is not False:
            name = running[uuid].name
            how = "are held still" if frozen_there else "may be held still, and its agent does not answer"
            yield Finding(
                "frozen",
                Verdict.WRONG,
                f"the file systems of {visible(name)} {how}: a capture was killed there",
                "dcctl doctor --fix"
                if frozen_there
                else f"dcctl instance stop --power-off {as_argument(f'{realm.id}/{name}')}",
                realm.id,
                name,
                LET_GO,
            )


def let_go(host: libvirt.virConnect, name: str) -> None:
    """Mend it. Raises ``libvirtError`` where the agent does not answer; that the guest is gone is as good."""
    import libvirt  # noqa: PLC0415  loaded already

    with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
        domain = answer(host.lookupByName, name)
        if _left(domain):
            ask(domain, "guest-fsfreeze-thaw", {})
            _clear(domain)


def _thaws(domain: libvirt.virDomain, tries: int) -> bool:
    import libvirt  # noqa: PLC0415  loaded already

    for _ in range(tries):
        with suppress(libvirt.libvirtError):
            ask(domain, "guest-fsfreeze-thaw", {})
            return True
    return False


def _left(domain: libvirt.virDomain) -> bool:
    """Whether there is the mark of somebody who is no longer about it."""
    import libvirt  # noqa: PLC0415  loaded already

    element, running = libvirt.VIR_DOMAIN_METADATA_ELEMENT, libvirt.VIR_DOMAIN_AFFECT_LIVE
    try:
        text = answer(lambda uri: domain.metadata(element, uri, running), _NAMESPACE)
    except libvirt.libvirtError as error:
        if error.get_error_code() in (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_ERR_OPERATION_INVALID):
            return False  # none, or it is off
        raise
    try:
        return not alive(Worker.from_data(fromstring(text).attrib))  # noqa: S314  libvirt writes no document types
    except (KeyError, ValueError):
        return True  # whoever has edited it


def _mark(domain: libvirt.virDomain, worker: Worker) -> None:
    import libvirt  # noqa: PLC0415  loaded already

    text = tostring(Element("frozen", worker.as_data()), encoding="unicode")
    element, running = libvirt.VIR_DOMAIN_METADATA_ELEMENT, libvirt.VIR_DOMAIN_AFFECT_LIVE
    domain.setMetadata(element, text, _KEY, _NAMESPACE, running)


def _clear(domain: libvirt.virDomain) -> None:
    """One that stays tells of nothing: whoever looks asks the agent."""
    import libvirt  # noqa: PLC0415  loaded already

    element, running = libvirt.VIR_DOMAIN_METADATA_ELEMENT, libvirt.VIR_DOMAIN_AFFECT_LIVE
    with suppress(libvirt.libvirtError):
        domain.setMetadata(element, None, _KEY, _NAMESPACE, running)
