"""Planning several instances that differ in their names only: all of them, or everything that is wrong with any. Pure."""

from __future__ import annotations

from dataclasses import replace

from dcctl.creation import plan_create
from dcctl.errors import DcctlError, Problems, Usage, raise_all
from dcctl.model import Instance, State
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from dcctl.creation import CreateRequest, Facts, Fresh
    from dcctl.driver import Driver
    from dcctl.plan import Plan

NUMBER = "{}"
"""Stands for the number in the name of one of several instances."""


def numbered(name: str | None, count: int) -> list[str | None]:
    """The names: ``web-{}`` becomes web-1, web-2 and so on; None: each is made up. Raises ``Usage`` where they would be the same."""
    if name is None:
        return [None] * count
    if NUMBER not in name:
        raise Usage(
            f"{count} instances cannot all be called {visible(name)}",
            hint=f"put {NUMBER} where the number goes: '{visible(name)}-{NUMBER}'",
        )
    return [name.replace(NUMBER, str(number)) for number in range(1, count + 1)]


def plan_each(
    driver: Driver, request: CreateRequest, names: Sequence[str | None], facts: Facts, freshes: Sequence[Fresh]
) -> list[Plan]:
    """A plan for each name. Limits are checked for all together, names also against each other.

    Raises ``Problems`` (or the only problem) with everything that is wrong with any of them, each once.
    """
    plans: list[Plan] = []
    problems: dict[str, DcctlError] = {}
    for position, (name, fresh) in enumerate(zip(names, freshes, strict=True)):
        wanted = replace(request, name=name, count=len(names) if position == 0 else 0)
        planned = [Instance("", plan.resource, State.PENDING) for plan in plans]
        try:
            plans.append(plan_create(driver, wanted, replace(facts, instances=[*facts.instances, *planned]), fresh))
        except DcctlError as error:
            for problem in error.problems if isinstance(error, Problems) else (error,):
                problems.setdefault(problem.message, problem)
    raise_all(list(problems.values()))
    return plans
