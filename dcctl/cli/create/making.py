"""``dcctl instance create``: from what was typed to the instance that exists."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from dcctl.cli.goals import await_goal, check_goal
from dcctl.cli.progress import Progress
from dcctl.cli.rows import rows_of
from dcctl.cli.words_given import bytes_given, must_be_text, overrides_given, seconds_given, ssh_keys_given
from dcctl.creation import CreateRequest
from dcctl.errors import DcctlError, NotFound, Problems, Usage, raise_all
from dcctl.labels import labels_given
from dcctl.render.nouns.instance import INSTANCE
from dcctl.render.options import Format
from dcctl.words import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
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

# More than any provider takes (libvirt's seed: 1 MiB), so that the planner can say how much is allowed.
MOST_USER_DATA = 16 << 20

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
    names = _names(wanted)
    there: list[Instance] = []
    if wanted.if_missing:
        there, names = _existing(session, names, wanted.realm)
        for instance in there:
            session.note(f"{instance.name} exists already and was left as it is")
    plans = _plans(session, wanted, names) if names else []
    for note in dict.fromkeys(note for plan in plans for note in plan.notes):
        session.note(note)
    if wanted.dry_run and plans:
        _show_plans(session, plans, shown, single=wanted.count is None)
        return
    outcomes = _carry_out(session, plans, wanted, timeout)
    made = [outcome for outcome in outcomes if not isinstance(outcome, DcctlError)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, DcctlError)]
    if there or made:
        _show(session, [*there, *made], output, single=wanted.count is None)
    session.conclude(failures, len(plans), "instance", "created")


def _carry_out(session: Session, plans: Sequence[Plan], wanted: Wanted, timeout: float) -> list[Instance | DcctlError]:
    """Make them side by side, as many at once as the driver allows: each instance, or why there is none."""
    if not plans:
        return []
    session.begin_work()
    if plans[0].imports:
        plans = _plans_after_import(session, wanted, plans)
    deadline = monotonic() + timeout
    identity = _identity(wanted.ssh_key)

    def work(plan: Plan, job: Job) -> Instance:
        instance = session.cloud.execute(plan, wait=wanted.wait, timeout=timeout, job=job)
        if wanted.until != "state":
            instance = await_goal(session, instance, wanted.until, deadline - monotonic(), job, identity=identity)
        return instance

    title = plans[0].resource if len(plans) == 1 else plural(len(plans), "instance")
    with Progress(session, f"create {title}") as progress:
        outcomes = session.cloud.at_once(plans, lambda plan: work(plan, progress.job(plan.resource)))
    return [outcome for _, outcome in outcomes]


def _plans_after_import(session: Session, wanted: Wanted, plans: Sequence[Plan]) -> Sequence[Plan]:
    """Import the image that all of them start from, and plan the same instances again with what then is known of it."""
    from dcctl.cli.importing import import_known  # noqa: PLC0415  only where an image is missing

    first = plans[0]
    assert first.spec is not None
    import_known(session, first.spec.image.name, first.spec.realm.id)
    return _plans(session, wanted, [plan.resource for plan in plans])


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


def _plans(session: Session, wanted: Wanted, names: Sequence[str | None]) -> list[Plan]:
    """The plans. Raises everything that is wrong with the words and with what they ask for, at once."""
    problems: list[DcctlError] = []
    request = _request(session, wanted, problems)
    plans: list[Plan] = []
    try:
        if wanted.count is None:
            plans = [session.cloud.plan_create(replace(request, name=names[0]))]
        else:
            plans = session.cloud.plan_create_each(request, names)
    except Problems as error:
        problems += error.problems
    except DcctlError as error:
        problems.append(error)
    raise_all(problems)
    return plans


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


def _request(session: Session, wanted: Wanted, problems: list[DcctlError]) -> CreateRequest:
    """The request. What cannot be read of it is noted in ``problems`` and left out, so that the rest can be looked at."""
    hwp = session.config.hwp.value if wanted.hwp is None else wanted.hwp
    if hwp is None:
        profiles = ", ".join(session.cloud.catalogue.profiles)
        raise Usage("no hardware profile was given", hint=f"add --hwp, one of: {profiles}")
    environment = session.environment

    def read_user_data(path: str) -> bytes:
        return bytes_given("--user-data", path, environment, most=MOST_USER_DATA)

    sizes = _each_readable(wanted.sizes.items(), lambda size: overrides_given(dict([size])), problems)
    user_data = _each_readable([] if wanted.user_data is None else [wanted.user_data], read_user_data, problems)
    ssh_keys = _each_readable(wanted.ssh_key, lambda word: ssh_keys_given([word], environment), problems)
    labels = _each_readable(wanted.label, lambda word: labels_given([word]), problems)
    disks = None
    if wanted.disk or wanted.volume or wanted.disk_mode is not None:
        from dcctl.cli.create.disks import disks_given  # noqa: PLC0415  few instances have other than one

        disks = disks_given(wanted, problems)
    in_image = "/" in wanted.image
    return CreateRequest(
        image=wanted.image,
        hwp=hwp,
        name=wanted.name,
        realm=session.config.realm.value if wanted.realm is None and not in_image else wanted.realm,
        overrides={name: value for size in sizes for name, value in size.items()},
        user_data=user_data[0] if user_data else None,
        ssh_keys=tuple(dict.fromkeys(key for keys in ssh_keys for key in keys)),
        networks=tuple(map(must_be_text, wanted.network)),
        labels={key: value for given in labels for key, value in given.items()},
        description=wanted.description,
        autostart=wanted.autostart,
        disks=disks,
        machine=wanted.kind,
        keys=tuple(dict.fromkeys(map(must_be_text, wanted.key))),
        console_log=wanted.console_log,
        vnc=wanted.vnc,
        import_missing=wanted.import_missing,
    )


def _each_readable(words: Iterable[Word], read: Callable[[Word], Result], problems: list[DcctlError]) -> list[Result]:
    """What the words mean, without those that mean nothing: why not is noted."""
    found = []
    for word in words:
        try:
            found.append(read(word))
        except Problems as error:
            problems += error.problems
        except DcctlError as error:
            problems.append(error)
    return found
