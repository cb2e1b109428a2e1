"""``dcctl instance``: machines."""

from __future__ import annotations

from typing import Annotated

import typer

from dcctl.cli import options as opt
from dcctl.cli.options import ONE_OR_DIAGRAM, RESULT, ROWS, Elsewhere, Shown, Verb
from dcctl.cli.rows import row_of
from dcctl.cli.session import raise_unanswered, session_of
from dcctl.errors import Usage
from dcctl.model import Action, Field
from dcctl.render.nouns.instance import INSTANCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.session import Session


def list_instances(
    context: typer.Context,
    realm: opt.RealmOption = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="Also those that are destroyed already.")] = False,
    label: opt.Selected = [],  # noqa: B006
    *,
    shown: Shown,
) -> None:
    """List instances.

    \b
    dcctl instance list -f state=running -c name,addresses
    dcctl instance list -l role=web -c name,labels
    """
    session = session_of(context)
    output = session.output(INSTANCE, shown)
    fields, fits = output.fields, None
    if label:
        from dcctl.labels import selector  # noqa: PLC0415  few lists select

        fields, fits = fields | {Field.NOTES}, selector(label).fits
    found = session.cloud.instances(*fields, realm=realm, finished=everything)
    output.list(row_of(session, each, output) for each in found.items if fits is None or fits(each.labels))
    raise_unanswered(found.failures, "instances")


def show(
    context: typer.Context,
    name: opt.Name,
    states: Annotated[
        bool, typer.Option("--states", help="Draw its state machine instead, and mark the state that it is in.")
    ] = False,
    *,
    shown: Shown,
) -> None:
    """Show everything about one instance, and what may be done to it now."""
    session = session_of(context)
    if states or shown.diagram is not None:
        _draw_states(session, name, shown, asked=states)
        return
    output = session.output(INSTANCE, shown)
    instance = session.cloud.instance(name, *output.fields_of_one)
    output.one(row_of(session, instance, output, everything=True))


def _draw_states(session: Session, name: str, shown: Shown, *, asked: bool) -> None:
    from dcctl.render.diagram.picture import Picture  # noqa: PLC0415  nothing else here draws

    if not asked:
        raise Usage(f"-o {shown.diagram} is a picture of states", hint="add --states")
    session.check_drawing(shown)
    instance = session.cloud.instance(name)
    session.draw(Picture(session.cloud.machine_of(instance), f"instance {instance.name}", instance.state), shown)


def _simple(action: Action, summary: str) -> Verb:
    """A verb that has no options of its own."""

    def command(
        context: typer.Context,
        names: opt.Names,
        wait: opt.Wait = True,
        timeout: opt.Timeout = None,
        force: opt.Force = False,
        dry_run: opt.DryRun = False,
        *,
        shown: Shown,
    ) -> None:
        from dcctl.cli.actions import Manner, act  # noqa: PLC0415  2 ms that lists need not pay

        act(session_of(context), action, names, Manner(wait, timeout, force, dry_run=dry_run), shown)

    command.__doc__ = summary
    return Verb(command, RESULT)


