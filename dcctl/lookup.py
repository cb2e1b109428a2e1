"""From a name to the thing that it means, and to the endpoint that has it: an id, a name, or ``REALM/NAME``; nothing is guessed."""

from __future__ import annotations

from typing import Generic, TypeVar

from dcctl.errors import Ambiguous, DcctlError, NotFound, Usage, raise_all
from dcctl.frozen import frozen
from dcctl.model import Image, Instance, Query, State
from dcctl.words import as_name, suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from dcctl.driver import Driver
    from dcctl.endpoints import Endpoints
    from dcctl.model import Field

    class Placed(Protocol):
        """What is in a realm, or None: at an endpoint only."""

        @property
        def realm(self) -> str | None: ...

    class Named(Placed, Protocol):
        """What can be looked up: the nouns of the model."""

        @property
        def id(self) -> str: ...
        @property
        def name(self) -> str: ...


Thing = TypeVar("Thing", bound="Named")
Item = TypeVar("Item")
Held = TypeVar("Held", bound="Placed")
Result = TypeVar("Result")


_OF_ENDPOINTS = ("unreachable", "auth")
"""Codes of what concerns every realm of an endpoint."""


@frozen
class Listing(Generic[Item]):
    """What a listing found, and one error for each endpoint that could not be asked."""

    items: tuple[Item, ...]
    failures: tuple[DcctlError, ...] = ()


