"""Checks of a driver's abilities, at their limit and one beyond: sentence 19."""

from __future__ import annotations

from base64 import b64encode
from string import ascii_letters, digits

from dcctl.abilities import Account, Autostart, CloudInit, Describable, Labels, SshKeys, UserData, UserName
from dcctl.creation import CreateRequest, Facts, Fresh, plan_create
from dcctl.errors import NotSupported, Usage
from dcctl.model import Field, Query
from dcctl.nouns.first_boot import FirstBoot
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from dcctl.abilities import Ability
    from dcctl.driver import Driver
    from dcctl.model import Instance
    from dcctl.testing.world import World

# Nobody sends more by a command line; a driver that takes any amount is believed.
_LARGEST = 16 * 1024**2


def checks(driver: type[Driver]) -> Iterator[Check]:
    declared: set[type[Ability]] = set()
    for ability in driver.abilities:
        declared.add(type(ability))
        if isinstance(ability, UserName):
            yield from _limit("names", "name", ability.max_length, _names(ability))
            yield Check("names: one character is accepted, a digit, too", 19, _shortest)
        elif isinstance(ability, UserData):
            yield from _limit("user data", "user_data", ability.max_bytes, _user_data)
        elif isinstance(ability, SshKeys):
            yield from _limit("ssh keys", "ssh_keys", ability.max_count, _keys)
        elif isinstance(ability, Labels):
            yield from _limit("labels", "labels", ability.max_count, _labels(ability))
        elif isinstance(ability, Describable):
            yield from _limit("description", "description", ability.max_length, lambda _, length: "ü" * length)
    if Account in declared:
        yield Check("the account has the name that was asked for, and the password arrives", 19, _account)
    if CloudInit in declared:
        yield Check("meta-data and network configuration arrive as they were given", 19, _documents)
    if declared & {UserData, SshKeys}:
        yield Check("user data and ssh keys arrive as they were given", 19, _arrives)
    yield from _refused(driver, declared)


def _refused(driver: type[Driver], declared: set[type[Ability]]) -> Iterator[Check]:
    """Options of create that the driver does not take."""
    options: tuple[tuple[type[Ability], str, dict[str, Any]], ...] = (
        (UserData, "user data", {"user_data": b"#!/bin/sh\n"}),
        (SshKeys, "ssh keys", {"ssh_keys": _keys("", 1)}),
        (Labels, "labels", {"labels": {"role": "web"}}),
        (Describable, "descriptions", {"description": "the shop"}),
        (Account, "names of accounts", {"first_boot": FirstBoot(user="keeper")}),
        (CloudInit, "documents for cloud-init", {"first_boot": FirstBoot(network_config=b"version: 2\n")}),
    )
    for ability, what, given in options:
        if ability not in declared:
            yield _undeclared(what, **given)
    if not issubclass(driver, Autostart):
        yield _undeclared("--autostart", autostart=True)


def _limit(what: str, option: str, most: int, make: Callable[[str, int], Any]) -> Iterator[Check]:
    def at_limit(world: World) -> None:
        value = make(world.new_name(), most)
        instance = world.created(world.spec(**{option: value}))
        if option == "name" and (instance.name != value or not world.called(value)):
            raise Broken(19, f"an instance was to be called {value}, and is called {instance.name}")

    def over_limit(world: World) -> None:
        value = make(world.new_name(), most + 1)
        must_be_refused(world, Usage, f"{what} beyond the declared limit", **{option: value})

    if most > _LARGEST:
        return
    yield Check(f"{what}: as much as is declared is accepted", 19, at_limit)
    yield Check(f"{what}: one more than is declared is refused before the driver is asked", 19, over_limit)


def _shortest(world: World) -> None:
    """The name of an instance that somebody else has is left alone."""
    free = [name for name in (*digits, *ascii_letters) if not world.instances(Query.called(name))]
    if not free:
        raise Gap("there is an instance for every name of one character")
    instance = world.destroy(world.created(world.spec(free[0])))
    if instance.name != free[0]:
        raise Broken(19, f"an instance was to be called {free[0]}, and was called {instance.name}")


