"""``dcctl instance wait``: nothing is changed, so Ctrl-C simply ends it."""

from __future__ import annotations

from dcctl.cli.goals import GOALS, await_goal, check_goal
from dcctl.cli.progress import Progress
from dcctl.cli.rows import rows_of
from dcctl.cli.words_given import names_given, seconds_given
from dcctl.errors import DcctlError, Usage
from dcctl.model import Instance, State
from dcctl.render.nouns.instance import INSTANCE
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session


def wait_for_goal(
    session: Session,
    names: Sequence[str],
    goal: str,
    timeout: str | None,
    shown: Shown,
    *,
    identity: str | None,
) -> None:
    """Wait for all of them side by side, and show those that got there."""
    state = None if goal in GOALS else _state_given(goal)
    check_goal(session, goal)
    output = session.output(INSTANCE, shown)
    seconds = seconds_given("--timeout", timeout, session.config.timeout.value)
    wanted = names_given(names, session)
    found = session.cloud.instances_called(wanted)
    failures = [error for _, error in found if isinstance(error, DcctlError)]
    instances = [instance for _, instance in found if isinstance(instance, Instance)]
    with Progress(session, f"wait for {goal} of {', '.join(instance.name for instance in instances)}") as progress:

        def work(instance: Instance) -> Instance:
            job = progress.job(instance.name)
            if state is None:
                return await_goal(session, instance, goal, seconds, job, identity=identity)
            return session.cloud.wait(instance, goal=state, timeout=seconds, job=job)

        outcomes = session.cloud.at_once(instances, work)
    there = [outcome for _, outcome in outcomes if isinstance(outcome, Instance)]
    failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
    if there or not failures:
        output.list(rows_of(session, there, output))
    session.conclude(failures, len(wanted), "instance", "there in time")


def _state_given(goal: str) -> State:
    word = goal.removeprefix("state=")
    states = [state.value for state in State if state not in (State.START, State.UNKNOWN)]
    if word not in states:
        hint = suggestion(word, [*states, *GOALS]) or f"known: {', '.join((*GOALS, *states))}"
        raise Usage(f"--for cannot be '{visible(goal)}'", hint=hint)
    return State(word)
