"""An optional collection of a cloud, as the library sees it: what all of them have in common. ``Cloud`` hands them out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from dcctl.endpoints import border
from dcctl.errors import Conflict
from dcctl.frozen import frozen
from dcctl.lookup import Listing, or_raise
from dcctl.model import Query
from dcctl.requiring import require_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, ClassVar

    from dcctl.driver import Driver
    from dcctl.endpoints import Endpoints
    from dcctl.errors import DcctlError
    from dcctl.job import Job
    from dcctl.lookup import Lookup, Named
    from dcctl.model import Field, Realm

Thing = TypeVar("Thing", bound="Named")
Able = TypeVar("Able")
Result = TypeVar("Result")


@frozen
class Reach:
    """What a collection needs of its cloud. ``working`` does a piece of work where ``Cloud.cancel()`` reaches it."""

    driver: type[Driver]
    endpoints: Endpoints
    lookup: Lookup
    working: Callable[[Job | None, Callable[[Job], Any]], Any]

    def holder(self, name: str, realm: Realm, ask: Callable[[Driver, Query], Iterable[Thing]]) -> Thing | None:
        """What is called so in the realm: for plans, since whoever makes a thing is told by the provider that its name is taken."""
        query = Query(names=frozenset((name,)), realms=frozenset((realm.id,)))
        found = self.endpoints.ask(self.endpoints.of(realm.id), lambda driver: list(ask(driver, query)))
        return next((thing for thing in found if thing.name == name and thing.realm in (None, realm.id)), None)


class Collected(ABC, Generic[Thing, Able]):
    """One collection. Every method raises ``NotSupported`` for an endpoint that has no such collection."""

    noun: ClassVar[str]
    ability: ClassVar[type]
    """The optional class of the contract that drivers of such a collection inherit from: ``Able``."""

    def __init__(self, reach: Reach) -> None:
        """Raises ``NotSupported`` when the driver's class does not have the collection."""
        self._reach = reach
        require_class(reach.driver, self.ability)

    @abstractmethod
    def _ask(self, driver: Able, query: Query) -> Iterable[Thing]:
        """The driver's own list."""

    def _answer(self, driver: Driver, query: Query) -> Iterable[Thing]:
        return self._ask(self._able_one(driver), query)

    def all(self, realm: str | None = None) -> Listing[Thing]:
        """Everything, of one realm if named. Raises when no endpoint answered; the failures of some are part of the result."""
        answers, failures = self._reach.lookup.ask(realm, Query.everything(), self._answer)
        return Listing(tuple(thing for _, found in answers for thing in found), failures)

    def called(self, names: Sequence[str]) -> list[tuple[str, Thing | DcctlError]]:
        """Several things by id, name or ``REALM/NAME``, with one query per endpoint: each one, or why not, in order."""
        return [(name, found[1] if isinstance(found, tuple) else found) for name, found in self._named(names)]

    def one(self, name: str, *fields: Field) -> Thing:
        """One thing, with these expensive attributes. Raises ``NotFound``, ``Ambiguous``, or why an endpoint did not answer."""
        ((_, found),) = self._named([name], *fields)
        return or_raise(found)[1]

    def check_free(self, name: str, realm: Realm) -> None:
        """Raise ``Conflict`` if something is called so."""
        if self._reach.holder(name, realm, self._answer) is not None:
            raise Conflict(
                f"there is a {self.noun} {name} already",
                hint=f"choose another name; see: dcctl {self.noun} list",
                resource=name,
                realm=realm.id,
            )

    def check_destroy(self, thing: Thing) -> None:
        """Raise why it cannot be destroyed, as far as that is known without asking."""

    def _named(self, names: Sequence[str], *fields: Field) -> list[tuple[str, tuple[Driver, Thing] | DcctlError]]:
        return self._reach.lookup.named(self.noun, names, self._answer, *fields)

    def _of_realm(self, realm: Realm) -> tuple[Driver, Able]:
        driver = self._reach.endpoints.of(realm.id)
        return driver, self._able_one(driver)

    def _of(self, thing: Thing) -> tuple[Driver, Able]:
        """The endpoint that has the thing."""
        driver = self._reach.lookup.known_endpoint_of(thing)
        if driver is None:
            ((_, found),) = self._named([thing.id])
            driver = or_raise(found)[0]
        return driver, self._able_one(driver)

    def _work(
        self, at: tuple[Driver, Able], resource: str, work: Callable[[Able, Job], Result], job: Job | None
    ) -> Result:
        """Have the driver do something, its exceptions translated."""
        driver, able = at

        def guarded(job: Job) -> Result:
            with border(driver, resource):
                return work(able, job)

        result: Result = self._reach.working(job, guarded)
        return result

    def _able_one(self, driver: Driver) -> Able:
        require_class(type(driver), self.ability)
        able: Able = driver  # type: ignore[assignment]  # it is an instance of ``ability``
        return able
