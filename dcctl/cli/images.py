"""``dcctl image destroy``: from what was typed to images that are gone."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.words_given import names_given
from dcctl.errors import DcctlError, NotFound
from dcctl.model import Image
from dcctl.render.nouns.image import IMAGE
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session


def destroy_images(
    session: Session, names: Sequence[str], shown: Shown, *, yes: bool, ignore_missing: bool, dry_run: bool
) -> None:
    """Remove the images, and show those that are gone; in a dry run, those that would be."""
    output = session.output(IMAGE, shown)
    if not dry_run:
        session.require_consent(names, yes=yes)
    wanted = names_given(names, session)
    found = session.cloud.at_once(wanted, session.cloud.image)
    images = [image for _, image in found if isinstance(image, Image)]
    failures = [error for _, error in found if isinstance(error, DcctlError)]
    if ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if images and not dry_run:
        listed = ", ".join(visible(image.name) for image in images)
        session.confirm(f"Destroy {plural(len(images), 'image')} for good ({listed})?", yes=yes)
        session.begin_work()
        with Progress(session, f"destroy {listed}"):
            outcomes = session.cloud.at_once(images, session.cloud.destroy_image)
        failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
        images = [image for image, outcome in outcomes if not isinstance(outcome, DcctlError)]
    if images or not failures:
        output.list(images)
    session.conclude(failures, len(wanted), "image", "destroyed")
