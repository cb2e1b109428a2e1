"""Volumes: what the library does with them, and what it refuses before a driver is asked."""

from __future__ import annotations

from dcctl.abilities import UserName, Volumes
from dcctl.collected import Collected
from dcctl.disk_options import usable
from dcctl.endpoints import border
from dcctl.errors import DcctlError, NotAllowed, Usage, raise_all
from dcctl.lookup import or_raise
from dcctl.model import Action, Query, State
from dcctl.naming import name_problem
from dcctl.nouns.volumes import LARGEST_GIB, Volume, VolumeSpec, VolumeState, way_to_free
from dcctl.saved import saved_is_refused
from dcctl.words import as_placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance, Realm

NAMES = UserName(max_length=63)
"""Volumes are called like instances: the name becomes part of file names at the provider."""

CHANGING_IN = (State.RUNNING, State.STOPPED)
"""The states of an instance in which volumes come and go: a suspended guest cannot answer, and the others change by themselves."""


class VolumeCollection(Collected[Volume, Volumes]):
    """``Cloud.volumes``."""

    noun = "volume"
    ability = Volumes

    def _ask(self, driver: Volumes, query: Query) -> Iterable[Volume]:
        return driver.volumes(query)

    def near(self, names: Sequence[str], realm: Realm) -> list[Volume | DcctlError]:
        """Each volume as a new instance of the realm can have it, or why not."""
        found = self.called([name if "/" in name else f"{realm.id}/{name}" for name in names])
        return [usable(volume, realm) for _, volume in found]

    def check(self, spec: VolumeSpec) -> None:
        """Raise everything that is wrong with a request to create, before anything is done."""
        self._of_realm(spec.realm)
        problems: list[DcctlError] = []
        if (problem := name_problem(spec.name, NAMES)) is not None:
            problems.append(problem)
        if not 1 <= spec.size_gib <= LARGEST_GIB:
            problems.append(Usage(f"a volume cannot have {spec.size_gib} GiB", hint=f"from 1 GiB to {LARGEST_GIB} GiB"))
        raise_all(problems)

    def create(self, spec: VolumeSpec, job: Job | None = None) -> Volume:
        """Make an empty volume. Raises ``Conflict`` if the name is taken."""
        self.check(spec)
        return self._work(
            self._of_realm(spec.realm), spec.name, lambda driver, job: driver.create_volume(spec, job), job
        )

    def destroy(self, volume: Volume, job: Job | None = None) -> None:
        """Remove a volume and what is on it. Raises ``NotAllowed`` while it is attached."""
        self.check_destroy(volume)
        self._work(self._of(volume), volume.name, lambda driver, job: driver.destroy_volume(volume, job), job)

    def check_destroy(self, thing: Volume) -> None:
        self._must_be_free(thing, "destroy")

    def check_attach(self, volume: Volume, instance: str) -> tuple[Driver, Instance]:
        """The instance that is meant, and the endpoint of both; raises why the volume cannot be attached to it."""
        self._must_be_free(volume, "attach")
        if volume.state is VolumeState.ERROR:
            raise NotAllowed(
                f"the creation of the volume {volume.name} was interrupted",
                hint=f"dcctl volume destroy {as_placed(volume)}, and create it again",
                resource=volume.name,
                realm=volume.realm,
            )
        driver, found = self._instance(instance)
        if self._of(volume)[0] is not driver:
            raise Usage(
                f"the volume {volume.name} and the instance {found.name} are at different endpoints",
                hint="a volume can only be attached where it is",
                resource=volume.name,
            )
        _must_allow(found, "attach a volume to")
        return driver, found

    def attach(self, volume: Volume, instance: str, job: Job | None = None) -> Volume:
        """Attach a volume to an instance, by id, name or ``REALM/NAME``. Raises as ``check_attach`` does."""
        driver, found = self.check_attach(volume, instance)
        at = driver, self._able_one(driver)
        return self._work(at, volume.name, lambda able, job: able.attach_volume(volume, found, job), job)

    def check_detach(self, volume: Volume) -> None:
        """Raise why the volume cannot be detached."""
        if volume.instance is None:
            raise NotAllowed(
                f"the volume {volume.name} is not attached to any instance",
                hint="see: dcctl volume list",
                resource=volume.name,
                realm=volume.realm,
            )
        driver, _ = self._of(volume)
        with border(driver, volume.name):
            named = list(driver.instances(Query.called(volume.instance)))
        for instance in named:
            if instance.name == volume.instance:
                _must_allow(instance, "detach a volume from")

    def detach(self, volume: Volume, job: Job | None = None) -> Volume:
        """Detach a volume from its instance; a running guest must let go of it. Raises ``Timeout`` if it does not."""
        self.check_detach(volume)
        return self._work(self._of(volume), volume.name, lambda driver, job: driver.detach_volume(volume, job), job)

    def check_resize(self, volume: Volume, size_gib: int) -> None:
        """Raise why the volume cannot have this size: it only grows."""
        if not 1 <= size_gib <= LARGEST_GIB:
            raise Usage(f"a volume cannot have {size_gib} GiB", hint=f"from 1 GiB to {LARGEST_GIB} GiB")
        if volume.size_gib is not None and size_gib < volume.size_gib:
            raise Usage(
                f"the volume {volume.name} has {volume.size_gib} GiB, and volumes only grow",
                hint="what is on it would be cut off; make a smaller one and copy",
                resource=volume.name,
                realm=volume.realm,
            )

    def resize(self, volume: Volume, size_gib: int, job: Job | None = None) -> Volume:
        """Let a volume grow, also while it is attached. Raises as ``check_resize`` does."""
        self.check_resize(volume, size_gib)
        return self._work(
            self._of(volume), volume.name, lambda driver, job: driver.resize_volume(volume, size_gib, job), job
        )

    def _instance(self, name: str) -> tuple[Driver, Instance]:
        ((_, found),) = self._reach.lookup.instances([name])
        return or_raise(found)

    def _must_be_free(self, volume: Volume, what: str) -> None:
        if volume.instance is not None:
            raise NotAllowed(
                f"cannot {what} the volume {volume.name}: it is attached to {volume.instance}",
                hint=way_to_free(volume),
                resource=volume.name,
                realm=volume.realm,
            )


def _must_allow(instance: Instance, what: str) -> None:
    if instance.saved:
        raise saved_is_refused(instance, what)
    if instance.state not in CHANGING_IN:
        raise NotAllowed(
            f"cannot {what} {instance.name}: it is {instance.state}",
            hint=f"it must be {' or '.join(CHANGING_IN)}; see: dcctl instance {Action.RESUME} --help",
            resource=instance.name,
            realm=instance.realm,
        )
