"""The library: what the command line does, without the command line.

    with Cloud("mock") as cloud:
        web = cloud.execute(cloud.plan_create(CreateRequest(image="img1", hwp="m1-large", name="web")))
        cloud.execute(cloud.plan(Action.STOP, "web"))

Nothing reaches a driver that the planner did not allow. Every method raises only ``DcctlError`` and its subclasses.
"""

from __future__ import annotations

from time import monotonic
from typing import TypeVar

from dcctl import registry
from dcctl.endpoints import Endpoints, border, run_each
from dcctl.errors import DcctlError, NotAllowed
from dcctl.job import Job
from dcctl.lookup import Listing, Lookup, or_raise
from dcctl.model import Action, Field, Image, Instance, Query, State
from dcctl.patience import DEFAULT_PATIENCE, Call
from dcctl.settings import Values
from dcctl.states import allowed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from dcctl.catalogue import Catalogue
    from dcctl.changing import Changing
    from dcctl.collected import Reach
    from dcctl.collected.keys import KeyCollection
    from dcctl.collected.networks import NetworkCollection
    from dcctl.collected.snapshots import SnapshotCollection
    from dcctl.collected.volumes import VolumeCollection
    from dcctl.creation import CreateRequest, Fresh
    from dcctl.driver import Driver
    from dcctl.health import Health
    from dcctl.image_work import ImageWork
    from dcctl.inside import Inside
    from dcctl.model import Realm
    from dcctl.nouns.realm_facts import RealmFacts
    from dcctl.nouns.realm_steps import RealmStep
    from dcctl.plan import Plan
    from dcctl.states import StateMachine

Item = TypeVar("Item")
Result = TypeVar("Result")

DEFAULT_TIMEOUT = 300.0
"""Seconds that an action may take to settle before we stop waiting."""


