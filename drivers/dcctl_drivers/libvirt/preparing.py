"""Making what a realm names and its host does not have: a storage pool and a network. Only ever when somebody asks for it."""

from __future__ import annotations

import os
import re
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

from dcctl.errors import NotSupported, Usage
from dcctl.nouns.networks import NetworkSpec, Reach
from dcctl.nouns.realm_steps import RealmStep
from dcctl.words import visible
from dcctl_drivers.libvirt.connection import forgiving
from dcctl_drivers.libvirt.facts import realm_facts
from dcctl_drivers.libvirt.networks import create_network
from dcctl_drivers.libvirt.options import POOL, USER_NETWORK, is_local, is_session, network_of
from dcctl_drivers.libvirt.pools import unusable
from dcctl_drivers.libvirt.user_network import NO_RIGHTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import libvirt

    from dcctl.job import Job
    from dcctl.model import Realm

MAKE_POOL, START_POOL = "make-pool", "start-pool"
MAKE_NETWORK, START_NETWORK = "make-network", "start-network"

# libvirt's own folder, whose labels and permissions fit on every distribution.
_IMAGES = "/var/lib/libvirt/images"
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")


def steps(host: libvirt.virConnect, uri: str, realm: Realm) -> Iterator[RealmStep]:
    """What is to be done, in order; nothing where all is there.

    Raises ``NotSupported`` for a pool that disks cannot be in, and for a network that nobody there may make.
    """
    facts = realm_facts(host, uri, realm)
    pool = next((each for each in facts.pools if each.used), None)
    name = realm.options[POOL]
    if pool is None:
        yield RealmStep(realm.id, MAKE_POOL, f"make the storage pool {name} at {_directory(uri, name)}")
    elif (reason := unusable(host, name)) is not None:
        reason.realm = realm.id
        raise reason
    elif not pool.active:
        yield RealmStep(realm.id, START_POOL, f"start the storage pool {name}, now and with the host")
    wanted = network_of(realm, uri)
    network = next((each for each in facts.networks if each.used), None)
    if wanted == USER_NETWORK:
        return
    if network is None:
        if is_session(uri):
            raise NotSupported(
                f"there is no network {visible(wanted)}, and a user's own libvirt has no right to make one",
                hint=NO_RIGHTS,
                resource=wanted,
                realm=realm.id,
            )
        yield RealmStep(realm.id, MAKE_NETWORK, f"make the network {wanted}, with NAT and a free range of addresses")
    elif not network.active:
        yield RealmStep(realm.id, START_NETWORK, f"start the network {wanted}, now and with the host")


def take(host: libvirt.virConnect, uri: str, realm: Realm, step: RealmStep, job: Job) -> None:
    """Do one step. That somebody else has done it meanwhile is as good."""
    import libvirt  # noqa: PLC0415  loaded already: there is a connection

    job.stage(step.name)
    name, network = realm.options[POOL], network_of(realm, uri)
    if step.name == MAKE_POOL:
        _make_pool(host, name, _directory(uri, name))
    elif step.name == START_POOL:
        pool = host.storagePoolLookupByName(name)
        with forgiving(libvirt.VIR_ERR_OPERATION_INVALID):
            pool.create()
        pool.setAutostart(1)
    elif step.name == MAKE_NETWORK:
        create_network(host, NetworkSpec(str(uuid4()), network, realm, Reach.NAT, None), realm.id, job)
    elif step.name == START_NETWORK:
        handle = host.networkLookupByName(network)
        with forgiving(libvirt.VIR_ERR_OPERATION_INVALID):
            handle.create()
        handle.setAutostart(1)


def _make_pool(host: libvirt.virConnect, name: str, directory: str) -> None:
    """Define, make the directory, start. What was defined is taken back when the rest fails; a directory stays."""
    root = Element("pool", {"type": "dir"})
    SubElement(root, "name").text = name
    SubElement(SubElement(root, "target"), "path").text = directory
    pool = host.storagePoolDefineXML(tostring(root, encoding="unicode"))
    try:
        pool.build()  # a directory that is there already stays as it is
        pool.create()
        pool.setAutostart(1)
    except BaseException:
        pool.undefine()
        raise


def _directory(uri: str, name: str) -> str:
    """Where a new pool is: ``default`` where libvirt keeps its own, others below. Raises ``Usage`` for a name that is no file's."""
    if not _WORD.fullmatch(name):
        raise Usage(
            f"a storage pool cannot be called '{visible(name)}'", hint="letters, digits, _ . and -", resource=name
        )
    base = _IMAGES
    if is_session(uri):
        if not is_local(uri):
            raise Usage(
                "where another host's user keeps images, nobody here knows",
                hint="make the pool there: virsh pool-define-as",
                resource=name,
            )
        base = os.path.expanduser("~/.local/share/libvirt/images")
    return base if name == "default" else os.path.join(base, name)
