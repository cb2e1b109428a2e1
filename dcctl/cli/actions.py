"""Doing one action to several instances: plan all, ask once, do them side by side, and say of each what became of it."""

from __future__ import annotations

from dcctl.cli.progress import Progress
from dcctl.cli.rows import rows_of
from dcctl.cli.words_given import names_given, seconds_given
from dcctl.errors import DcctlError, NotFound
from dcctl.frozen import frozen
from dcctl.model import Action, Instance
from dcctl.render.nouns.instance import INSTANCE
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.job import Job
    from dcctl.plan import Plan


@frozen
class Manner:
    """How an action is to be done, as typed."""

    wait: bool = True
    timeout: str | None = None
    force: bool = False
    power_off: bool = False
    power_off_after: str | None = None
    to_disk: bool = False
    with_disks: bool = False
    dry_run: bool = False
    yes: bool = True
    ignore_missing: bool = False


def act(session: Session, action: Action, names: Sequence[str], manner: Manner, shown: Shown) -> None:
    """Everything that the action commands do. Raises the only error, or ``Partial`` when there were several names."""
    timeout = seconds_given("--timeout", manner.timeout, session.config.timeout.value)
    patience = None if manner.power_off_after is None else seconds_given("--power-off-after", manner.power_off_after, 0)
    output = session.output(INSTANCE, shown)
    asks = action is Action.DESTROY and not manner.dry_run
    if asks:
        session.require_consent(names, yes=manner.yes)
    wanted = names_given(names, session)
    planned = session.cloud.plan_all(
        action,
        wanted,
        force=manner.force,
        power_off=manner.power_off,
        to_disk=manner.to_disk,
        with_disks=manner.with_disks,
    )
    plans = _each_once(planned)
    failures = [error for _, error in planned if isinstance(error, DcctlError)]
    if manner.ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if manner.dry_run:
        if plans or not failures:
            show_plans(session, plans, shown)
        session.conclude(failures, len(wanted), "instance", action.participle)
        return
    done: list[Instance] = []
    if plans:
        if asks:
            for note in (note for plan in plans for note in plan.notes):
                session.note(note)
            session.confirm(_question(plans), yes=manner.yes)
        session.begin_work()

        def work(plan: Plan, job: Job) -> Instance:
            return session.cloud.execute(plan, wait=manner.wait, timeout=timeout, power_off_after=patience, job=job)

        with Progress(session, f"{action} {', '.join(plan.resource for plan in plans)}") as progress:
            outcomes = session.cloud.at_once(plans, lambda plan: work(plan, progress.job(plan.resource)))
        done = [outcome for _, outcome in outcomes if not isinstance(outcome, DcctlError)]
        failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
        if manner.ignore_missing:  # somebody else was faster
            failures = [error for error in failures if not isinstance(error, NotFound)]
    if done or not failures:
        output.list(rows_of(session, done, output))
    session.conclude(failures, len(wanted), "instance", action.participle)


def _each_once(planned: Sequence[tuple[str, Plan | DcctlError]]) -> list[Plan]:
    """The plans; one for an instance that was named by its name and by its id, since no two calls may be at work on it."""
    plans = (plan for _, plan in planned if not isinstance(plan, DcctlError))
    return list({(plan.realm, plan.instance.id if plan.instance else plan.resource): plan for plan in plans}.values())


def show_plans(session: Session, plans: Sequence[Plan], shown: Shown) -> None:
    """What would be done, as data; notes for the person go where notes go."""
    from dcctl.render.nouns.plan import PLAN  # noqa: PLC0415  dry runs only

    session.output(PLAN, shown).list(plans)
    for plan in plans:
        for note in plan.notes:
            session.note(note)


def _question(plans: Sequence[Plan]) -> str:
    names = ", ".join(visible(f"{plan.realm}/{plan.resource}" if plan.realm else plan.resource) for plan in plans[:5])
    more = f" and {len(plans) - 5} more" if len(plans) > 5 else ""
    return f"Destroy {plural(len(plans), 'instance')} for good ({names}{more})?"
