"""Domains as instances, with a number of calls that does not grow with the domains."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime

from dcctl.errors import DcctlError
from dcctl.hardware import Hardware, Property
from dcctl.model import Address, AddressKind, DiskMode, Field, Instance, State
from dcctl_drivers.libvirt import worker
from dcctl_drivers.libvirt.connection import answer
from dcctl_drivers.libvirt.metadata import Facts, Phase, Record
from dcctl_drivers.libvirt.options import POOL
from dcctl_drivers.libvirt.records import read, reported_state
from dcctl_drivers.libvirt.states import SAVED, DomainState, off_because, situation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import libvirt

    from dcctl.hardware import Value
    from dcctl.model import Query, Realm
    from dcctl.nouns.adoption import Adopted
    from dcctl.nouns.interfaces import Interface
    from dcctl.nouns.machines import Machine
    from dcctl_drivers.libvirt.index import Index
    from dcctl_drivers.libvirt.stamps import Notebook

READ_AGAIN = 1
"""How many domains of the index each list reads anew, so that it heals. A warm list of any length stays below 12 round trips."""

FEW = 4
"""Up to so many names are looked up one by one, in three calls each; more are found in the list of all."""


class Lister:
    """Reads one endpoint's domains."""

    def __init__(
        self, host: libvirt.virConnect, realms: Sequence[Realm], index: Index, through: str | None = None
    ) -> None:
        self._host = host
        self._through = through
        self._realms_of: dict[str, list[str]] = {}
        """The realms of each pool, in the order of the catalogue."""
        for realm in realms:
            self._realms_of.setdefault(realm.options[POOL], []).append(realm.id)
        self._index = index
        self._alive = worker.once(worker.alive)

    def instances(self, query: Query) -> list[Instance]:
        """What the query asks for."""
        wanted = (
            None
            if query.ids is None and query.names is None
            else (query.ids or frozenset()) | (query.names or frozenset())
        )
        leases = self._leases() if Field.ADDRESSES in query.fields else {}
        if wanted is not None and len(wanted) <= FEW:
            found = {domain.UUIDString(): domain for name in wanted for domain in self._called(name)}
            named = [
                instance
                for domain in found.values()
                if (instance := self._looked_up(domain, leases, query.fields)) is not None
                and query.wants(instance.id, instance.name)
            ]
            return [self._with_address(each) for each in named] if Field.ADDRESSES in query.fields else named
        found_all = self._all(leases, query.fields, wanted or frozenset())
        return found_all if wanted is None else [each for each in found_all if query.wants(each.id, each.name)]

    def _with_address(self, instance: Instance) -> Instance:
        """One that was looked up may have an address that nobody has lent to it."""
        if instance.addresses or instance.state is not State.RUNNING:
            return instance
        from dcctl_drivers.libvirt.seen_addresses import with_seen  # noqa: PLC0415  17 ms with XML and json, for few

        return with_seen(self._host, instance, self._through)

    def _called(self, name: str) -> Iterable[libvirt.virDomain]:
        """Domains with this uuid and with this name; most often one of the two."""
        import libvirt  # noqa: PLC0415  loaded already: there is a connection

        looks_like_uuid = len(name) == 36 and name.count("-") == 4
        for look_up in (self._host.lookupByUUIDString, self._host.lookupByName)[0 if looks_like_uuid else 1 :]:
            try:
                yield answer(look_up, name)
            except libvirt.libvirtError as error:
                if error.get_error_code() not in (libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_INVALID_ARG):
                    raise

    def _looked_up(
        self, domain: libvirt.virDomain, leases: Mapping[str, list[Address]], fields: frozenset[Field]
    ) -> Instance | None:
        """One domain with everything about it; None if it vanished meanwhile."""
        import libvirt  # noqa: PLC0415  loaded already

        try:
            state, reason = reported_state(domain)
            record, copy = read(domain)
            text = domain.XMLDesc() if record is None and fields else None
            autostart = bool(domain.autostart()) if Field.NOTES in fields else None
            waiting = None
            if record is not None and Field.HARDWARE in fields:
                from dcctl_drivers.libvirt.pending_sizes import pending  # noqa: PLC0415  only for one that is looked at

                waiting = pending(domain, state, reason, record.facts)
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                return None
            raise
        uuid = domain.UUIDString()
        if record is not None and Field.NOTES in fields:
            from dcctl_drivers.libvirt.stamps import notes_of  # noqa: PLC0415  only for what people noted

            self._index.doubt_notes(uuid, notes_of(record))
        found = self._instance(
            domain, uuid, state, reason, record, leases, fields, copy=copy, text=text, autostart=autostart
        )
        return found if waiting is None else replace(found, at_next_start=waiting)

    def _all(
        self, leases: Mapping[str, list[Address]], fields: frozenset[Field], named: frozenset[str]
    ) -> list[Instance]:
        """Every domain. Of those with these ids or names something is to be decided: their records are read, not looked up."""
        import libvirt  # noqa: PLC0415  loaded already

        # All groups would ask each running guest's monitor; the state alone asks nobody. One call.
        stats = self._host.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_STATE)
        index = self._index.load()
        known: dict[str, Facts | None] = {}
        instances = []
        again = _some(len(stats), READ_AGAIN)
        notebook = self._notebook(index) if Field.NOTES in fields else None
        remembered: dict[str, Record] = {}
        noted = self._read_each(
            domain
            for domain, _ in stats
            if (named and (domain.UUIDString() in named or domain.name() in named))
            or (
                notebook is not None
                and index.get(domain.UUIDString(), _UNKNOWN) is not None
                and not _remember(remembered, notebook, domain.UUIDString(), index)
            )
        )
        autostart = self._starting_with_host() if Field.NOTES in fields else None
        saved = self._saved(stats)
        for position, (domain, values) in enumerate(stats):
            uuid = domain.UUIDString()
            copy = False
            if uuid in index and uuid not in noted and position not in again:
                facts = index[uuid]
                record = None if facts is None else remembered.get(uuid) or Record(uuid, Phase.READY, facts)
            else:
                found = noted[uuid] if uuid in noted else _read_if_there(domain)
                if found is None:
                    continue  # it went away meanwhile
                record, copy = found
                facts = record.facts if record is not None else None
                if notebook is not None and record is not None and not copy:
                    notebook.learn(record)
            if not copy and (record is None or (record.phase is Phase.READY and not record.newer)):
                known[uuid] = facts
            if notebook is None and uuid not in noted and record is not None and record.phase is Phase.READY:
                # Read or looked up, a list says the same: what was not asked for is left out.
                record = replace(record, labels=(), description=None, protected=False, adopted=None)
            state, reason = values.get("state.state", 0), values.get("state.reason", 0)
            if state == DomainState.SHUTOFF:
                reason = off_because(reason, saved=uuid in saved)
            row = self._instance(
                domain,
                uuid,
                state,
                reason,
                record,
                leases,
                fields,
                copy=copy,
                text=None,
                autostart=None if autostart is None else uuid in autostart,
            )
            instances.append(row)
        if known != index:
            self._index.store(known)
        if notebook is not None:
            notebook.save()
        instances.sort(key=lambda each: each.name)  # libvirt's order changes from call to call
        return instances

    def _notebook(self, index: Mapping[str, Facts | None]) -> Notebook:
        """Two calls for each pool that may have stamps."""
        from dcctl_drivers.libvirt.stamps import Notebook  # noqa: PLC0415  only for what people noted

        pools = dict.fromkeys(self._realms_of)
        pools.update((facts.pool, None) for facts in index.values() if facts is not None)
        return Notebook(self._host, pools, self._index)

    def _starting_with_host(self) -> frozenset[str]:
        """The ids of domains that start with their host: one call."""
        import libvirt  # noqa: PLC0415  loaded already

        found = self._host.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART)
        return frozenset(domain.UUIDString() for domain in found)

    def _saved(self, stats: Sequence[tuple[libvirt.virDomain, Mapping[str, int]]]) -> frozenset[str]:
        """The ids of domains whose memory is on disk: one call if any domain is off, else none."""
        import libvirt  # noqa: PLC0415  loaded already

        if all(values.get("state.state") != DomainState.SHUTOFF for _, values in stats):
            return frozenset()
        found = self._host.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE)
        return frozenset(domain.UUIDString() for domain in found)

    def _read_each(self, wanted: Iterable[libvirt.virDomain]) -> dict[str, tuple[Record | None, bool] | None]:
        """The record of each of the domains, None where one went away.

        libvirt has no call for those of several domains: one call for each, several at once (1,000 domains: 36 ms with 8 threads, 137 ms with one).
        """
        from dcctl.endpoints import run_each  # noqa: PLC0415  loaded already

        answers = run_each(list(wanted), _read_if_there, at_once=8)
        found: dict[str, tuple[Record | None, bool] | None] = {}
        for domain, answer_or_error in answers:
            if isinstance(answer_or_error, DcctlError):
                raise answer_or_error
            found[domain.UUIDString()] = answer_or_error
        return found

    def _instance(
        self,
        domain: libvirt.virDomain,
        uuid: str,
        state: int,
        reason: int,
        record: Record | None,
        leases: Mapping[str, list[Address]],
        fields: frozenset[Field],
        *,
        copy: bool,
        text: str | None,
        autostart: bool | None,
    ) -> Instance:
        now = situation(state, reason, record, alive=self._alive, copy=copy)
        saved = state == DomainState.SHUTOFF and reason == SAVED
        if record is None:
            addresses, hardware = _of_foreign(text, leases)
            return Instance(
                id=uuid,
                name=domain.name(),
                state=now.state,
                hardware=hardware,
                addresses=addresses,
                provider_state=now.words,
                reason=now.reason,
                refused=now.refused,
                autostart=autostart,
                saved=saved,
                foreign=True,
            )
        facts = record.facts
        return Instance(
            id=uuid,
            name=domain.name(),
            state=now.state,
            realm=self._realm(facts),
            image=facts.image or None,
            hwp=facts.hwp or None,
            hardware=_hardware(facts) if Field.HARDWARE in fields else None,
            overrides=_overrides(facts),
            # A lease outlives the guest; nobody answers there.
            addresses=_addresses(uuid, facts, leases) if leases and now.state in _REACHABLE and not saved else (),
            networks=facts.networks,
            interfaces=_interfaces(facts) if facts.interfaces else (),
            disks_gib=facts.disks_gib,
            disk_mode=_MODES.get(facts.disk_mode),
            saved=saved,
            adopted=_adopted(record),
            owner=facts.owner,
            created=_time(facts.created),
            provider_state=now.words,
            reason=now.reason,
            refused=now.refused,
            user=facts.user,
            key=facts.key,
            labels=dict(record.labels),
            description=record.description,
            protected=record.protected,
            autostart=autostart,
            host_keys=(facts.host_key,) if facts.host_key is not None else (),
            machine=_machine(facts),
        )

    def _realm(self, facts: Facts) -> str | None:
        """The realm whose pool holds the root disk: the recorded one if this catalogue has it so, else one with that pool."""
        fitting = self._realms_of.get(facts.pool, [])
        if facts.realm in fitting:
            return facts.realm
        return fitting[0] if fitting else None

    def _leases(self) -> dict[str, list[Address]]:
        """Addresses by MAC: one call for the networks and one for each of them, however many guests there are."""
        import libvirt  # noqa: PLC0415  loaded already

        found: dict[str, list[Address]] = {}
        try:
            networks = self._host.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE)
        except libvirt.libvirtError as error:
            if error.get_error_code() in (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_ERR_INVALID_CONN):
                return {}  # a session without a network driver has no leases
            raise
        for network in networks:
            try:
                leases = network.DHCPLeases()
            except libvirt.libvirtError:
                continue  # it was stopped just now, or has no DHCP: addresses are missing, the list is not
            for lease in leases:
                kind = AddressKind.IPV6 if ":" in lease["ipaddr"] else AddressKind.IPV4
                found.setdefault(lease["mac"].lower(), []).append(Address(lease["ipaddr"], kind, through=self._through))
        return found


