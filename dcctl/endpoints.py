"""The driver objects of one context: one per endpoint, asked in parallel, each one's failures kept from the others."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic

from dcctl.driver import Driver, Endpoint
from dcctl.errors import CatalogueError, DcctlError, DriverError, Failed, NotFound, Unreachable, raise_all
from dcctl.patience import DEFAULT_PATIENCE, Call
from dcctl.words import as_name, suggestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar

    from dcctl.model import Realm
    from dcctl.settings import Values
    from dcctl.states import StateMachine

    T = TypeVar("T")
    R = TypeVar("R")


CLOSING_SECONDS = 2.0
"""How long closing may take. Nothing that was asked for depends on it."""


class Endpoints:
    """Driver objects by realm. Makes them at once, since constructors do not connect. ``patience``: see ``Endpoint``."""

    def __init__(
        self, driver: type[Driver], realms: Sequence[Realm], settings: Values, patience: float = DEFAULT_PATIENCE
    ) -> None:
        if not realms:
            raise CatalogueError(
                f"the catalogue offers no realm for the driver {driver.name}",
                hint=f"give a realm a section for it, such as {driver.name}: {{}}",
            )
        if missing := driver.__abstractmethods__:
            raise DriverError(
                f"the driver {driver.name} has no method {', '.join(f'{name}()' for name in sorted(missing))}",
                hint="read man dcctl-driver",
            )
        self.realms = {realm.id: realm for realm in realms}
        grouped: dict[str, list[Realm]] = {}
        for realm in realms:
            grouped.setdefault(driver.endpoint_of(realm), []).append(realm)
        self._drivers = {key: driver(Endpoint(key, tuple(group), settings, patience)) for key, group in grouped.items()}
        self._patience = patience
        self._machines: dict[Driver, StateMachine] = {}
        self._unanswered: dict[Driver, Call[Any]] = {}
        """What was left behind. Who has not answered is asked nothing else until that call has ended."""
        self._key_of = {realm.id: key for key, group in grouped.items() for realm in group}

    def all(self) -> tuple[Driver, ...]:
        """One object per endpoint, in the order of the catalogue."""
        return tuple(self._drivers.values())

    def realm(self, realm: str) -> Realm:
        """The realm with this id. Raises ``NotFound`` with close matches."""
        if realm not in self.realms:
            raise NotFound(f"there is no realm {as_name(realm)}", hint=suggestion(realm, self.realms), resource=realm)
        return self.realms[realm]

    def of(self, realm: str) -> Driver:
        """The driver object that the realm belongs to. Raises ``NotFound``."""
        return self._drivers[self._key_of[self.realm(realm).id]]

    def ask_each(
        self, drivers: Iterable[Driver], ask: Callable[[Driver], T]
    ) -> tuple[list[tuple[Driver, T]], list[tuple[Driver, DcctlError]]]:
        """Ask several endpoints the same, all at once: the answers and the failures, both in the order of the endpoints.

        Who has not answered when our patience ends is ``Unreachable``, and nobody else has to wait for it.
        """

        def guarded(driver: Driver) -> Callable[[], T]:
            def call() -> T:
                with border(driver):
                    return ask(driver)

            return call

        begun = [(driver, None if self._is_silent(driver) else Call(guarded(driver))) for driver in drivers]
        deadline = monotonic() + self._patience
        answers: list[tuple[Driver, T]] = []
        failures: list[tuple[Driver, DcctlError]] = []
        for driver, call in begun:
            if call is None:
                failures.append((driver, _silent(driver)))
                continue
            try:
                answers.append((driver, call.answer(deadline)))
            except DcctlError as error:
                failures.append((driver, error))
            except TimeoutError:
                self._unanswered[driver] = call
                failures.append((driver, _silent(driver)))
        return answers, failures

    def ask(self, driver: Driver, ask: Callable[[Driver], T]) -> T:
        """Ask one endpoint. Raises ``Unreachable`` when it does not answer in time."""
        answers, failures = self.ask_each((driver,), ask)
        raise_all([error for _, error in failures])
        return answers[0][1]

    def machine(self, realm: str) -> StateMachine:
        """What the realm's endpoint allows. An endpoint that narrows its class's machine may have to be asked; once is enough."""
        driver = self.of(realm)
        if type(driver).machine is Driver.machine:
            return driver.states
        if driver not in self._machines:
            self._machines[driver] = self.ask(driver, lambda driver: driver.machine)
        return self._machines[driver]

    def _is_silent(self, driver: Driver) -> bool:
        call = self._unanswered.get(driver)
        return call is not None and call.running

    def close(self) -> None:
        """Close every driver object, also when closing one of them fails. Those that do not answer are left as they are."""

        def guarded(driver: Driver) -> Callable[[], None]:
            def call() -> None:
                with border(driver):
                    driver.close()

            return call

        # Drivers without a close of their own hold nothing, and a thread to find that out would cost start-up 0.2 ms.
        holding = (driver for driver in self._drivers.values() if type(driver).close is not Driver.close)
        begun = [Call(guarded(driver)) for driver in holding if not self._is_silent(driver)]
        deadline = monotonic() + CLOSING_SECONDS
        problems: list[DcctlError] = []
        for call in begun:
            try:
                call.answer(deadline)
            except DcctlError as error:
                problems.append(error)
            except TimeoutError:
                continue  # the process, or the other end, will end it
        raise_all(problems)


def answer(driver: Driver, ask: Callable[[Driver], T], resource: str | None = None) -> T:
    """What one endpoint answers, its exceptions translated. Raises ``Unreachable`` when it takes longer than we are patient."""

    def guarded() -> T:
        with border(driver, resource):
            return ask(driver)

    try:
        return Call(guarded).answer(monotonic() + driver.endpoint.patience)
    except TimeoutError:
        raise _silent(driver) from None


def _silent(driver: Driver) -> Unreachable:
    realms = [realm.id for realm in driver.endpoint.realms]
    error = Unreachable(
        f"the realm {', '.join(map(as_name, realms))} has not answered in {driver.endpoint.patience:g} s",
        hint="wait longer with --realm-timeout, or leave it out: --realm names another",
    )
    _locate(error, driver, None)
    return error


@contextmanager
def border(driver: Driver, resource: str | None = None) -> Iterator[None]:
    """The one place where a provider's exception becomes one of ours, and learns which realm and resource it is about."""
    try:
        yield
    except DcctlError as error:
        _locate(error, driver, resource)
        raise
    except Exception as error:
        translated = driver.translate(error) or Failed(
            f"the driver {driver.name} failed: {type(error).__name__}: {error}",
            hint="see the whole error with dcctl --debug, and report it to the driver's author",
        )
        _locate(translated, driver, resource)
        raise translated from error


