"""``destroy`` of things in an optional collection: look all up, ask once, remove them side by side, and say of each what became of it."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.words_given import names_given
from dcctl.errors import DcctlError, NotFound
from dcctl.words import placed_name, plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.collected import Collected
    from dcctl.lookup import Named
    from dcctl.render.noun import Noun

    Thing = TypeVar("Thing", bound=Named)


def destroy_collected(
    session: Session,
    collection: Collected[Thing, Any],
    remove: Callable[[Thing], None],
    noun: Noun[Thing],
    names: Sequence[str],
    shown: Shown,
    *,
    yes: bool,
    ignore_missing: bool,
    dry_run: bool,
) -> None:
    """Remove the things, and show those that are gone; in a dry run, those that would be. ``remove`` removes one."""
    output = session.output(noun, shown)
    if not dry_run:
        session.require_consent(names, yes=yes)
    wanted = names_given(names, session)
    found = collection.called(wanted)
    # Two names of one thing are one.
    things = list({(thing.realm, thing.id): thing for _, thing in found if not isinstance(thing, DcctlError)}.values())
    failures = [error for _, error in found if isinstance(error, DcctlError)]
    things = [thing for thing in things if not _refused(collection, thing, failures)]
    if things and not dry_run:
        listed = ", ".join(visible(placed_name(thing)) for thing in things)
        session.confirm(f"Destroy {plural(len(things), noun.name)} for good ({listed})?", yes=yes)
        session.begin_work()
        with Progress(session, f"destroy {listed}"):
            outcomes = session.cloud.at_once(things, remove)
        failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
        things = [thing for thing, outcome in outcomes if not isinstance(outcome, DcctlError)]
    if ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if things or not failures:
        output.list(things)
    session.conclude(failures, len(wanted), noun.name, "destroyed")


def _refused(collection: Collected[Thing, Any], thing: Thing, failures: list[DcctlError]) -> bool:
    """Whether it cannot be destroyed: nobody needs to be asked about it, and a dry run says so."""
    try:
        collection.check_destroy(thing)
    except DcctlError as error:
        failures.append(error)
        return True
    return False
