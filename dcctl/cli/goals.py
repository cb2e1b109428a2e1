"""What can be waited for beyond a state, for create and for wait: an address, ssh, cloud-init."""

from __future__ import annotations

from time import monotonic

from dcctl.cli.rows import exact_name
from dcctl.errors import Usage
from dcctl.model import Field
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.session import Session
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.ssh import Login

GOALS = ("address", "ssh", "cloud-init")
"""Each comes after the one before."""


def check_goal(session: Session, goal: str) -> None:
    """Refuse before anything is done what could never be reached. Raises ``NotSupported``."""
    if goal in ("ssh", "cloud-init"):
        session.cloud.inside.check_login()


def await_goal(
    session: Session, instance: Instance, goal: str, seconds: float, job: Job, *, identity: str | None = None
) -> Instance:
    """Wait, stage by stage, until the goal is reached. Raises ``Timeout`` naming the stage that is missing."""
    from dcctl.cli.reach.log import with_last_lines  # noqa: PLC0415  loaded with the other goals

    with with_last_lines(session, instance):
        return _await(session, instance, goal, seconds, job, identity)


def _await(session: Session, instance: Instance, goal: str, seconds: float, job: Job, identity: str | None) -> Instance:
    cloud = session.cloud
    if goal == "address":
        return cloud.wait(instance, address=True, timeout=seconds, job=job)
    if goal not in GOALS:
        raise Usage(f"--for cannot be '{visible(goal)}'", hint=f"known: {', '.join(GOALS)}")
    deadline = monotonic() + seconds
    if goal == "cloud-init" and cloud.inside.is_for_agents_only(instance):
        running = cloud.inside.wait_until_it_runs(instance, timeout=seconds, job=job)
        _await_cloud_init(session, running, None, deadline, job)
        return running
    reached = cloud.inside.wait_for_ssh(instance, timeout=seconds, job=job)
    if goal == "cloud-init":
        from dcctl.cli.reach.login import Wanted, login_of  # noqa: PLC0415  for those who log in

        known = cloud.instance(exact_name(instance), Field.CREDENTIALS)
        login = login_of(session, known, reached.address, Wanted(identity=identity))
        _await_cloud_init(session, instance, login, deadline, job)
    return reached.instance


def _await_cloud_init(session: Session, instance: Instance, login: Login | None, deadline: float, job: Job) -> None:
    well = session.cloud.inside.wait_for_cloud_init(instance, login, timeout=deadline - monotonic(), job=job)
    if not well:
        session.note(f"cloud-init finished in {instance.name}, but not everything went well there (degraded)")
