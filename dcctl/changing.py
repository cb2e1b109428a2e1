"""Changing instances that exist in other ways than by the actions of the state machine: what the library does. ``Cloud`` hands it out.

Each change has two methods: one that says what the instance would be (pure; it raises whatever forbids the change), and one that does it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from dcctl.abilities import Adopt, Autostart, Clone, Describe, Protect, Rename, Resize, UserName
from dcctl.endpoints import border
from dcctl.errors import Conflict, NotAllowed, raise_all
from dcctl.hardware import Hardware, Property
from dcctl.model import Field, Query, State
from dcctl.naming import name_problem
from dcctl.requiring import require
from dcctl.saved import saved_is_refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from dcctl.driver import Driver
    from dcctl.hardware import HardwareProfile, Value
    from dcctl.job import Job
    from dcctl.lookup import Lookup
    from dcctl.model import Instance
    from dcctl.nouns.adoption import AdoptSpec
    from dcctl.nouns.changes import CloneSpec, Description, Resized, Size

_SIZES = (Property.CPU, Property.MEMORY, Property.STORAGE)

Able = TypeVar("Able")
Result = TypeVar("Result")


class Changing:
    """``Cloud.changing``. Every method raises ``NotSupported`` where the driver cannot do it, ``NotAllowed`` for foreign instances."""

    def __init__(self, lookup: Lookup, working: Callable[[Job | None, Callable[[Job], Any]], Any]) -> None:
        """``working`` does a piece of work where ``Cloud.cancel()`` reaches it."""
        self._lookup = lookup
        self._working = working

    def described(self, instance: Instance, change: Description) -> Instance:
        """The instance with other labels and another description. ``instance`` must have been asked for with ``Field.NOTES``."""
        from dcctl.labels import description_problems  # noqa: PLC0415  this change only

        driver, _ = self._able(instance, Describe)
        labels = change.labels_after(instance.labels)
        raise_all(description_problems(driver, change.labels, labels, change.text))
        return replace(instance, labels=labels, description=change.text_after(instance.description))

    def describe(self, instance: Instance, change: Description, job: Job | None = None) -> Instance:
        """Put labels on, take them off, and write another description."""
        self.described(instance, change)
        driver, able = self._able(instance, Describe)
        return self._do(driver, instance, lambda job: able.describe(instance, change, job), job)

    def protected(self, instance: Instance, *, protected: bool) -> Instance:
        """The instance with its protection switched."""
        self._able(instance, Protect)
        return replace(instance, protected=protected)

    def protect(self, instance: Instance, job: Job | None = None, *, protected: bool) -> Instance:
        """Refuse to destroy the instance from now on, or no longer."""
        driver, able = self._able(instance, Protect)
        return self._do(driver, instance, lambda job: able.protect(instance, job, protected=protected), job)

    def autostarted(self, instance: Instance, *, on: bool) -> Instance:
        """The instance that starts whenever its host does, or no longer."""
        self._able(instance, Autostart)
        return replace(instance, autostart=on)

    def autostart(self, instance: Instance, job: Job | None = None, *, on: bool) -> Instance:
        """Start the instance whenever its host does from now on, or no longer."""
        driver, able = self._able(instance, Autostart)
        return self._do(driver, instance, lambda job: able.autostart(instance, job, on=on), job)

    def renamed(self, instance: Instance, name: str) -> Instance:
        """The instance by its new name. Asks whether the name is free; the driver asks again."""
        driver, able = self._able(instance, Rename)
        _must_be_in(instance, able.renamed_in, "rename")
        self._check_name(driver, instance, name)
        with border(driver, instance.name):
            able.check_rename(instance, name)
        return replace(instance, name=name)

    def _check_name(self, driver: Driver, instance: Instance, name: str) -> None:
        """Raise why no other instance than this one can be given the name."""
        rule = next((ability for ability in driver.abilities if isinstance(ability, UserName)), UserName())
        if (problem := name_problem(name, rule)) is not None:
            raise problem
        with border(driver, instance.name):
            found = list(driver.instances(Query.called(name)))
        if any(each.id != instance.id and each.state is not State.FINISH for each in found):
            raise Conflict(
                f"an instance called {name} exists already",
                hint="choose another name",
                resource=name,
                realm=instance.realm,
            )

    def cloned(self, instance: Instance, spec: CloneSpec) -> Instance:
        """The copy that there would be; its id is not known yet. Asks whether the name is free and the realm's limits have room."""
        from dcctl.fitting import limit_problems  # noqa: PLC0415  this change only

        driver, able = self._able(instance, Clone)
        _must_be_in(instance, able.cloned_in, "clone")
        self._check_name(driver, instance, spec.name)
        realm = next((realm for realm in driver.endpoint.realms if realm.id == instance.realm and realm.limits), None)
        if realm is not None:
            with border(driver, instance.name):
                others = list(driver.instances(Query.everything(Field.HARDWARE)))
            hardware = next((each.hardware for each in others if each.id == instance.id), None)
            raise_all(limit_problems(realm, hardware or Hardware(), 1, others, instance.disks_gib))
        with border(driver, instance.name):
            able.check_clone(instance, spec)
        return replace(
            instance,
            id="",
            name=spec.name,
            created=None,
            addresses=(),
            host_keys=(),
            labels={},
            description=None,
            protected=False,
            refused={},
        )

    def clone(self, instance: Instance, spec: CloneSpec, job: Job | None = None) -> Instance:
        """Copy the instance with what is on its disk; the copy is stopped."""
        self.cloned(instance, spec)
        driver, able = self._able(instance, Clone)
        return self._do(driver, instance, lambda job: able.clone(instance, spec, job), job)

    def rename(self, instance: Instance, name: str, job: Job | None = None) -> Instance:
        """Call the instance otherwise. Its id stays; what its guest calls itself is its own business."""
        self.renamed(instance, name)
        driver, able = self._able(instance, Rename)
        return self._do(driver, instance, lambda job: able.rename(instance, name, job), job)

    def size(self, instance: Instance, profile: HardwareProfile, asked: Mapping[Property, Value]) -> Size:
        """The size that results. ``instance`` must have been asked for with ``Field.HARDWARE``. Raises everything that forbids it at once."""
        from dcctl.resizing import plan_size  # noqa: PLC0415  this change only

        driver, able = self._able(instance, Resize)
        _must_be_in(instance, able.resized_in, "resize")
        realm = next((realm for realm in driver.endpoint.realms if realm.id == instance.realm and realm.limits), None)
        others: list[Instance] = []
        if realm is not None:
            with border(driver, instance.name):
                others = list(driver.instances(Query.everything(Field.HARDWARE)))
        return plan_size(able, instance, profile, asked, realm, others)

    def resized(self, instance: Instance, size: Size) -> Instance:
        """The instance in the size, with what then waits for its next start. Raises what only the provider knows to forbid it."""
        from dcctl.resizing import after  # noqa: PLC0415  this change only

        would_be = replace(instance, hwp=size.hwp.name, hardware=after(instance, size), overrides=dict(size.overrides))
        if would_be != instance:
            driver, able = self._able(instance, Resize)
            with border(driver, instance.name):
                waits = able.check_resize(instance, size)
            if waits is not None:
                waits = (*(instance.at_next_start or ()), *waits)
                would_be = replace(would_be, at_next_start=tuple(each for each in _SIZES if each in waits))
        return would_be

    def resize(self, instance: Instance, size: Size, job: Job | None = None) -> Resized:
        """Give the instance the size that ``size`` returned; the answer says what waits for the next start."""
        driver, able = self._able(instance, Resize)
        return self._do(driver, instance, lambda job: able.resize(instance, size, job), job)

    def _adoption(self, instance: Instance, wanted: AdoptSpec) -> AdoptSpec:
        """The request with the sizes that it has beside the profile's. Raises what forbids it without asking the provider."""
        from dcctl.adopting import must_be_adoptable, sizes_beside  # noqa: PLC0415  this change only

        self._able(instance, Adopt, foreign=True)
        must_be_adoptable(instance)
        return wanted if wanted.hwp is None else replace(wanted, overrides=sizes_beside(wanted.hwp, instance))

    def adopted(self, instance: Instance, wanted: AdoptSpec) -> Instance:
        """The instance once it is adopted. ``instance`` must have been asked for with ``Field.HARDWARE``. Asks the provider about its disks."""
        spec = self._adoption(instance, wanted)
        driver, able = self._able(instance, Adopt, foreign=True)
        with border(driver, instance.name):
            adopted = able.to_adopt(instance, spec)
        return replace(
            instance,
            foreign=False,
            adopted=adopted,
            image=instance.image if spec.image is None else spec.image.id,
            hwp=instance.hwp if spec.hwp is None else spec.hwp.name,
            overrides=instance.overrides if spec.hwp is None else spec.overrides,
            refused={},
        )

    def adopt(self, instance: Instance, wanted: AdoptSpec, job: Job | None = None) -> Instance:
        """Take on an instance that something else than dcctl made. It goes on as it was."""
        spec = self._adoption(instance, wanted)
        driver, able = self._able(instance, Adopt, foreign=True)
        return self._do(driver, instance, lambda job: able.adopt(instance, spec, job), job)

    def _able(self, instance: Instance, ability: type[Able], *, foreign: bool = False) -> tuple[Driver, Able]:
        """The instance's endpoint, as a driver and as what can do it; ``foreign``: also with those that dcctl did not make."""
        driver = self._lookup.endpoint_of(instance)
        able = require(driver, ability, resource=instance.name, realm=instance.realm)
        if instance.foreign and not foreign:
            raise NotAllowed(
                f"{instance.name} was not made by dcctl",
                hint="change it with what made it, or take it on: dcctl instance adopt"
                if isinstance(driver, Adopt)
                else "change it with what made it",
                resource=instance.name,
                realm=instance.realm,
            )
        return driver, able

    def _do(self, driver: Driver, instance: Instance, work: Callable[[Job], Result], job: Job | None) -> Result:
        def guarded(job: Job) -> Result:
            with border(driver, instance.name):
                return work(job)

        result: Result = self._working(job, guarded)
        return result


def _must_be_in(instance: Instance, states: frozenset[State], verb: str) -> None:
    """Raises ``NotAllowed`` for an instance in another state, and for one whose memory is on disk, which would not know of it."""
    if instance.saved:
        raise saved_is_refused(instance, verb)
    if instance.state not in states:
        raise NotAllowed(
            f"cannot {verb} {instance.name}: it is {instance.state}",
            hint=f"it must be {' or '.join(sorted(states))}",
            resource=instance.name,
            realm=instance.realm,
        )
