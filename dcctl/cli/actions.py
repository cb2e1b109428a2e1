"""Doing one action to several instances: plan all, ask once, do them side by side, and say of each what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from dcctl.cli.progress import Progress
from dcctl.cli.rows import rows_of
from dcctl.cli.words_given import names_given, seconds_given
from dcctl.errors import Cancelled, DcctlError, NotFound, Partial
from dcctl.model import Action, Instance
from dcctl.render.nouns.instance import INSTANCE
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.session import Session
    from dcctl.job import Job
    from dcctl.plan import Plan
    from dcctl.render.options import Format, OutputOptions


@dataclass(frozen=True)
class Manner:
    """How an action is to be done, as typed."""

    wait: bool = True
    timeout: str | None = None
    force: bool = False
    power_off: bool = False
    power_off_after: str | None = None
    dry_run: bool = False
    yes: bool = True
    ignore_missing: bool = False


def act(
    session: Session,
    action: Action,
    names: Sequence[str],
    manner: Manner,
    output: Format | None,
    *,
    quiet: bool = False,
) -> None:
    """Everything that the action commands do. Raises the only error, or ``Partial`` when there were several names."""
    options = session.options(output, quiet=quiet)
    wanted = names_given(names, session.environment)
    timeout = seconds_given("--timeout", manner.timeout, session.config.timeout.value)
    patience = None if manner.power_off_after is None else seconds_given("--power-off-after", manner.power_off_after, 0)
    shown = session.output(INSTANCE, options)
    planned = session.cloud.plan_all(action, wanted, force=manner.force, power_off=manner.power_off)
    plans = [plan for _, plan in planned if not isinstance(plan, DcctlError)]
    failures = [error for _, error in planned if isinstance(error, DcctlError)]
    if manner.ignore_missing:
        failures = [error for error in failures if not isinstance(error, NotFound)]
    if manner.dry_run:
        show_plans(session, plans, options)
    elif plans:
        if action is Action.DESTROY:
            session.confirm(_question(plans), yes=manner.yes)
        session.begin_work()

        def work(plan: Plan, job: Job) -> Instance:
            return session.cloud.execute(plan, wait=manner.wait, timeout=timeout, power_off_after=patience, job=job)

        with Progress(session, f"{action} {', '.join(plan.resource for plan in plans)}") as progress:
            outcomes = session.cloud.at_once(plans, lambda plan: work(plan, progress.job(plan.resource)))
        done = [outcome for _, outcome in outcomes if not isinstance(outcome, DcctlError)]
        failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
        shown.list(rows_of(session, done, shown))
    conclude(failures, wanted, action.participle)


def conclude(failures: Sequence[DcctlError], wanted: Sequence[str], participle: str, noun: str = "instance") -> None:
    """End in the way that the failures ask for: nothing, the only one, or all of them."""
    if not failures:
        return
    cancelled = next((error for error in failures if isinstance(error, Cancelled)), None)
    if len(wanted) == 1:
        raise failures[0]
    partial = Partial(f"{len(failures)} of {plural(len(wanted), noun)} were not {participle}", failures)
    if cancelled is not None:
        raise Cancelled(partial.message, hint=cancelled.hint) from partial
    raise partial


def show_plans(session: Session, plans: Sequence[Plan], options: OutputOptions) -> None:
    """What would be done, as data; notes for the person go where notes go."""
    from dcctl.render.nouns.plan import PLAN  # noqa: PLC0415  dry runs only

    session.output(PLAN, options).list(plans)
    for plan in plans:
        for note in plan.notes:
            session.note(note)


def _question(plans: Sequence[Plan]) -> str:
    names = ", ".join(visible(f"{plan.realm}/{plan.resource}" if plan.realm else plan.resource) for plan in plans[:5])
    more = f" and {len(plans) - 5} more" if len(plans) > 5 else ""
    return f"Destroy {plural(len(plans), 'instance')} for good ({names}{more})?"