def _locate(error: DcctlError, driver: Driver, resource: str | None) -> None:
    realms = driver.endpoint.realms
    if error.realm is None and len(realms) == 1:
        error.realm = realms[0].id
    elif error.realm is None:
        error.realms = tuple(realm.id for realm in realms)
    if error.resource is None:
        error.resource = resource


def run_each(items: Sequence[T], work: Callable[[T], R], *, at_once: int = 16) -> list[tuple[T, R | DcctlError]]:
    """Do the same to several items, in parallel where there are several; the result or the ``DcctlError`` of each, in order.

    Any other exception of a worker is raised here, after all have ended. Signal handlers run in the calling thread meanwhile.
    """

    def attempt(item: T) -> R | DcctlError:
        try:
            return work(item)
        except DcctlError as error:
            return error

    if len(items) <= 1:
        return [(item, attempt(item)) for item in items]

    from threading import Thread  # noqa: PLC0415  3 ms that one endpoint and one name need not pay

    results: dict[int, R | DcctlError] = {}
    unforeseen: list[BaseException] = []
    waiting = iter(enumerate(items))

    def work_off() -> None:
        # next() on one shared iterator of a list is atomic under the interpreter's lock.
        for position, item in waiting:
            try:
                results[position] = attempt(item)
            except BaseException as error:  # noqa: BLE001  carried to the calling thread below
                unforeseen.append(error)

    threads = [Thread(target=work_off, daemon=True) for _ in range(min(at_once, len(items)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if unforeseen:
        raise unforeseen[0]
    return [(item, results[position]) for position, item in enumerate(items)]