def _remember(remembered: dict[str, Record], notebook: Notebook, uuid: str, index: Mapping[str, Facts | None]) -> bool:
    """Put the record into ``remembered`` if the notebook has it."""
    facts = index.get(uuid)
    record = None if facts is None else notebook.record(uuid, facts)
    if record is None:
        return False
    remembered[uuid] = record
    return True


def _read_if_there(domain: libvirt.virDomain) -> tuple[Record | None, bool] | None:
    """What ``read`` gives; None if the domain went away meanwhile."""
    import libvirt  # noqa: PLC0415  loaded already

    try:
        return read(domain)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise


def _of_foreign(text: str | None, leases: Mapping[str, list[Address]]) -> tuple[tuple[Address, ...], Hardware | None]:
    """What the XML of a domain says that we did not make; it is read only when one is looked at."""
    if text is None:
        return (), None
    from dcctl_drivers.libvirt import domain_xml  # noqa: PLC0415  9 ms for XML, which lists need not

    addresses = tuple(address for mac in domain_xml.interfaces(text) for address in leases.get(mac, ()))
    cpu, memory, architecture = domain_xml.sizes(text)
    return addresses, Hardware(cpu, memory, None, architecture)


def _adopted(record: Record) -> Adopted | None:
    if record.adopted is None:
        return None
    from dcctl.nouns.adoption import Adopted  # noqa: PLC0415  few instances were adopted

    return Adopted(record.adopted)


