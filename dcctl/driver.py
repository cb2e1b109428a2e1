"""The contract between dcctl and a driver.

A driver *says* things at class level and *does* exactly what it said. It derives from ``Driver``, declares ``name``, ``states``,
``abilities`` and its settings, and has one method for each action that its machine names. The sentences of the contract:

Order
 1. The core asks the class first (``states``, ``abilities``, ``settings``, ``endpoint_of``); a driver's module MUST be importable, and
    these answers had, without the provider's library installed.
 2. One object is made per endpoint. The constructor MUST NOT connect, read files or fail; the first call does.
 3. ``close()`` is called once at the end, also after failures, and MUST be safe when nothing was opened. It is not called on an object that
    still owes an answer.
 4. An action is called only if the machine allows it in the state that ``instances`` reported and ``Instance.refused`` does not name it.
 5. The world may have changed in between: an action that is no longer possible MUST raise ``NotAllowed``, ``NotFound`` or
    ``Conflict``, or provably change nothing.

Threads
 6. Several calls may run at once on one object, at most ``concurrency``; never two for the same instance. A list that takes longer than
    ``endpoint.patience`` seconds is not waited for any more, and its thread is left behind; actions are always waited for.
 7. Worker threads never see KeyboardInterrupt. Long work MUST call ``job.check()``, ``job.stage()`` or ``job.pause()`` at least every second.

Results
 8. An action returns once the provider has accepted it, with the instance as it is then; the core waits for the rest.
 9. The state returned, and each state reported later, MUST be one that the machine allows there.
10. A new instance MUST be found by its id at once; where the provider is eventually consistent, within ``not_found_window`` seconds.
11. After destroy an instance is not found, or is in state finish; its name is free again.
12. Names are unique per endpoint: create with a name that is taken raises ``Conflict``, also when two creators race.
13. ``instances`` and ``images`` return what the query asks for and nothing else, in as many provider calls for 1,000 things as for one;
    ``Field.NOTES`` alone may cost one for each.
14. Attributes that a ``Field`` names may be left at their default unless the query asks for them. An instance that nobody can reach, as
    ``no_way_in`` says without asking anybody, has no address.

Failure
15. A failed or cancelled create MUST leave nothing behind, or an instance in state error that destroy removes.
16. A driver killed at any moment MUST leave at most an instance that is listed under its name and that destroy removes entirely:
    pending, in error, or complete, since the provider may finish without the driver. What else is left MUST go with the next create.
17. Destroy removes exactly what create made, and nothing that something else refers to. Destroying MUST be repeatable.
18. ``translate`` turns the provider's own exceptions into ours; whatever it returns None for becomes ``Failed``.
19. Options that ``abilities`` does not declare are never passed in; the core refuses them.
20. What the arguments hold MUST NOT be changed; they are frozen, and so are the results.

Dry runs
21. What a dry run asks (``check_rename`` and its like) MUST change nothing, and raise what the call itself would raise. States in which the
    call is not declared, and names that are taken, the core has refused before.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from dcctl.errors import DcctlError, DriverError
from dcctl.frozen import frozen
from dcctl.model import Action, Image, Instance, InstanceSpec, Query, Realm
from dcctl.patience import DEFAULT_PATIENCE
from dcctl.settings import Setting, Values
from dcctl.states import StateMachine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcctl.abilities import Ability
    from dcctl.errors import NotSupported
    from dcctl.job import Job

CONTRACT = 1
"""The version of the contract that this dcctl speaks; also the number in the entry-point group ``dcctl.drivers.v1``.

