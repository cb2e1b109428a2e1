"""Checks of drivers that keep public ssh keys: sentences 5, 8, 10, 11, 12, 13 and 17."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from os import urandom

from dcctl.abilities import Keys
from dcctl.endpoints import run_each
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound
from dcctl.model import Query
from dcctl.nouns.keys import Key, KeySpec
from dcctl.testing.points import WatchedJob
from dcctl.testing.verdict import Broken, Check, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcctl.driver import Driver
    from dcctl.testing.world import World

# The longest that people use, and the shortest.
_RSA_4096_BYTES = 513
_ED25519_BYTES = 32


def checks(_: type[Driver]) -> Iterator[Check]:
    yield Check("key import: the key is there, as it was given", 8, _imported)
    yield Check("key import: long and short keys come back letter by letter", 8, _lengths)
    yield Check("key import: a name that is taken is a conflict", 12, _taken)
    yield Check("key import: two at once under one name, and one wins", 12, _race)
    yield Check("keys: a query is answered exactly", 13, _query)
    yield Check("key destroy: exactly what import made is removed, and its name is free", 17, _exactly)
    yield Check("key destroy: twice does no harm", 17, _twice)


def _public_key(length: int = _ED25519_BYTES) -> str:
    """A key that nobody has: the right form, the rest chance."""
    kind = "ssh-ed25519" if length == _ED25519_BYTES else "ssh-rsa"
    strings = (
        [kind.encode(), urandom(length)] if length == _ED25519_BYTES else [kind.encode(), b"\1\0\1", urandom(length)]
    )
    blob = b"".join(len(text).to_bytes(4) + text for text in strings)
    return f"{kind} {b64encode(blob).decode()}"


def _spec(world: World, **options: str) -> KeySpec:
    plain = KeySpec(world.new_name(), _public_key(), world.harness.realm)
    return replace(plain, **options)  # type: ignore[arg-type]


def _driver(world: World) -> Keys:
    if not isinstance(world.driver, Keys):
        raise Gap("this endpoint keeps no keys")
    return world.driver


def _import(world: World, spec: KeySpec) -> Key:
    return world.call(_driver(world).import_key, spec, WatchedJob())


def _everything(world: World) -> dict[str, Key]:
    return {each.id: each for each in _found(world, Query.everything())}


def _found(world: World, query: Query) -> list[Key]:
    return world.call(lambda: list(_driver(world).keys(query)))


def _destroy(world: World, key: Key) -> None:
    world.call(_driver(world).destroy_key, key, WatchedJob())


def _imported(world: World) -> None:
    spec = _spec(world)
    key = _import(world, spec)
    try:
        by_id = _found(world, Query(ids=frozenset((key.id,))))
        by_name = _found(world, Query(names=frozenset((spec.name,))))
        if [found.id for found in by_id] != [key.id] or [found.id for found in by_name] != [key.id]:
            raise Broken(10, f"the key {key.id} was imported, but is not found by its id and its name")
        for found, when in ((key, "as import returned it"), (by_id[0], "as it is listed")):
            if (found.name, found.public_key) != (spec.name, spec.public_key):
                raise Broken(
                    8, f"the new key, {when}, is {found.name} {found.public_key}, not {spec.name} {spec.public_key}"
                )
            if found.realm not in (None, spec.realm.id):
                raise Broken(8, f"the new key, {when}, is in {found.realm}, not in {spec.realm.id}")
    finally:
        _destroy(world, key)


def _lengths(world: World) -> None:
    for length in (_ED25519_BYTES, _RSA_4096_BYTES):
        spec = _spec(world, public_key=_public_key(length))
        key = _import(world, spec)
        listed = _found(world, Query(ids=frozenset((key.id,))))
        _destroy(world, key)
        if [found.public_key for found in listed] != [spec.public_key]:
            raise Broken(8, f"a key of {len(spec.public_key)} characters came back changed")


def _taken(world: World) -> None:
    spec = _spec(world)
    key = _import(world, spec)
    try:
        _import(world, replace(spec, public_key=_public_key()))
    except Conflict:
        listed = _found(world, Query(names=frozenset((spec.name,))))
        if [found.public_key for found in listed] != [spec.public_key]:
            raise Broken(12, "the key was changed by an import that was refused because its name is taken") from None
        return
    finally:
        for found in _found(world, Query(names=frozenset((spec.name,)))) or [key]:
            _destroy(world, found)
    raise Broken(12, f"two keys called {spec.name} were imported into one realm")


def _race(world: World) -> None:
    """As often as makes a driver that looks first and writes later trip."""
    for _ in range(5):
        specs = [_spec(world)]
        specs.append(replace(specs[0], public_key=_public_key()))
        outcomes = [outcome for _, outcome in run_each(specs, lambda spec: _import(world, spec))]
        listed = _found(world, Query(names=frozenset((specs[0].name,))))
        for key in listed:
            _destroy(world, key)
        won = [outcome for outcome in outcomes if isinstance(outcome, Key)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
        if len(won) != 1 or len(listed) != 1 or not all(isinstance(error, Conflict) for error in lost):
            raise Broken(
                12, f"of two imports under one name {len(won)} succeeded, {len(listed)} are listed; refused: {lost}"
            )
        if listed[0].public_key != won[0].public_key:
            raise Broken(12, "of two imports under one name the one that was refused is listed")


def _query(world: World) -> None:
    keys = [_import(world, _spec(world)) for _ in range(2)]
    try:
        everything = {key.id for key in _found(world, Query.everything())}
        if not {key.id for key in keys} <= everything:
            raise Broken(13, "asked for every key, it leaves some out")
        for query in (Query(ids=frozenset((keys[0].id,))), Query(names=frozenset((keys[0].name,)))):
            if [key.id for key in _found(world, query)] != [keys[0].id]:
                raise Broken(13, f"asked for one key, it returned {[key.name for key in _found(world, query)]}")
        if _found(world, Query(names=frozenset((world.new_name(),)))):
            raise Broken(13, "asked for a key that does not exist, it returned some")
    finally:
        for key in keys:
            _destroy(world, key)


def _exactly(world: World) -> None:
    before, keys = world.belongings(), _everything(world)
    spec = _spec(world)
    _destroy(world, _import(world, spec))
    if _found(world, Query.called(spec.name)):
        raise Broken(11, f"the key {spec.name} was destroyed, and is still listed")
    if (after := world.belongings()) != before or _everything(world) != keys:
        raise Broken(17, f"importing and destroying a key leaves a difference: {', '.join(sorted(after ^ before))}")
    _destroy(world, _import(world, spec))  # the name is free


def _twice(world: World) -> None:
    key = _import(world, _spec(world))
    other = _import(world, _spec(world))
    try:
        _destroy(world, key)
        try:
            _destroy(world, key)
        except (NotFound, NotAllowed):
            pass
        except DcctlError as error:
            raise Broken(17, f"destroying a key twice raised {type(error).__name__}: {error.message}") from error
        if not _found(world, Query(ids=frozenset((other.id,)))):
            raise Broken(17, "destroying a key twice removed another")
    finally:
        _destroy(world, other)