class Lookup:
    """Looks things up at the endpoints of one cloud."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._found_at: dict[int, tuple[Named, Driver]] = {}
        """Things in no realm that were found by name, by their identity: two endpoints may have the same id for theirs."""

    def ask(
        self,
        realm: str | None,
        query: Query,
        ask: Callable[[Driver, Query], Iterable[Held]],
    ) -> tuple[list[tuple[Driver, list[Held]]], tuple[DcctlError, ...]]:
        """Ask the realm's endpoint or all: what each found, of ``realm`` if named. Raises when none answered."""
        drivers = self._endpoints.all() if realm is None else (self._endpoints.of(realm),)
        wanted = query if realm is None else query.within((realm,))
        answers, failures = self._ask_each(drivers, wanted, ask)
        errors = tuple(error for _, error in failures)
        if not answers:
            raise_all(errors)
        return answers, errors

    def beside(self, realm: str, query: Query, ask: Callable[[Driver, Query], Iterable[Held]]) -> list[Held]:
        """What the endpoint of a realm has in any of its realms, as far as they answer: hints say where a thing is that is elsewhere."""
        answers, _ = self._ask_each((self._endpoints.of(realm),), query, ask)
        return [each for _, found in answers for each in found]

    def _ask_each(
        self,
        drivers: Iterable[Driver],
        query: Query,
        ask: Callable[[Driver, Query], Iterable[Held]],
    ) -> tuple[list[tuple[Driver, list[Held]]], list[tuple[Driver, DcctlError]]]:
        """Ask endpoints, and where one of several realms spoils the answer each of them on its own."""
        answers, failures = self._endpoints.ask_each(drivers, _asking(query, ask))
        of_realms: list[tuple[Driver, DcctlError]] = []
        for driver, error in failures:
            realms = [realm.id for realm in driver.endpoint.realms if query.concerns(realm.id)]
            if len(realms) == 1:
                error.realm = error.realm or realms[0]
            if len(realms) == 1 or error.code in _OF_ENDPOINTS:
                of_realms.append((driver, error))
                continue
            found, problems = self._realm_by_realm(driver, realms, query, ask)
            if len(problems) < len(realms):
                answers.append((driver, found))
            one_reason = len(problems) == len(realms) and len({problem.message for problem in problems}) == 1
            of_realms += [(driver, error)] if one_reason else [(driver, problem) for problem in problems]
        return answers, of_realms

    def _realm_by_realm(
        self,
        driver: Driver,
        realms: Iterable[str],
        query: Query,
        ask: Callable[[Driver, Query], Iterable[Held]],
    ) -> tuple[list[Held], list[DcctlError]]:
        """What each realm answers, and why others do not."""
        found: list[Held] = []
        problems: list[DcctlError] = []
        for realm in realms:
            answers, failures = self._endpoints.ask_each((driver,), _asking(query.within((realm,)), ask))
            for _, answer in answers:
                found += answer
            for _, error in failures:
                error.realm, error.realms = realm, ()
                problems.append(error)
        return found, problems

    def images(self, realm: str | None) -> Listing[Image]:
        """All images, of one realm if named. Raises when no endpoint answered; the failures of some are part of the result."""
        answers, failures = self.ask(realm, Query.everything(), lambda driver, query: driver.images(query))
        return Listing(tuple(image for _, found in answers for image in found), failures)

    def instances(self, names: Sequence[str], *fields: Field) -> list[tuple[str, tuple[Driver, Instance] | DcctlError]]:
        """What each name means, or why it means nothing, with one query per endpoint. What is finished has no name any more."""

        def living(driver: Driver, query: Query) -> list[Instance]:
            return [each for each in driver.instances(query) if each.state is not State.FINISH]

        return self.named("instance", names, living, *fields)

    def image(self, name: str, *fields: Field) -> tuple[Driver, Image] | DcctlError:
        """What the name means, or why it means nothing."""
        ((_, found),) = self.named("image", [name], lambda driver, query: driver.images(query), *fields)
        return found

    def named(
        self, noun: str, names: Sequence[str], ask: Callable[[Driver, Query], Iterable[Thing]], *fields: Field
    ) -> list[tuple[str, tuple[Driver, Thing] | DcctlError]]:
        """What each name means among the things that ``ask`` gets, or why it means nothing, with one query per endpoint.

        Where every name says its realm nobody else is asked: one that is silent would be waited for in vain.
        """
        wanted = frozenset(split(name)[1] for name in names)
        query = Query(ids=wanted, names=wanted, fields=frozenset(fields), realms=self._realms_in(names))
        drivers = self._may_have(query)
        answers, failures = self._ask_each(drivers, query, ask)
        if not answers:
            raise_all([error for _, error in failures])
        candidates = _by_word((driver, thing) for driver, found in answers for thing in found)

        @_once
        def known() -> list[str]:
            """For suggestions: one that cannot be made is none, and hides nothing of what is wrong."""
            everything, _ = self._ask_each(drivers, Query(realms=query.realms), ask)
            return [thing.name for _, found in everything for thing in found]

        chosen = [(name, self._choose(noun, name, candidates, failures, known)) for name in names]
        for _, one in chosen:
            if not isinstance(one, DcctlError) and one[1].realm is None:
                self._found_at[id(one[1])] = one[1], one[0]
        return chosen

    def _realms_in(self, names: Sequence[str]) -> frozenset[str] | None:
        """The realms that the names say; None if one says none. A realm that there is not is told of when its name's turn comes."""
        said = [split(name)[0] for name in names]
        if None in said:
            return None
        return frozenset(realm for realm in said if realm in self._endpoints.realms)

    def _may_have(self, query: Query) -> tuple[Driver, ...]:
        """The endpoints that may have what the query asks for."""
        if query.realms is None:
            return self._endpoints.all()
        named = {self._endpoints.of(realm) for realm in query.realms}
        return tuple(driver for driver in self._endpoints.all() if driver in named)

    def known_endpoint_of(self, thing: Named) -> Driver | None:
        """The endpoint that has a thing, if that is known without asking. A provider may have realms that the catalogue does not offer."""
        if thing.realm in self._endpoints.realms:
            return self._endpoints.of(thing.realm)
        if len(self._endpoints.all()) == 1:
            return self._endpoints.all()[0]
        found = self._found_at.get(id(thing))
        return None if found is None else found[1]

    def endpoint_of(self, thing: Image | Instance) -> Driver:
        """The endpoint that has a thing; asks for it only when the thing is in no realm and there are several endpoints."""
        known = self.known_endpoint_of(thing)
        if known is not None:
            return known
        if isinstance(thing, Image):
            return or_raise(self.image(thing.id))[0]
        return or_raise(self.instances([thing.id])[0][1])[0]

    def _choose(
        self,
        noun: str,
        name: str,
        candidates: dict[str, list[tuple[Driver, Thing]]],
        failures: Sequence[tuple[Driver, DcctlError]],
        known: Callable[[], Iterable[str]],
    ) -> tuple[Driver, Thing] | DcctlError:
        """The one thing that a name means. ``known`` lists all names for the suggestion; called only when there is none."""
        realm, bare = split(name)
        if realm is not None and isinstance(missing := or_error(lambda: self._endpoints.realm(realm)), DcctlError):
            return missing
        fitting = [(driver, thing) for driver, thing in candidates.get(bare, ()) if self._belongs(driver, thing, realm)]
        if len(fitting) == 1:
            return fitting[0]
        if not fitting:
            unasked = [
                error
                for driver, error in failures
                if realm is None or (driver is self._endpoints.of(realm) and error.realm in (None, realm))
            ]
            if unasked:
                return unasked[0]
            hint = suggestion(bare, known()) or f"see: dcctl {noun} list"
            return NotFound(f"there is no {noun} {as_name(name)}", hint=hint, resource=name)
        listed = ", ".join(sorted(_with_id(thing) for _, thing in fitting))
        return Ambiguous(f"{as_name(name)} fits {len(fitting)} {noun}s", hint=f"say which: {listed}", resource=name)

    def _belongs(self, driver: Driver, thing: Named, realm: str | None) -> bool:
        """Whether a thing may be called ``realm/…``: it is in the realm, or in no realm but at the realm's endpoint."""
        return realm is None or thing.realm == realm or (thing.realm is None and driver is self._endpoints.of(realm))


