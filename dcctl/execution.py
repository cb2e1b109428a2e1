"""Doing what a plan says: each step, and the waiting for it."""

from __future__ import annotations

from time import monotonic

from dcctl.abilities import Adopt, PowerOff, SuspendToDisk
from dcctl.driver import perform
from dcctl.endpoints import border
from dcctl.errors import Failed, Timeout
from dcctl.model import State
from dcctl.plan import Step
from dcctl.waiting import listening, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.driver import Driver
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.plan import Plan


def run(
    driver: Driver, plan: Plan, *, wait: bool, deadline: float, power_off_after: float | None, job: Job
) -> Instance:
    """Do every step; all but the last are waited for in any case, the last if ``wait``.

    ``deadline`` (``time.monotonic``) ends only our waiting. ``power_off_after``: seconds after which a graceful stop pulls the plug.
    """
    if plan.spec is not None:
        with border(driver, plan.spec.name):
            instance = driver.create(plan.spec, job)
        return _settled(driver, instance, plan.steps[0], deadline, job) if wait else instance
    if plan.instance is None:
        raise Failed("a plan without a spec must name an instance")
    instance = plan.instance
    for step in plan.steps:
        job.check()
        waiting = wait or step is not plan.steps[-1]
        instance = _take(driver, instance, step, waiting, deadline, power_off_after, job)
    return instance


def _take(
    driver: Driver,
    instance: Instance,
    step: Step,
    waiting: bool,
    deadline: float,
    power_off_after: float | None,
    job: Job,
) -> Instance:
    """One step on an existing instance. Listening begins before the action, so that no change is lost."""
    if not waiting:
        return _act(driver, instance, step, job)
    graceful = step.after is State.STOPPED and not step.power_off and isinstance(driver, PowerOff)
    patience = deadline
    if graceful and power_off_after is not None:
        patience = min(deadline, monotonic() + power_off_after)
    with listening(driver, instance, job) as pause:
        current = _act(driver, instance, step, job)
        try:
            return settle(driver, current, step, pause, patience, job)
        except Timeout:
            if patience >= deadline:
                raise
    # The guest had its time. Whatever state it reached, pulling the plug leads where the step leads.
    plug = Step(step.action, current.state, step.during, step.after, power_off=True)
    return _take(driver, current, plug, waiting, deadline, None, job)


def _act(driver: Driver, instance: Instance, step: Step, job: Job) -> Instance:
    with border(driver, instance.name):
        if step.power_off and isinstance(driver, PowerOff):
            return driver.power_off(instance, job)
        if step.to_disk and isinstance(driver, SuspendToDisk):
            return driver.suspend_to_disk(instance, job)
        if step.with_disks and isinstance(driver, Adopt):
            return driver.destroy_with_disks(instance, job)
        return perform(driver, step.action, instance, job)


def _settled(driver: Driver, instance: Instance, step: Step, deadline: float, job: Job) -> Instance:
    """Wait for a new instance. Whoever cancels now leaves it to go on by itself: it is no longer provisional."""
    if instance.state is step.after:
        return instance
    with listening(driver, instance, job) as pause:
        return settle(driver, instance, step, pause, deadline, job)
