"""``dcctl instance create``: from what was typed to the instance that exists."""

from __future__ import annotations

from time import monotonic

from dcctl.cli.progress import Progress
from dcctl.cli.rows import rows_of
from dcctl.cli.words_given import bytes_given, must_be_text, overrides_given, seconds_given, ssh_keys_given
from dcctl.creation import CreateRequest
from dcctl.errors import NotFound, Usage
from dcctl.frozen import frozen
from dcctl.render.nouns.instance import INSTANCE
from dcctl.render.options import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.hardware import Property
    from dcctl.model import Instance
    from dcctl.render.nouns.instance import InstanceRow
    from dcctl.render.output import Output

# More than any provider takes (libvirt's seed: 1 MiB), so that the planner can say how much is allowed.
MOST_USER_DATA = 16 << 20


@frozen
class Wanted:
    """The options of create, as typed."""

    image: str
    hwp: str | None
    name: str | None
    realm: str | None
    sizes: Mapping[Property, str | None]
    user_data: str | None
    ssh_keys: Sequence[str]
    keys: Sequence[str]
    address: bool
    wait: bool
    timeout: str | None
    if_missing: bool
    dry_run: bool


def create_instance(session: Session, wanted: Wanted, shown: Shown) -> None:
    """Create it and show it: a row for people, an object for scripts."""
    output = session.output(INSTANCE, shown)
    timeout = seconds_given("--timeout", wanted.timeout, session.config.timeout.value)
    if wanted.address and not wanted.wait:
        raise Usage("--for address waits: it does not go with --no-wait", hint="leave out one of them")
    if wanted.if_missing and (there := _existing(session, wanted)) is not None:
        session.note(f"{there.name} exists already and was left as it is")
        _show(session, there, output)
        return
    plan = session.cloud.plan_create(_request(session, wanted))
    for note in plan.notes:
        session.note(note)
    if wanted.dry_run:
        from dcctl.render.nouns.plan import PLAN  # noqa: PLC0415  dry runs only

        session.output(PLAN, shown).one(plan)
        return
    session.begin_work()
    deadline = monotonic() + timeout
    with Progress(session, f"create {plan.resource}") as progress:
        job = progress.job(plan.resource)
        instance = session.cloud.execute(plan, wait=wanted.wait, timeout=timeout, job=job)
        if wanted.address:
            instance = session.cloud.wait(instance, address=True, timeout=deadline - monotonic(), job=job)
    _show(session, instance, output)


def _show(session: Session, instance: Instance, output: Output[InstanceRow]) -> None:
    (row,) = rows_of(session, [instance], output)
    if output.options.format in (Format.JSON, Format.YAML):
        output.one(row)
    else:
        output.list([row])


def _existing(session: Session, wanted: Wanted) -> Instance | None:
    """The instance that ``--if-missing`` is about, if there is one."""
    if wanted.name is None:
        raise Usage("--if-missing needs a name", hint="add --name")
    name = wanted.name if wanted.realm is None else f"{wanted.realm}/{wanted.name}"
    try:
        return session.cloud.instance(name)
    except NotFound:
        return None


def _request(session: Session, wanted: Wanted) -> CreateRequest:
    hwp = session.config.hwp.value if wanted.hwp is None else wanted.hwp
    if hwp is None:
        profiles = ", ".join(session.cloud.catalogue.profiles)
        raise Usage("no hardware profile was given", hint=f"add --hwp, one of: {profiles}")
    user_data = None
    if wanted.user_data is not None:
        user_data = bytes_given("--user-data", wanted.user_data, session.environment, most=MOST_USER_DATA)
    in_image = "/" in wanted.image
    return CreateRequest(
        image=wanted.image,
        hwp=hwp,
        name=wanted.name,
        realm=session.config.realm.value if wanted.realm is None and not in_image else wanted.realm,
        overrides=overrides_given(wanted.sizes),
        user_data=user_data,
        ssh_keys=ssh_keys_given(wanted.ssh_keys, session.environment),
        keys=tuple(dict.fromkeys(map(must_be_text, wanted.keys))),
    )
