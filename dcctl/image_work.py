"""What the library does with images beyond listing them. ``Cloud.image_work`` hands it out."""

from __future__ import annotations

from uuid import uuid4

from dcctl.abilities import CaptureImages, CaptureRewritten, CaptureRunning, CopyImages, DestroyImages, ImportImages
from dcctl.capturing import capture_spec
from dcctl.copying import copy, copy_spec
from dcctl.endpoints import border
from dcctl.errors import NotAllowed, raise_all
from dcctl.importing import import_problems, name_taken
from dcctl.lookup import Listing, or_raise
from dcctl.model import Field, Query
from dcctl.pruning import unused, users
from dcctl.requiring import require, require_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from dcctl.collected import Reach
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Image, ImageSpec, Instance, Realm
    from dcctl.nouns.image_content import Rewrite


class ImageWork:
    """Every method raises ``NotSupported`` for what the driver cannot do."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def check_import(self, spec: ImageSpec) -> None:
        """Raise ``NotSupported`` if the driver cannot import, else everything that is wrong before the file is read."""
        require(self._reach.endpoints.of(spec.realm.id), ImportImages)
        raise_all(import_problems(spec))

    def check_free(self, spec: ImageSpec) -> None:
        """Raise ``Conflict`` if the realm has an image called so: for plans, and before a file is fetched for it."""
        if image := self._reach.holder(spec.name, spec.realm, lambda driver, query: driver.images(query)):
            raise name_taken(image.name, spec.realm.id, image.state)

    def import_image(self, spec: ImageSpec, job: Job | None = None) -> Image:
        """Publish a local file as an image. Raises as ``check_import`` does, and ``Usage`` if the file is not acceptable."""
        self.check_import(spec)
        driver = self._reach.endpoints.of(spec.realm.id)

        def work(job: Job) -> Image:
            with border(driver, spec.name):
                return require(driver, ImportImages).import_image(spec, job)

        made: Image = self._reach.working(job, work)
        return made

    def plan_copy(self, image: Image, realm: Realm, *, name: str | None = None) -> ImageSpec:
        """The checked request to copy an image into another realm. Raises everything that can be seen without doing it."""
        require_class(self._reach.driver, CopyImages)
        spec = copy_spec(image, realm, name=name, token=str(uuid4()))
        raise_all(import_problems(spec))
        return spec

    def copy_image(self, image: Image, spec: ImageSpec, job: Job | None = None) -> Image:
        """Copy an image as ``plan_copy`` says. Raises ``Conflict`` when the name is taken there."""
        source, target = self._reach.lookup.endpoint_of(image), self._reach.endpoints.of(spec.realm.id)
        made: Image = self._reach.working(job, lambda job: copy(source, image, target, spec, job))
        return made

    def plan_capture(
        self,
        instance: str,
        name: str,
        *,
        user: str | None = None,
        description: str | None = None,
        live: bool = False,
        reset: bool = False,
        compressed: bool = False,
    ) -> tuple[Instance, ImageSpec]:
        """The instance and the checked request to make an image of it. Raises everything that can be seen without doing it.

        ``reset`` and ``compressed``: what the ``rewrite`` is going to do that ``capture_image`` is given.
        """
        for ability, asked in (
            (CaptureImages, True),
            (CaptureRunning, live),
            (CaptureRewritten, reset or compressed),
        ):
            if asked:
                require_class(self._reach.driver, ability)
        found = self._instance(instance)
        realm = (
            next(iter(self._reach.endpoints.realms.values()))
            if found.realm is None
            else self._reach.endpoints.realm(found.realm)
        )
        spec = capture_spec(
            found, realm, name=name, user=user, description=description, token=str(uuid4()), live=live, reset=reset
        )
        raise_all(import_problems(spec))
        driver = self._reach.lookup.endpoint_of(found)
        with border(driver, found.name):
            require(driver, CaptureImages).check_capture(found, spec, live=live)
        return found, spec

    def can_be_reset(self) -> bool:
        """Whether there is anything on disks to be reset: those of a cloud that only pretends are empty."""
        return not self._reach.driver.simulated

    def capture_image(
        self,
        instance: Instance,
        spec: ImageSpec,
        job: Job | None = None,
        *,
        live: bool = False,
        rewrite: Rewrite | None = None,
    ) -> Image:
        """Make an image of an instance as ``plan_capture`` says; of its disk as it is, or as ``rewrite`` makes it.

        Raises ``Conflict`` when the name is taken.
        """
        driver = self._reach.lookup.endpoint_of(instance)
        capture = (
            require(driver, CaptureRunning).capture_running if live else require(driver, CaptureImages).capture_image
        )

        def work(job: Job) -> Image:
            with border(driver, spec.name):
                if rewrite is not None:
                    return require(driver, CaptureRewritten).capture_rewritten(instance, spec, rewrite, job, live=live)
                return capture(instance, spec, job)

        made: Image = self._reach.working(job, work)
        return made

    def unused_images(self, before: datetime, *fields: Field, realm: str | None = None) -> Listing[Image]:
        """The images made before this time that no instance needs, and what interrupted imports left. Failures as for ``images``.

        Raises ``NotSupported`` if the driver cannot destroy images.
        """

        def ask(driver: Driver, query: Query) -> list[Image]:
            return unused(driver.images(query), driver.instances(Query.everything()), before)

        require_class(self._reach.driver, DestroyImages)
        answers, failures = self._reach.lookup.ask(realm, Query.everything(*fields), ask)
        return Listing(tuple(image for _, found in answers for image in found), failures)

    def check_destroy(self, image: Image) -> None:
        """Raise ``NotAllowed`` while an instance needs the image: for plans. What else may need it, the driver finds out."""
        driver = self._reach.lookup.endpoint_of(image)
        require_class(type(driver), DestroyImages)
        everything = Query.everything(Field.HARDWARE)
        instances = self._reach.endpoints.ask(driver, lambda driver: list(driver.instances(everything)))
        if needing := users(image, instances):
            raise NotAllowed(
                f"the image {image.name} is in use by {', '.join(needing)}",
                hint="destroy these instances first",
                resource=image.name,
                realm=image.realm,
            )

    def destroy_image(self, image: Image, job: Job | None = None) -> None:
        """Remove an image. Raises ``NotAllowed`` while an instance needs it, ``NotSupported`` if the driver cannot."""
        driver = self._reach.lookup.endpoint_of(image)
        able = require(driver, DestroyImages)

        def work(job: Job) -> None:
            with border(driver, image.name):
                able.destroy_image(image, job)

        self._reach.working(job, work)

    def _instance(self, name: str) -> Instance:
        """The instance with what an image of it must know."""
        ((_, found),) = self._reach.lookup.instances([name], Field.HARDWARE, Field.CREDENTIALS)
        return or_raise(found)[1]
