"""Notes that some list would show late, found by reading every record: where a stamp is missing or left over, and where virsh has changed them."""

from __future__ import annotations

from dcctl.errors import DcctlError
from dcctl.nouns.findings import Finding, Verdict
from dcctl.words import visible
from dcctl_drivers.libvirt import records
from dcctl_drivers.libvirt.connection import answer, forgiving
from dcctl_drivers.libvirt.metadata import Phase, Record
from dcctl_drivers.libvirt.options import POOL
from dcctl_drivers.libvirt.stamps import Stamping, is_settled, notes_of, stamps_in, stamps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import libvirt

    from dcctl.model import Realm
    from dcctl_drivers.libvirt.index import Index

RENEW = "have all lists read it anew"


def findings(host: libvirt.virConnect, realm: Realm, index: Index) -> Iterator[Finding]:
    """What lists of this machine, or of others, do not know yet. One call for each domain, 8 at once."""
    from dcctl.endpoints import run_each  # noqa: PLC0415  loaded already

    remembered = index.load_notes()
    # The stamps first: a change that comes in between then looks late, and is no longer when it is mended.
    standing = stamps_in(host, realm.options[POOL])
    if standing is None:
        return
    for domain, record in run_each(host.listAllDomains(), _ready_record, at_once=8):
        if isinstance(record, DcctlError):
            raise record
        if record is None or record.facts.pool != realm.options[POOL]:
            continue
        known = remembered.get(record.uuid)
        there = standing.get(record.uuid, ())
        named = {owned.name for owned in stamps_of(record)}
        left = [stamp for stamp in there if stamp not in named]
        if left and named.issubset(there):
            yield _left(realm, domain.name(), left)
        elif not is_settled(record, there):
            if record.adopted is None or named or there:
                yield _late(realm, domain.name(), "may show what was noted on it before")
        elif known is not None and known != notes_of(record) and known.stamp == notes_of(record).stamp:
            yield _late(realm, domain.name(), "show it as it was before somebody edited its metadata")


def renew(host: libvirt.virConnect, name: str) -> None:
    """Make a stamp that nobody knows. That the instance is gone is as good."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
        Stamping(host, answer(host.lookupByName, name)).renew()


def _late(realm: Realm, name: str, how: str) -> Finding:
    return Finding(
        "late notes",
        Verdict.NOTE,
        f"lists {how}: {visible(name)}",
        "dcctl doctor --fix, or change its labels",
        realm.id,
        name,
        RENEW,
    )


def _left(realm: Realm, name: str, stamps: Sequence[str]) -> Finding:
    """Lists are right, and slower."""
    return Finding(
        "left stamp",
        Verdict.NOTE,
        f"a change of what is noted on {visible(name)} was interrupted and left {', '.join(stamps)}: lists read the instance each time",
        "dcctl doctor --fix",
        realm.id,
        name,
        RENEW,
    )


def _ready_record(domain: libvirt.virDomain) -> Record | None:
    """The record of an instance of ours that nobody is at work on."""
    import libvirt  # noqa: PLC0415  loaded already

    record = None
    with forgiving(libvirt.VIR_ERR_NO_DOMAIN):
        record, _ = records.read(domain)
    return record if record is not None and record.phase is Phase.READY and not record.newer else None