def stop(
    context: typer.Context,
    names: opt.Names,
    power_off: opt.PowerOffFlag = False,
    power_off_after: opt.PowerOffAfter = None,
    wait: opt.Wait = True,
    timeout: opt.Timeout = None,
    force: opt.Force = False,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Stop instances: ask the guest, or pull the plug.

    \b
    dcctl instance stop web --power-off-after 60s
    """
    from dcctl.cli.actions import Manner, act  # noqa: PLC0415  2 ms that lists need not pay

    if power_off_after is not None and (power_off or not wait):
        raise Usage(
            "--power-off-after waits for the guest first: it does not go with --power-off or --no-wait",
            hint="leave out one of them",
        )
    manner = Manner(
        wait=wait,
        timeout=timeout,
        force=force,
        power_off=power_off,
        power_off_after=power_off_after,
        dry_run=dry_run,
    )
    act(session_of(context), Action.STOP, names, manner, shown)


def destroy(
    context: typer.Context,
    names: opt.Names,
    force: opt.Force = False,
    power_off: Annotated[
        bool, typer.Option("--power-off", help="With --force: pull the plug instead of asking the guest.")
    ] = False,
    with_disks: Annotated[
        bool, typer.Option("--with-disks", help="Also the disks that were adopted with an instance.")
    ] = False,
    yes: opt.Yes = False,
    ignore_missing: opt.IgnoreMissing = False,
    wait: opt.Wait = True,
    timeout: opt.Timeout = None,
    dry_run: opt.DryRun = False,
    *,
    shown: Shown,
) -> None:
    """Remove instances and their disks for good. Of adopted instances the disks stay.

    \b
    dcctl instance destroy web --force --yes
    """
    from dcctl.cli.actions import Manner, act  # noqa: PLC0415  2 ms that lists need not pay

    if power_off and not force:
        raise Usage("--power-off says how --force stops an instance first", hint="add --force, or leave it out")
    manner = Manner(
        wait=wait,
        timeout=timeout,
        force=force,
        power_off=power_off,
        with_disks=with_disks,
        dry_run=dry_run,
        yes=yes,
        ignore_missing=ignore_missing,
    )
    act(session_of(context), Action.DESTROY, names, manner, shown)


def wait_for(
    context: typer.Context,
    names: opt.Names,
    goal: Annotated[
        str,
        typer.Option("--for", help="state=running (or another state), address, ssh, or cloud-init.", metavar="GOAL"),
    ] = "state=running",
    identity: opt.Identity = None,
    timeout: opt.Timeout = None,
    *,
    shown: Shown,
) -> None:
    """Wait until instances are in a state, have an address, answer by ssh, or have finished their cloud-init.

    Each is a stage of its own; a timeout says which one is missing. cloud-init is asked by ssh, and by the guest's agent where ssh does not let you in or no network leads there.

    \b
    dcctl instance wait web db --for address --timeout 2m
    """
    from dcctl.cli.waits import wait_for_goal  # noqa: PLC0415  no other command needs it

    wait_for_goal(session_of(context), names, goal, timeout, shown, identity=identity)


VERBS = {
    "list": Verb(list_instances, ROWS),
    "show": Verb(show, ONE_OR_DIAGRAM),
    "create": Elsewhere("dcctl.cli.create.verbs"),
    "start": _simple(Action.START, "Start instances."),
    "stop": Verb(stop, RESULT),
    "reboot": _simple(Action.REBOOT, "Reboot instances."),
    "suspend": Elsewhere("dcctl.cli.suspending"),
    "resume": _simple(Action.RESUME, "Resume suspended instances."),
    "wait": Verb(wait_for, RESULT),
    "ssh": Elsewhere("dcctl.cli.reach.verbs"),
    "cp": Elsewhere("dcctl.cli.reach.verbs"),
    "ssh-config": Elsewhere("dcctl.cli.reach.verbs"),
    "exec": Elsewhere("dcctl.cli.reach.verbs"),
    "console": Elsewhere("dcctl.cli.reach.verbs"),
    "logs": Elsewhere("dcctl.cli.reach.verbs"),
    "vnc": Elsewhere("dcctl.cli.reach.verbs"),
    "label": Elsewhere("dcctl.cli.changing.verbs"),
    "resize": Elsewhere("dcctl.cli.changing.verbs"),
    "clone": Elsewhere("dcctl.cli.changing.verbs"),
    "rename": Elsewhere("dcctl.cli.changing.verbs"),
    "protect": Elsewhere("dcctl.cli.changing.verbs"),
    "unprotect": Elsewhere("dcctl.cli.changing.verbs"),
    "autostart": Elsewhere("dcctl.cli.changing.verbs"),
    "adopt": Elsewhere("dcctl.cli.adopting"),
    "destroy": Verb(destroy, RESULT),
}