class Cloud:
    """One driver, its settings and a catalogue. Connects when something is asked; ``close()`` or a ``with`` block ends it."""

    def __init__(
        self,
        driver: str | type[Driver],
        *,
        settings: Values | None = None,
        catalogue: Catalogue | str | None = None,
        patience: float = DEFAULT_PATIENCE,
    ) -> None:
        """``driver``: a name, ``module:Class`` or the class; ``catalogue``: one, or the path of one; None: the default one.

        ``patience``: seconds after which an endpoint that does not answer a question counts as unreachable.
        """
        from dcctl.catalogue import Catalogue, load  # noqa: PLC0415  --version and --help import this module but need none

        self.driver = registry.load(driver) if isinstance(driver, str) else driver
        self.catalogue = catalogue if isinstance(catalogue, Catalogue) else load(catalogue)
        self._endpoints = Endpoints(self.driver, self.catalogue.realms(self.driver), settings or Values(), patience)
        self._lookup = Lookup(self._endpoints)
        self._jobs: set[Job] = set()
        self._cancelled = False

    def __enter__(self) -> Cloud:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections. Safe at any time."""
        self._endpoints.close()

    def cancel(self) -> None:
        """Ask all that runs, and all that is begun later, to stop and roll back what is provisional. For signal handlers."""
        self._cancelled = True
        for job in tuple(self._jobs):
            job.cancel()

    # What there is

    @property
    def realms(self) -> tuple[Realm, ...]:
        """The realms that the driver offers, in the order of the catalogue."""
        return tuple(self._endpoints.realms.values())

    def realm(self, name: str) -> Realm:
        """One realm by id. Raises ``NotFound``."""
        return self._endpoints.realm(name)

    def realm_facts(self, name: str) -> RealmFacts | None:
        """How a realm is doing; None if the driver does not tell. Raises ``NotFound``, or why the endpoint did not answer."""
        from dcctl.abilities import DescribeRealms  # noqa: PLC0415  hot commands ask for none

        realm = self.realm(name)
        driver = self._endpoints.of(name)
        if not isinstance(driver, DescribeRealms):
            return None
        return self._endpoints.ask(driver, lambda _: driver.realm_facts(realm))

    def prepare(self, name: str, job: Job | None = None, *, dry_run: bool = False) -> list[RealmStep]:
        """Make what the realm lacks: the steps that were taken, or in a dry run would be. Raises ``NotSupported`` if the driver cannot."""
        from dcctl.abilities import PrepareRealms  # noqa: PLC0415  hot commands prepare nothing
        from dcctl.requiring import require  # noqa: PLC0415  likewise

        realm = self.realm(name)
        driver = self._endpoints.of(name)
        able = require(driver, PrepareRealms, realm=name)
        steps = self._endpoints.ask(driver, lambda _: list(able.realm_steps(realm)))

        def work(job: Job) -> None:
            for step in steps:
                with border(driver, name):
                    able.take_realm_step(realm, step, job)

        if not dry_run:
            self._working(job, work)
        return steps

    def machine(self, realm: str) -> StateMachine:
        """The state machine of a realm's endpoint, which may allow less than the driver's class declares."""
        return self._endpoints.machine(realm)

    def instances(self, *fields: Field, realm: str | None = None, finished: bool = False) -> Listing[Instance]:
        """All instances, of one realm if named; ``finished``: also those that were destroyed and are still reported.

        Raises when no endpoint answered; the failures of some are part of the result.
        """
        answers, failures = self._lookup.ask(
            realm, Query.everything(*fields), lambda driver, query: driver.instances(query)
        )
        return Listing(
            tuple(
                instance
                for _, found in answers
                for instance in found
                if (realm is None or instance.realm == realm) and (finished or instance.state is not State.FINISH)
            ),
            failures,
        )

    def images(self, *, realm: str | None = None) -> Listing[Image]:
        """All images, of one realm if named; failures as for ``instances``."""
        return self._lookup.images(realm)

    def images_and_importable(self, *fields: Field, realm: str | None = None) -> Listing[Image]:
        """All images, and in each realm that answered those that only the catalogue knows, in the state not-imported."""
        from dcctl.importing import can_import, not_imported  # noqa: PLC0415  only images need it

        answers, failures = self._lookup.ask(
            realm, Query.everything(*fields), lambda driver, query: driver.images(query)
        )
        images = [image for _, found in answers for image in found]
        if can_import(self.driver) and self.catalogue.images:
            silent = {failure.realm for failure in failures}
            realms = [
                each
                for driver, _ in answers
                for each in driver.endpoint.realms
                if realm in (None, each.id) and each.id not in silent
            ]
            images += not_imported(images, self.catalogue.images.values(), realms)
        return Listing(tuple(images), failures)

    def instance(self, name: str, *fields: Field) -> Instance:
        """One instance by id, name or ``REALM/NAME``. Raises ``NotFound``, ``Ambiguous``, or why an endpoint did not answer."""
        ((_, found),) = self._lookup.instances([name], *fields)
        return or_raise(found)[1]

    def instances_called(self, names: Sequence[str], *fields: Field) -> list[tuple[str, Instance | DcctlError]]:
        """Several instances, with one query per endpoint: each one, or why not, in the order of the names."""
        return [
            (name, found if isinstance(found, DcctlError) else found[1])
            for name, found in self._lookup.instances(names, *fields)
        ]

    def image(self, name: str, *fields: Field) -> Image:
        """One image by id, name or ``REALM/NAME``; its description may cost the provider ``Field.NOTES``. Raises as ``instance`` does."""
        return or_raise(self._lookup.image(name, *fields))[1]

    @property
    def keys(self) -> KeyCollection:
        """The public ssh keys that the provider keeps. Raises ``NotSupported`` if the driver has none."""
        from dcctl.collected.keys import KeyCollection  # noqa: PLC0415  hot commands need no optional collection

        return KeyCollection(self._reach)

    @property
    def networks(self) -> NetworkCollection:
        """The networks that instances are attached to. Raises ``NotSupported`` if the driver has none."""
        from dcctl.collected.networks import NetworkCollection  # noqa: PLC0415  see keys

        return NetworkCollection(self._reach)

    @property
    def image_work(self) -> ImageWork:
        """Importing, copying, capturing and destroying images."""
        from dcctl.image_work import ImageWork  # noqa: PLC0415  only images need it

        return ImageWork(self._reach)

    @property
    def inside(self) -> Inside:
        """What goes on inside of instances: ssh, consoles and their logs, programs."""
        from dcctl.inside import Inside  # noqa: PLC0415  hot commands look at no inside

        return Inside(self._reach)

    @property
    def _reach(self) -> Reach:
        from dcctl.collected import Reach  # noqa: PLC0415  see keys

        return Reach(self.driver, self._endpoints, self._lookup, self._working)

    @property
    def volumes(self) -> VolumeCollection:
        """The disks that are kept apart from instances. Raises ``NotSupported`` if the driver has none."""
        from dcctl.collected.volumes import VolumeCollection  # noqa: PLC0415  see keys

        return VolumeCollection(self._reach)

    @property
    def snapshots(self) -> SnapshotCollection:
        """What instances were at a moment. Raises ``NotSupported`` if the driver has no snapshots."""
        from dcctl.collected.snapshots import SnapshotCollection  # noqa: PLC0415  see keys

        return SnapshotCollection(self.driver, self._lookup, self._working)

    @property
    def changing(self) -> Changing:
        """What can be changed of instances that exist, other than by actions."""
        from dcctl.changing import Changing  # noqa: PLC0415  hot commands change nothing so

        return Changing(self._lookup, self._working)

    @property
    def health(self) -> Health:
        """What is wrong with realms, and mending it."""
        from dcctl.health import Health  # noqa: PLC0415  see keys

        return Health(self._endpoints, self._working)

    def actions(self, instance: Instance) -> tuple[Action, ...]:
        """What may be done to the instance now: the same that ``plan`` enforces."""
        return allowed(self.machine_of(instance), instance)

    def machine_of(self, instance: Instance) -> StateMachine:
        """What its endpoint allows; what the driver's class declares for an instance in none of the catalogue's realms."""
        realm = instance.realm
        return self.driver.states if realm is None or realm not in self._endpoints.realms else self.machine(realm)

    # Plans: nothing is changed

    def plan(
        self,
        action: Action,
        name: str,
        *,
        force: bool = False,
        power_off: bool = False,
        to_disk: bool = False,
        with_disks: bool = False,
    ) -> Plan:
        """Plan an action on one instance. Raises what ``plan_all`` returns as an error."""
        ((_, outcome),) = self.plan_all(
            action, [name], force=force, power_off=power_off, to_disk=to_disk, with_disks=with_disks
        )
        return or_raise(outcome)

    def plan_all(
        self,
        action: Action,
        names: Sequence[str],
        *,
        force: bool = False,
        power_off: bool = False,
        to_disk: bool = False,
        with_disks: bool = False,
    ) -> list[tuple[str, Plan | DcctlError]]:
        """Plan an action on several instances, looked up with one query per endpoint: a plan or a refusal for each name."""
        from dcctl.plan import plan_action  # noqa: PLC0415  2 ms that listing need not pay

        def one(found: tuple[Driver, Instance] | DcctlError) -> Plan | DcctlError:
            if isinstance(found, DcctlError):
                return found
            driver, instance = found
            return _attempt(
                driver,
                lambda: plan_action(
                    driver,
                    instance,
                    action,
                    force=force,
                    power_off=power_off,
                    to_disk=to_disk,
                    with_disks=with_disks,
                ),
            )

        return [(name, one(found)) for name, found in self._lookup.instances(names)]

    def plan_create(self, request: CreateRequest, fresh: Fresh | None = None) -> Plan:
        """Plan a create request. Raises everything that is wrong with it at once.

        ``fresh`` is what changes from call to call; made here when not given.
        """
        from dcctl.create_facts import look_up  # noqa: PLC0415  3 ms that listing need not pay
        from dcctl.creation import AUTO, make_fresh, plan_create  # noqa: PLC0415  likewise

        fresh = fresh or make_fresh()
        notes: tuple[str, ...] = ()
        if request.realm == AUTO:
            from dcctl.placing import place  # noqa: PLC0415  most requests leave the realm to the image

            (placed,) = place(self._reach, self.catalogue, request)
            request, notes = placed.request, placed.notes
        names = fresh.names if request.name is None else (request.name,)
        driver, facts = look_up(self._reach, self.catalogue, request, names, notes)
        with border(driver):
            return plan_create(driver, request, facts, fresh)

    def plan_create_each(
        self, request: CreateRequest, names: Sequence[str | None], freshes: Sequence[Fresh] | None = None
    ) -> list[Plan]:
        """Plan one instance for each name, None being a made-up one. Raises everything that is wrong with any of them.

        With the realm ``auto`` they are shared out among the realms that have the image: neighbours in the list go to the same one.
        """
        from dcctl.creation import make_fresh  # noqa: PLC0415  see plan_create
        from dcctl.placing import plan_each_somewhere  # noqa: PLC0415  for several at once only

        freshes = freshes or [make_fresh() for _ in names]
        return plan_each_somewhere(self._reach, self.catalogue, request, names, freshes)

    def preview(self, plan: Plan) -> str:
        """What create would send to the provider, in its own words. Raises ``NotSupported`` for drivers that cannot tell."""
        from dcctl.abilities import Preview  # noqa: PLC0415  loaded already with the driver
        from dcctl.requiring import require  # noqa: PLC0415  hot commands need nothing that only some drivers have

        driver = self._endpoints.of(plan.realm or "")
        able = require(driver, Preview)
        if plan.spec is None:
            raise NotAllowed("only what create would send can be shown", hint="plan it with plan_create")
        with border(driver):
            return able.preview(plan.spec)

    # Doing

    def execute(
        self,
        plan: Plan,
        *,
        wait: bool = True,
        timeout: float = DEFAULT_TIMEOUT,
        power_off_after: float | None = None,
        job: Job | None = None,
    ) -> Instance:
        """Do what the plan says, and wait until it has settled.

        ``wait`` False: return once the last step is accepted; the steps before it are always waited for. ``timeout`` (seconds) ends
        only our waiting and raises ``Timeout``. ``power_off_after``: seconds after which a graceful stop that has not settled pulls the plug.
        """
        from dcctl.execution import run  # noqa: PLC0415  3 ms that listing need not pay

        if plan.imports:
            raise NotAllowed(
                f"the image of {plan.resource} has to be imported first", hint="import it, and plan the request again"
            )
        driver = (
            self._lookup.endpoint_of(plan.instance)
            if plan.instance is not None
            else self._endpoints.of(plan.realm or "")
        )
        deadline = monotonic() + timeout
        return self._working(
            job, lambda job: run(driver, plan, wait=wait, deadline=deadline, power_off_after=power_off_after, job=job)
        )

    def at_once(self, items: Sequence[Item], work: Callable[[Item], Result]) -> list[tuple[Item, Result | DcctlError]]:
        """Do the same to several things, as many at once as the driver allows: a result or an error for each, in order."""
        return run_each(items, work, at_once=self.driver.concurrency)

    def wait(
        self,
        instance: Instance,
        *,
        goal: State | None = None,
        address: bool = False,
        timeout: float = DEFAULT_TIMEOUT,
        job: Job | None = None,
    ) -> Instance:
        """Wait until the instance is in the state ``goal`` and, with ``address``, has an address. Raises ``Timeout``."""
        from dcctl.waiting import await_address, await_state  # noqa: PLC0415  only waiting needs it

        driver = self._lookup.endpoint_of(instance)
        deadline = monotonic() + timeout

        def work(job: Job) -> Instance:
            current = instance if goal is None else await_state(driver, instance, goal, deadline, job)
            return await_address(driver, current, deadline, job) if address else current

        return self._working(job, work)

    def _working(self, job: Job | None, work: Callable[[Job], Result]) -> Result:
        """Do the work where ``cancel()`` reaches it."""
        job = job or Job()
        self._jobs.add(job)
        try:
            # A signal may have come before the job was known.
            if self._cancelled:
                job.cancel()
            job.check()
            # In another thread: in this one Python would handle no signal before the provider's library returns.
            return Call(lambda: work(job)).outcome()
        finally:
            self._jobs.discard(job)


def _attempt(driver: Driver, work: Callable[[], Result]) -> Result | DcctlError:
    try:
        with border(driver):
            return work()
    except DcctlError as error:
        return error
