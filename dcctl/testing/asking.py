"""The cloud under test as its driver shows it: every question that a check asks, with the errors and the sifting that the core would add."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import is_dataclass
from time import monotonic, sleep

from dcctl.errors import DcctlError
from dcctl.model import Field, Query, State
from dcctl.testing.judging import check_instance, essence, translated
from dcctl.testing.points import Attention
from dcctl.testing.verdict import Broken, Gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from dcctl.driver import Driver
    from dcctl.model import Image, Instance
    from dcctl.states import StateMachine
    from dcctl.testing.harness import Harness

    T = TypeVar("T")

EVERYTHING = Query.everything(*Field)

# How often an instance is looked at while it settles.
INTERVAL_SECONDS = 0.02


class Asking:
    """One driver object, and the instances that the suite made with it and has not destroyed: names by id."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.driver: Driver = harness.open()
        self.owned: dict[str, str] = {}
        self.attention = Attention()
        self._image: Image | None = None

    @property
    def machine(self) -> StateMachine:
        return self.driver.machine

    def call(self, work: Callable[..., T], *arguments: Any, driver: Driver | None = None, **options: Any) -> T:
        """Have the driver do something as the core does: whatever goes wrong is a ``DcctlError``."""
        jobs = self.attention.begin(arguments)
        nouns = [argument for argument in arguments if is_dataclass(argument)]
        as_given = deepcopy(nouns)
        try:
            result = work(*arguments, **options)
        except (DcctlError, Broken, Gap):
            raise
        except Exception as error:
            raise translated(driver or self.driver, error) from error
        finally:
            self.attention.end(work, arguments, jobs)
        for noun, given in zip(nouns, as_given, strict=True):
            if noun != given:
                changed = [name for name, value in vars(given).items() if getattr(noun, name) != value]
                raise Broken(20, f"{', '.join(changed)} of the {type(noun).__name__} that it was given was changed")
        return result

    def instances(self, query: Query = EVERYTHING, *, driver: Driver | None = None) -> list[Instance]:
        asked = driver or self.driver
        found: list[Instance] = self.call(lambda: list(asked.instances(query)), driver=asked)
        for instance in found:
            check_instance(instance, self.machine)
        return [instance for instance in found if instance.state is not State.FINISH]

    def images(self, query: Query) -> list[Image]:
        return self.call(lambda: list(self.driver.images(query)))

    def find(self, identifier: str, *, driver: Driver | None = None) -> Instance | None:
        """The instance with this id; within the declared window a new one may take a while to be found."""
        end = monotonic() + (self.driver.not_found_window if identifier in self.owned else 0)
        while True:
            found = self.instances(Query(ids=frozenset((identifier,)), fields=EVERYTHING.fields), driver=driver)
            if len(found) > 1 or any(instance.id != identifier for instance in found):
                raise Broken(13, f"asked for the id {identifier}, it returned {[instance.id for instance in found]}")
            if found or monotonic() >= end:
                return found[0] if found else None
            sleep(INTERVAL_SECONDS)

    def existing(self, identifier: str) -> Instance:
        found = self.find(identifier)
        if found is None:
            raise Broken(10, f"the instance {identifier} exists, but is not found by its id")
        return found

    def called(self, name: str) -> list[Instance]:
        return self.instances(Query(names=frozenset((name,))))

    def picture(self) -> dict[str, Instance]:
        """Everything there is, less what changes without anybody's doing, to see whether something was changed."""
        return {instance.id: essence(instance) for instance in self.instances(Query.everything())}

    def belongings(self) -> frozenset[str]:
        """What exists at the provider, as far as the harness can see it."""
        own = self.harness.belongings()
        if own is not None:
            return own
        images = [f"image {image.id}" for image in self.images(Query.everything())]
        return frozenset([*images, *(f"instance {instance.id}" for instance in self.instances(Query.everything()))])

    def image(self) -> Image:
        if self._image is None:
            found = self.images(Query.called(self.harness.image))
            if not found:
                raise ValueError(f"the harness names an image that does not exist: {self.harness.image}")
            self._image = found[0]
        return self._image