It changes when a sentence is withdrawn or says something else, or when a name, a signature or a default that drivers rely on does. What
is added (an ability, an optional class, a field of a noun with a default, a sentence that older drivers keep anyway) does not change it.
"""

OLDEST_CONTRACT = 1
"""Drivers of this version and later ones are spoken to as they expect."""


@frozen
class Endpoint:
    """One thing that a driver object talks to: the unit of connection, timeout, failure and concurrency."""

    key: str
    realms: tuple[Realm, ...]
    settings: Values
    patience: float = DEFAULT_PATIENCE
    """Seconds after which an endpoint that does not answer counts as unreachable: ``--realm-timeout``."""


class Driver(ABC):
    """Base of all drivers; see the module's text for the contract."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for ``dcctl driver list``."""
    states: ClassVar[StateMachine]
    abilities: ClassVar[tuple[Ability, ...]] = ()
    settings: ClassVar[tuple[Setting[Any], ...]] = ()
    """What a context may set for this driver."""
    realm_options: ClassVar[tuple[Setting[Any], ...]] = ()
    """What a realm's section for this driver may say in the catalogue."""
    contract: ClassVar[int] = CONTRACT
    """The version of the contract that the driver was written for. Say it as a number: the default is whatever dcctl speaks."""
    concurrency: ClassVar[int] = 8
    """How many calls may run at once on one object."""
    not_found_window: ClassVar[float] = 0.0
    """Seconds during which a new id may not be found yet."""
    simulated: ClassVar[bool] = False
    """Nothing real is made; dcctl then says so unless the driver was chosen explicitly, and has no system on a disk to reset for an image."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if hasattr(cls, "states"):  # an abstract intermediate class may leave the declaration to its own subclasses
            _check_declaration(cls)

    @classmethod
    def endpoint_of(cls, realm: Realm) -> str:
        """The key of the endpoint that the realm belongs to. Pure; realms with the same key share one driver object."""
        return cls.name

    @classmethod
    def implicit_realms(cls) -> tuple[Realm, ...]:
        """Realms to offer when the catalogue has none for this driver. Pure but for the environment; must not connect."""
        return ()

    @property
    def machine(self) -> StateMachine:
        """The machine of this endpoint: the class's, or one narrowed by what this endpoint cannot do. May connect."""
        return self.states

    def no_way_in(self, realm: Realm, networks: Sequence[str]) -> NotSupported | None:
        """Why nobody can reach an instance whose interfaces are in these networks, none: the realm's own; None where somebody may.

        Asks nobody: whoever creates an instance there is told at once, and whoever would wait for its address is refused.
        """
        return None

    @abstractmethod
    def images(self, query: Query) -> Iterable[Image]:
        """The images that the query asks for, in any order."""

    @abstractmethod
    def instances(self, query: Query) -> Iterable[Instance]:
        """The instances that the query asks for, in any order; those in state finish may be left out."""

    @abstractmethod
    def create(self, spec: InstanceSpec, job: Job) -> Instance:
        """Make the instance and set it on its way to where the machine says that create settles."""

    def translate(self, error: Exception) -> DcctlError | None:
        """The provider's exception as one of ours; None for an exception that this driver does not know."""
        return None

    def close(self) -> None:
        """Let go of connections. Safe at any time, any number of times."""


def perform(driver: Driver, action: Action, instance: Instance, job: Job) -> Instance:
    """Have the driver do ``action``; the only place where an action becomes a method call.

    ``Driver.__init_subclass__`` has proved that the method exists for every action that the machine names.
    """
    result: Instance = getattr(driver, action.value)(instance, job)
    return result


def unspoken_version(who: str, version: object) -> DriverError | None:
    """Why a driver of this version of the contract cannot be spoken to; None if it can."""
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return DriverError(
            f"{who}.contract must be a whole number, not {version!r}", hint=f"write contract = {CONTRACT}"
        )
    if OLDEST_CONTRACT <= version <= CONTRACT:
        return None
    spoken = str(CONTRACT) if OLDEST_CONTRACT == CONTRACT else f"{OLDEST_CONTRACT} to {CONTRACT}"
    return DriverError(
        f"the driver {who} speaks version {version} of the contract, and this dcctl speaks {spoken}",
        hint="use a newer dcctl" if version > CONTRACT else "use a newer version of the driver's package",
    )


def _check_declaration(cls: type[Driver]) -> None:
    """Refuse a class whose methods and machine disagree, both ways."""
    if unspoken := unspoken_version(cls.__qualname__, cls.contract):
        raise unspoken  # first: whatever else looks wrong may be right by the other version
    if not isinstance(cls.states, StateMachine):
        raise DriverError(f"{cls.__qualname__}.states is not a state machine", hint="use states = machine(...)")
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not name.replace("-", "").isalnum() or name != name.lower() or not name.isascii():
        raise DriverError(f"{cls.__qualname__}.name must be lower-case letters, digits and -, not {name!r}")
    if not isinstance(getattr(cls, "summary", None), str):
        raise DriverError(f"{cls.__qualname__} has no summary", hint="one line that says what it manages")
    if not all(hasattr(ability, "sentence") for ability in cls.abilities):
        raise DriverError(
            f"{cls.__qualname__}.abilities holds something that is not an ability",
            hint="values such as UserName(max_length=50)",
        )
    if not isinstance(cls.concurrency, int) or cls.concurrency < 1:
        raise DriverError(f"{cls.__qualname__}.concurrency must be a whole number from 1 on, not {cls.concurrency!r}")
    declared = cls.states.declared_actions
    for action in Action:
        has_method = callable(getattr(cls, action.value, None))
        if action in declared and not has_method:
            raise DriverError(f"{cls.__qualname__} declares {action} but has no method {action}()")
        if action not in declared and has_method:
            raise DriverError(f"{cls.__qualname__} has a method {action}() but its states never mention {action}")
