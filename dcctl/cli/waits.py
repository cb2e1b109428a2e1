"""``dcctl instance wait``: nothing is changed, so Ctrl-C simply ends it."""

from __future__ import annotations

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


def wait_for_goal(session: Session, names: Sequence[str], goal: str, timeout: str | None, shown: Shown) -> None:
    """Wait for all of them side by side, and show those that got there."""
    state = _state_given(goal)
    output = session.output(INSTANCE, shown)
    seconds = seconds_given("--timeout", timeout, session.config.timeout.value)
    wanted = names_given(names, session.environment)
    found = session.cloud.instances_called(wanted)
    failures = [error for _, error in found if isinstance(error, DcctlError)]
    instances = [instance for _, instance in found if isinstance(instance, Instance)]
    with Progress(session, f"wait for {goal} of {', '.join(instance.name for instance in instances)}") as progress:

        def work(instance: Instance) -> Instance:
            return session.cloud.wait(
                instance, goal=state, address=state is None, timeout=seconds, job=progress.job(instance.name)
            )

        outcomes = session.cloud.at_once(instances, work)
    there = [outcome for _, outcome in outcomes if isinstance(outcome, Instance)]
    failures += [outcome for _, outcome in outcomes if isinstance(outcome, DcctlError)]
    if there:
        output.list(rows_of(session, there, output))
    session.conclude(failures, len(wanted), "instance", "there in time")


def _state_given(goal: str) -> State | None:
    """The state that is waited for; None for an address."""
    if goal == "address":
        return None
    word = goal.removeprefix("state=")
    states = [state.value for state in State if state not in (State.START, State.UNKNOWN)]
    if word not in states:
        hint = suggestion(word, [*states, "address"]) or f"known: address, {', '.join(states)}"
        raise Usage(f"--for cannot be {visible(goal)!r}", hint=hint)
    return State(word)
