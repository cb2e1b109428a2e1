"""What must be looked up before a create request can be planned: its realm, its image, and the things of the provider that it names."""

from __future__ import annotations

import os
from typing import TypeVar

from dcctl.abilities import ChosenInterfaces, Machines
from dcctl.collected.keys import KeyCollection
from dcctl.collected.networks import NetworkCollection
from dcctl.creation import Facts, choose_image
from dcctl.errors import DcctlError, Usage
from dcctl.fitting import resolve
from dcctl.importing import as_image, can_import, with_needs
from dcctl.lookup import or_error, split
from dcctl.model import Field, Query
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dcctl.catalogue import Catalogue
    from dcctl.collected import Reach
    from dcctl.creation import CreateRequest
    from dcctl.driver import Driver
    from dcctl.hardware import HardwareProfile
    from dcctl.model import Image, Realm
    from dcctl.nouns.networks import Network
    from dcctl.nouns.volumes import Volume

Result = TypeVar("Result")


def look_up(
    reach: Reach, catalogue: Catalogue, request: CreateRequest, names: Iterable[str], notes: tuple[str, ...] = ()
) -> tuple[Driver, Facts]:
    """The facts for a create request, and the endpoint that it is for. ``names``: those that must be free."""
    profile = or_error(lambda: catalogue.profile(request.hwp))
    realm, image = _place(reach, catalogue, request)
    endpoints = reach.endpoints
    driver = endpoints.all()[0] if isinstance(realm, DcctlError) else endpoints.of(realm.id)
    if not isinstance(realm, DcctlError) and realm.limits:
        query = Query.everything(Field.HARDWARE)
    else:
        query = Query(names=frozenset(names))
    instances = endpoints.ask(driver, lambda driver: list(driver.instances(query)))
    keys = _asked(realm, request.keys, lambda realm: KeyCollection(reach).lines(request.keys, realm))
    networks = _asked(realm, request.networks, lambda realm: NetworkCollection(reach).near(request.networks, realm))
    volumes = _volumes(reach, realm, request) if request.disks is not None and request.disks.volumes else ()
    machine_problems = endpoints.ask(driver, lambda driver: _machine_problems(driver, request, profile, realm, image))
    interfaces: Sequence[DcctlError] = ()
    if request.interfaces:
        interfaces = endpoints.ask(driver, lambda driver: _interface_problems(driver, request, realm, networks))
    return driver, Facts(profile, realm, image, instances, keys, networks, volumes, machine_problems, interfaces, notes)


def _volumes(reach: Reach, realm: Realm | DcctlError, request: CreateRequest) -> Sequence[Volume | DcctlError]:
    """The volumes that it is to have, each one or why it cannot."""
    from dcctl.collected.volumes import VolumeCollection  # noqa: PLC0415  few requests name any

    names = () if request.disks is None else request.disks.volumes
    return _asked(realm, names, lambda realm: VolumeCollection(reach).near(names, realm))


def _asked(
    realm: Realm | DcctlError,
    names: Sequence[str],
    ask: Callable[[Realm], Sequence[Result | DcctlError]],
) -> Sequence[Result | DcctlError]:
    """What a create request names in an optional collection, each thing or why there is none; none where the realm is the problem."""
    if not names or isinstance(realm, DcctlError):
        return ()
    try:
        return ask(realm)
    except DcctlError as error:
        return (error,)


def _machine_problems(
    driver: Driver,
    request: CreateRequest,
    profile: HardwareProfile | DcctlError,
    realm: Realm | DcctlError,
    image: Image | DcctlError,
) -> Sequence[DcctlError]:
    """Why there is no such machine in the realm; asked only about one that somebody wants, or of another architecture than this computer's."""
    if isinstance(realm, DcctlError) or not isinstance(driver, Machines):
        return ()
    architecture = None if isinstance(image, DcctlError) else image.architecture
    if not isinstance(profile, DcctlError) and not profile.problems(request.overrides):
        architecture = resolve(profile, request.overrides, image).architecture or architecture
    machine = request.machine
    if machine is None:
        if architecture in (None, os.uname().machine):
            return ()
        from dcctl.nouns.machines import Machine  # noqa: PLC0415  few instances have another architecture

        machine = Machine()
    return list(driver.machine_problems(realm, machine, architecture))


def _interface_problems(
    driver: Driver, request: CreateRequest, realm: Realm | DcctlError, networks: Sequence[Network | DcctlError]
) -> Sequence[DcctlError]:
    """What the provider has against the interfaces that somebody wants."""
    from dcctl.interface_options import interfaces_of  # noqa: PLC0415  few instances choose their addresses

    if isinstance(realm, DcctlError) or not isinstance(driver, ChosenInterfaces):
        return ()
    return list(driver.interface_problems(realm, interfaces_of(request.interfaces, networks)))


def _place(reach: Reach, catalogue: Catalogue, request: CreateRequest) -> tuple[Realm | DcctlError, Image | DcctlError]:
    """The realm and the image of a create request, each one or why there is none.

    Without a realm it is the image's; the first of the endpoint where every realm has the image.
    """
    endpoints = reach.endpoints
    first = next(iter(endpoints.realms.values()))
    words = or_error(lambda: split(request.image))
    if isinstance(words, DcctlError):
        return first if request.realm is None else or_error(lambda: endpoints.realm(request.realm or "")), words
    in_realm, image_name = words
    asked = request.realm if in_realm is None else in_realm
    realm = None if asked is None else or_error(lambda: endpoints.realm(asked))
    scope = None if realm is None or isinstance(realm, DcctlError) else realm.id
    query = Query.called(image_name)
    answers, failures = reach.lookup.ask(scope, query, lambda driver, query: driver.images(query))
    images = [image for _, found in answers for image in found]
    if scope is not None and not images:
        images = reach.lookup.beside(scope, query, lambda driver, query: driver.images(query))
    image = choose_image(
        image_name,
        images,
        realm=scope,
        realms=endpoints.realms,
        known=lambda: [image.name for image in reach.lookup.images(scope).items],
    )
    if request.realm not in (None, asked):
        realm = Usage(
            f"the image {visible(request.image)} is in the realm {visible(asked or '')}, not in {visible(request.realm or '')}",
            hint="leave out one of the two realms",
            resource=request.image,
        )
    if isinstance(image, DcctlError):
        where = realm or first
        if failures:  # somewhere that did not answer it may well exist
            return where, failures[0]
        return where, _importable(reach.driver, catalogue, image_name, where) or image
    if realm is None:
        home = next(driver for driver, found in answers if image in found).endpoint.realms[0]
        realm = home if image.realm is None else endpoints.realm(image.realm)
    if image.name in catalogue.images:
        image = with_needs(image, catalogue.images[image.name])
    return realm, image


def _importable(driver: type[Driver], catalogue: Catalogue, name: str, realm: Realm | DcctlError) -> Image | None:
    """The image of the catalogue that could be imported into the realm."""
    if isinstance(realm, DcctlError) or name not in catalogue.images or not can_import(driver):
        return None
    return as_image(catalogue.images[name], realm)
