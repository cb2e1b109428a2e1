"""``dcctl instance create``: from what was typed to the instance that exists."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from dcctl.cli.create.native import check_native, show_native
from dcctl.cli.create.request import request_given
from dcctl.cli.goals import await_goal, check_goal
from dcctl.cli.progress import Progress
from dcctl.cli.rows import rows_of
from dcctl.cli.words_given import seconds_given
from dcctl.creation import AUTO, CreateRequest
from dcctl.errors import Cancelled, Conflict, DcctlError, NotFound, Problems, Usage, raise_all
from dcctl.render.nouns.instance import INSTANCE
from dcctl.render.options import Format
from dcctl.waiting import stopped_waiting
from dcctl.words import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeVar

    from dcctl.cli.create.wanted import Wanted
    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.job import Job
    from dcctl.model import Instance
    from dcctl.plan import Plan
    from dcctl.render.nouns.instance import InstanceRow
    from dcctl.render.output import Output

    Result = TypeVar("Result")
    Word = TypeVar("Word")

# A slip of the finger more would fill a host; whoever wants more than this calls twice.
MOST_AT_ONCE = 1000


def create_instance(session: Session, wanted: Wanted, shown: Shown) -> None:
    """Create what is wanted and show it: rows for people; for scripts an object, or with a count a list."""
    output = session.output(INSTANCE, shown)
    timeout = seconds_given("--timeout", wanted.timeout, session.config.timeout.value)
    if wanted.until != "state":
        if not wanted.wait:
            raise Usage(f"--for {wanted.until} waits: it does not go with --no-wait", hint="leave out one of them")
        check_goal(session, wanted.until)
    if wanted.native:
        check_native(wanted, shown)
    names = _names(wanted)
    there: list[Instance] = []
    if wanted.if_missing:
        there, names = _existing(session, names, _named_realm(session, wanted.realm))
        for instance in there:
            session.note(f"{instance.name} exists already and was left as it is")
    request, problems = request_given(session, wanted) if names else (None, [])
    plans = _plans(session, request, names, problems, single=wanted.count is None) if request is not None else []
    if wanted.until != "state":
        for plan in plans:
            session.cloud.inside.check_way_in(plan, wanted.until)
    for note in dict.fromkeys(note for plan in plans for note in plan.notes):
        session.note(note)
    if wanted.native and plans:
        show_native(session, plans[0])
        return
    if wanted.dry_run and plans:
        _show_plans(session, plans, shown, single=wanted.count is None)
        return
    outcomes = _carry_out(session, plans, wanted, request, timeout)
    made = [outcome for outcome in outcomes if not isinstance(outcome, DcctlError)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
    if there or made:
        _show(session, [*there, *made], output, single=wanted.count is None)
    session.conclude(failures, len(plans), "instance", "created")


def _faster(session: Session, outcome: Instance | DcctlError, realm: str | None) -> Instance | DcctlError:
    """For ``--if-missing``: the instance that somebody else made while we were at it."""
    if not isinstance(outcome, Conflict) or outcome.resource is None:
        return outcome
    there, _ = _existing(session, [outcome.resource], realm)
    if not there:
        return outcome
    session.note(f"{outcome.resource} was made by somebody else meanwhile, and was left as it is")
    return there[0]


def _carry_out(
    session: Session, plans: Sequence[Plan], wanted: Wanted, request: CreateRequest | None, timeout: float
) -> list[Instance | DcctlError]:
    """Make them side by side, as many at once as the driver allows: each instance, or why there is none."""
    if not plans or request is None:
        return []
    session.begin_work()
    if plans[0].imports:
        plans = _plans_after_import(session, request, plans, single=wanted.count is None)
    deadline = monotonic() + timeout
    identity = _identity(wanted.ssh_key)

    def work(plan: Plan, job: Job) -> Instance:
        instance = session.cloud.execute(plan, wait=wanted.wait, timeout=timeout, job=job)
        if wanted.until != "state":
            try:
                return await_goal(session, instance, wanted.until, deadline - monotonic(), job, identity=identity)
            except Cancelled as error:
                raise stopped_waiting(instance, wanted.until, "it was created") from error
        return instance

    title = plans[0].resource if len(plans) == 1 else plural(len(plans), "instance")
    with Progress(session, f"create {title}") as progress:
        outcomes = session.cloud.at_once(plans, lambda plan: work(plan, progress.job(plan.resource)))
    results = [outcome for _, outcome in outcomes]
    return [_faster(session, result, wanted.realm) for result in results] if wanted.if_missing else results


def _plans_after_import(
    session: Session, request: CreateRequest, plans: Sequence[Plan], *, single: bool
) -> Sequence[Plan]:
    """Import the image that all of them start from, and plan the same instances again with what then is known of it."""
    from dcctl.cli.importing import import_known  # noqa: PLC0415  only where an image is missing

    first = plans[0]
    assert first.spec is not None
    import_known(session, first.spec.image.name, first.spec.realm.id)
    return _plans(session, request, [plan.resource for plan in plans], [], single=single)


def _identity(ssh_keys: Sequence[str]) -> str | None:
    """The private key beside a public one that was given as a file, to log in with; otherwise ssh finds one."""
    from os.path import isfile  # noqa: PLC0415  loaded already

    beside = [key.removesuffix(".pub") for key in ssh_keys if key.endswith(".pub")]
    return next((path for path in beside if isfile(path)), None)


def _show(session: Session, instances: Sequence[Instance], output: Output[InstanceRow], *, single: bool) -> None:
    rows = rows_of(session, instances, output)
    if single and output.options.format in (Format.JSON, Format.YAML):
        output.one(rows[0])
    else:
        output.list(rows)


def _show_plans(session: Session, plans: Sequence[Plan], shown: Shown, *, single: bool) -> None:
    from dcctl.render.nouns.plan import PLAN  # noqa: PLC0415  dry runs only

    output = session.output(PLAN, shown)
    if single:
        output.one(plans[0])
    else:
        output.list(plans)


def _names(wanted: Wanted) -> list[str | None]:
    """What the instances are to be called; None: a name is made up."""
    if wanted.if_missing and wanted.name is None:
        raise Usage("--if-missing needs a name", hint="add --name")
    if wanted.count is None:
        return [wanted.name]
    from dcctl.batch import numbered  # noqa: PLC0415  for several at once only

    if not 1 <= wanted.count <= MOST_AT_ONCE:
        raise Usage(f"--count cannot be {wanted.count}", hint=f"choose from 1 to {MOST_AT_ONCE}")
    return numbered(wanted.name, wanted.count)


def _plans(
    session: Session,
    request: CreateRequest,
    names: Sequence[str | None],
    problems: Sequence[DcctlError],
    *,
    single: bool,
) -> list[Plan]:
    """The plans. Raises everything that is wrong with what is asked for, and the ``problems`` of the words with it, at once."""
    found = list(problems)
    plans: list[Plan] = []
    try:
        if single:
            plans = [session.cloud.plan_create(replace(request, name=names[0]))]
        else:
            plans = session.cloud.plan_create_each(request, names)
    except Problems as error:
        found += error.problems
    except DcctlError as error:
        found.append(error)
    raise_all(found)
    return plans


def _named_realm(session: Session, realm: str | None) -> str | None:
    """The realm that is meant, if any is: ``auto`` is wherever there is room."""
    anywhere = realm == AUTO and all(each.id != AUTO for each in session.cloud.realms)
    return None if anywhere else realm


def _existing(
    session: Session, names: Sequence[str | None], realm: str | None
) -> tuple[list[Instance], list[str | None]]:
    """The instances that ``--if-missing`` is about and that are there, and the names of those that are not."""
    exact = {name if realm is None else f"{realm}/{name}": name for name in names if name is not None}
    there: list[Instance] = []
    missing: list[str | None] = []
    for word, found in session.cloud.instances_called(list(exact)):
        if isinstance(found, NotFound):
            missing.append(exact[word])
        elif isinstance(found, DcctlError):
            raise found
        else:
            there.append(found)
    return there, missing