def _addresses(uuid: str, facts: Facts, leases: Mapping[str, list[Address]]) -> tuple[Address, ...]:
    """What was lent to its interfaces."""
    return tuple(address for mac in facts.interface_macs(uuid) for address in leases.get(mac, ()))


def _interfaces(facts: Facts) -> tuple[Interface, ...]:
    from dcctl.nouns.interfaces import Interface  # noqa: PLC0415  few instances choose their addresses

    return tuple(
        Interface(network, mac or None, address or None)
        for network, (mac, address) in zip(facts.networks, facts.interfaces, strict=False)
    )


def _hardware(facts: Facts) -> Hardware:
    return Hardware(facts.cpu, facts.memory_mib, facts.storage_gib, facts.architecture)


def _machine(facts: Facts) -> Machine | None:
    if facts.firmware is None and facts.tpm is None and facts.machine_type is None:
        return None
    from dcctl.nouns.machines import Firmware, Machine  # noqa: PLC0415  few instances have a machine of their own

    firmware = Firmware(facts.firmware) if facts.firmware in frozenset(Firmware) else None
    return Machine(firmware, facts.tpm is not None, facts.machine_type)


def _overrides(facts: Facts) -> Mapping[Property, Value]:
    return {Property(name): value for name, value in facts.overrides if name in _PROPERTIES}


_UNKNOWN = object()
_PROPERTIES = frozenset(Property)
_MODES = {mode.value: mode for mode in DiskMode}
_REACHABLE = frozenset((State.RUNNING, State.SUSPENDED, State.STOPPING))


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None  # somebody edited it


def _some(count: int, most: int) -> frozenset[int]:
    """A few positions by chance, the same number for each length of list."""
    if count <= most:
        return frozenset(range(count))
    return frozenset(int.from_bytes(os.urandom(4)) % count for _ in range(most))