def _arrives(world: World) -> None:
    options: dict[str, Any] = {}
    for ability in world.driver.abilities:
        if isinstance(ability, UserData):
            options["user_data"] = _user_data("", min(ability.max_bytes, 1024))
        elif isinstance(ability, SshKeys):
            options["ssh_keys"] = _keys("", min(ability.max_count, 2))
    _must_have_received(world, world.created(world.spec(**options)), options)


def _account(world: World) -> None:
    first = FirstBoot(user="keeper", password_hash="$6$salt$" + "h" * 86)
    instance = world.created(world.spec(first_boot=first))
    (found,) = world.instances(Query(ids=frozenset((instance.id,)), fields=frozenset((Field.CREDENTIALS,))))
    if found.user != first.user:
        raise Broken(19, f"the account was to be called {first.user}, and the instance says {found.user}")
    _must_have_received(world, instance, {"password_hash": first.password_hash})


def _documents(world: World) -> None:
    first = FirstBoot(meta_data={"role": "web"}, network_config=b"version: 2\n")
    instance = world.created(world.spec(first_boot=first))
    _must_have_received(world, instance, {"meta_data": first.meta_data, "network_config": first.network_config})


def _must_have_received(world: World, instance: Instance, given: Mapping[str, object]) -> None:
    seen = world.harness.received(instance)
    if seen is None:
        raise Gap("the harness cannot look at what the provider has received")
    for option, value in given.items():
        if option in seen and seen[option] != value:
            raise Broken(19, f"the provider has received the {option} {seen[option]!r}, not {value!r}")


def _undeclared(what: str, **options: Any) -> Check:
    def run(world: World) -> None:
        must_be_refused(world, NotSupported, f"{what}, which are not declared,", **options)

    return Check(f"{what}: not declared, so refused before the driver is asked", 19, run)


def must_be_refused(world: World, error: type[Exception], what: str, **options: Any) -> None:
    """A request with these options is refused by the planner, with this kind of error."""
    harness = world.harness
    request = CreateRequest(image=world.image().id, hwp=harness.hwp.name, overrides=harness.overrides, **options)
    facts = Facts(harness.hwp, harness.realm, world.image(), instances=())
    try:
        plan_create(world.driver, request, facts, Fresh(token=world.spec().token, names=(world.new_name(),)))
    except error:
        return
    raise Broken(19, f"{what} would reach the driver")


def _names(ability: UserName) -> Callable[[str, int], str]:
    """Names of a given length that have every character which is allowed, as far as they fit."""

    def make(fresh: str, length: int) -> str:
        if len(fresh) > length:
            raise Gap(f"names of {length} characters are too short to be unique")
        # An extra character is put between others: some providers do not want one at the end.
        odd = "".join(f"{character}X" for character in ability.extra)
        room = length - len(fresh)
        return fresh + (odd[: room - room % 2] + "Xx" * length)[:room]

    return make


def _labels(ability: Labels) -> Callable[[str, int], dict[str, str]]:
    """So many labels, of the longest keys and values."""

    def make(_fresh: str, count: int) -> dict[str, str]:
        longest = ability.max_length
        return {f"{number:0{longest}}": "v" * longest for number in range(count)}

    return make


def _user_data(_fresh: str, length: int) -> bytes:
    """Every byte there is, as compressed user data has them; a head that cloud-init knows, where it fits."""
    return (b"#!/bin/sh\n#\0\xff" + bytes(range(256)) * (length // 256 + 1))[:length]


def _keys(_fresh: str, count: int) -> tuple[str, ...]:
    kind = b"ssh-ed25519"
    blobs = [
        len(kind).to_bytes(4, "big") + kind + (32).to_bytes(4, "big") + bytes([n % 256] * 32) for n in range(count)
    ]
    return tuple(f"ssh-ed25519 {b64encode(blob).decode()} person{n}@example" for n, blob in enumerate(blobs))
