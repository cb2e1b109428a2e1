"""Snapshots: what the library does with them. They belong to one instance each, and are asked for by it."""

from __future__ import annotations

from typing import TypeVar

from dcctl.abilities import Snapshots, UserName
from dcctl.endpoints import border
from dcctl.errors import Conflict, DcctlError, NotAllowed, NotFound, raise_all
from dcctl.labels import text_problems
from dcctl.naming import name_problem
from dcctl.requiring import require, require_class
from dcctl.saved import saved_is_refused
from dcctl.words import as_placed, suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.lookup import Lookup
    from dcctl.model import Instance
    from dcctl.nouns.snapshots import Snapshot, SnapshotSpec

Result = TypeVar("Result")

NAMES = UserName(max_length=50)
LONGEST_DESCRIPTION = 200


class SnapshotCollection:
    """``Cloud.snapshots``. Every method raises ``NotSupported`` for an endpoint that has none."""

    def __init__(
        self,
        driver: type[Driver],
        lookup: Lookup,
        working: Callable[[Job | None, Callable[[Job], Any]], Any],
    ) -> None:
        """``working`` does a piece of work where ``Cloud.cancel()`` reaches it. Raises ``NotSupported`` if the driver has none."""
        require_class(driver, Snapshots)
        self._lookup = lookup
        self._working = working

    def of(self, instance: Instance) -> tuple[Snapshot, ...]:
        """The snapshots of an instance, the oldest first."""
        driver, able = self._able(instance)
        with border(driver, instance.name):
            return tuple(able.snapshots(instance))

    def one(self, instance: Instance, name: str) -> Snapshot:
        """One of them. Raises ``NotFound``."""
        found = self.of(instance)
        for snapshot in found:
            if snapshot.name == name:
                return snapshot
        raise NotFound(
            f"{instance.name} has no snapshot {visible(name)}",
            hint=suggestion(name, (snapshot.name for snapshot in found))
            or f"dcctl snapshot list {as_placed(instance)}",
            resource=name,
            realm=instance.realm,
        )

    def check_create(self, instance: Instance, spec: SnapshotSpec) -> None:
        """Raise everything that is wrong with a request."""
        self._must_be_ours(instance, "take a snapshot of")
        problems: list[DcctlError] = []
        if (problem := name_problem(spec.name, NAMES)) is not None:
            problems.append(problem)
        problems += text_problems(spec.description or "", LONGEST_DESCRIPTION)
        raise_all(problems)
        if any(snapshot.name == spec.name for snapshot in self.of(instance)):
            raise Conflict(
                f"{instance.name} has a snapshot {spec.name} already",
                hint="choose another name, or destroy that one",
                resource=spec.name,
                realm=instance.realm,
            )
        driver, able = self._able(instance)
        with border(driver, instance.name):
            able.check_create_snapshot(instance, spec)

    def create(self, instance: Instance, spec: SnapshotSpec, job: Job | None = None) -> Snapshot:
        """Take a snapshot. Raises as ``check_create`` does."""
        self.check_create(instance, spec)
        driver, able = self._able(instance)
        return self._do(driver, instance, lambda job: able.create_snapshot(instance, spec, job), job)

    def check_revert(self, instance: Instance, snapshot: Snapshot) -> None:
        """Raise why the instance cannot go back now."""
        self._must_be_ours(instance, "revert")
        driver, able = self._able(instance)
        with border(driver, instance.name):
            able.check_revert_snapshot(instance, snapshot)

    def revert(self, instance: Instance, snapshot: Snapshot, job: Job | None = None) -> Instance:
        """Make the instance again what it was. What it became since is lost; its snapshots, name, labels and protection stay."""
        self.check_revert(instance, snapshot)
        driver, able = self._able(instance)
        return self._do(driver, instance, lambda job: able.revert_snapshot(instance, snapshot, job), job)

    def destroy(self, instance: Instance, snapshot: Snapshot, job: Job | None = None) -> None:
        """Forget a snapshot. What the instance is now stays."""
        driver, able = self._able(instance)
        self._do(driver, instance, lambda job: able.destroy_snapshot(instance, snapshot, job), job)

    def _must_be_ours(self, instance: Instance, verb: str) -> None:
        _, able = self._able(instance)
        if instance.foreign:
            raise NotAllowed(
                f"{instance.name} was not made by dcctl",
                hint="use what made it",
                resource=instance.name,
                realm=instance.realm,
            )
        if instance.saved:
            raise saved_is_refused(instance, verb)
        if instance.state not in able.snapshots_in:
            raise NotAllowed(
                f"cannot {verb} {instance.name}: it is {instance.state}",
                hint=f"it must be {', '.join(sorted(able.snapshots_in))}",
                resource=instance.name,
                realm=instance.realm,
            )

    def _able(self, instance: Instance) -> tuple[Driver, Snapshots]:
        driver = self._lookup.endpoint_of(instance)
        return driver, require(driver, Snapshots)

    def _do(self, driver: Driver, instance: Instance, work: Callable[[Job], Result], job: Job | None) -> Result:
        def guarded(job: Job) -> Result:
            with border(driver, instance.name):
                return work(job)

        result: Result = self._working(job, guarded)
        return result
