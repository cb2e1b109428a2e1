"""Commands that change instances which exist, other than by the actions of the state machine: look all up, check all, then do it."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.rows import row_of, rows_of
from dcctl.cli.words_given import names_given
from dcctl.errors import DcctlError
from dcctl.lookup import or_error
from dcctl.model import Field
from dcctl.render.nouns.instance import INSTANCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.job import Job
    from dcctl.model import Instance


def change_each(
    session: Session,
    names: Sequence[str],
    verb: str,
    participle: str,
    preview: Callable[[Instance], Instance],
    change: Callable[[Instance, Job], Instance],
    shown: Shown,
    *,
    dry_run: bool,
    needs: frozenset[Field] = frozenset(),
) -> None:
    """Change the instances side by side and show them; in a dry run, what they would be. ``needs``: what ``preview`` must know of them.

    ``preview`` makes that of an instance, or raises what forbids it. Raises the only error, or ``Partial`` when there were several names.
    """
    output = session.output(INSTANCE, shown)
    wanted = names_given(names, session)
    fields = output.fields | {Field.NOTES} | needs
    outcomes: list[tuple[Instance, Instance | DcctlError]] = []
    failures: list[DcctlError] = []
    for _, found in session.cloud.instances_called(wanted, *fields):
        if isinstance(found, DcctlError):
            failures.append(found)
        else:
            outcomes.append((found, or_error(lambda found=found: preview(found))))  # type: ignore[misc]
    failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
    # An instance that was named by its name and by its id is one.
    allowed = {(each.realm, each.id): (each, after) for each, after in outcomes if not isinstance(after, DcctlError)}
    rows = [row_of(session, after, output) for _, after in allowed.values()]
    if allowed and not dry_run:
        session.begin_work()
        instances = [instance for instance, _ in allowed.values()]
        with Progress(session, f"{verb} {', '.join(instance.name for instance in instances)}") as progress:
            results = session.cloud.at_once(instances, lambda each: change(each, progress.job(each.name)))
        done = [result for _, result in results if not isinstance(result, DcctlError)]
        failures += [result for _, result in results if isinstance(result, DcctlError)]
        rows = rows_of(session, done, output)
    if rows or not failures:
        output.list(rows)
    session.conclude(failures, len(wanted), "instance", participle)