def _with_id(thing: Named) -> str:
    """``near/web (i-1)``; where things are called by their ids, without it."""
    place = f"{thing.realm or '-'}/{thing.name}"
    return place if thing.id == thing.name else f"{place} ({thing.id})"


def _asking(query: Query, ask: Callable[[Driver, Query], Iterable[Held]]) -> Callable[[Driver], list[Held]]:
    """What an endpoint is asked: its answer without things of realms that the query is not about."""

    def asking(driver: Driver) -> list[Held]:
        found = ask(driver, query)
        return list(found) if query.realms is None else [each for each in found if each.realm in (None, *query.realms)]

    return asking


def split(name: str) -> tuple[str | None, str]:
    """``REALM/NAME`` apart; a slash is never part of a name, so what stands before one must be a realm.

    Raises ``Usage`` for what names nothing, as from a script's unset variable, and for what is no text, as from a program's mistake.
    """
    if not isinstance(name, str):
        raise Usage(f"a name is a text, not {as_name(name)}")
    realm, slash, rest = name.partition("/")
    if not (rest and realm) if slash else not name:
        raise Usage(f"{as_name(name)} lacks a name", hint="write NAME or REALM/NAME", resource=name)
    return (realm, rest) if slash else (None, name)


def _once(make: Callable[[], Result]) -> Callable[[], Result]:
    """The same, but a second call costs nothing: of a hundred unknown names each would list everything for its suggestion."""
    made: list[Result] = []

    def get() -> Result:
        if not made:
            made.append(make())
        return made[0]

    return get


def or_error(look_up: Callable[[], Result]) -> Result | DcctlError:
    """What is looked up, or why it cannot be had."""
    try:
        return look_up()
    except DcctlError as error:
        return error


def or_raise(outcome: Result | DcctlError) -> Result:
    """The inverse of ``or_error``."""
    if isinstance(outcome, DcctlError):
        raise outcome
    return outcome


def _by_word(found: Iterable[tuple[Driver, Thing]]) -> dict[str, list[tuple[Driver, Thing]]]:
    """Things by whatever they may be called, since ten thousand names times ten thousand things are seconds."""
    by_word: dict[str, list[tuple[Driver, Thing]]] = {}
    for driver, thing in found:
        for word in {thing.id, thing.name}:
            by_word.setdefault(word, []).append((driver, thing))
    return by_word
