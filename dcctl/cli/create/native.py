"""``dcctl instance create --dry-run --native``: the document that the provider would be sent, as it is."""

from __future__ import annotations

from dcctl.errors import NotAllowed, Usage
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.create.wanted import Wanted
    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session
    from dcctl.plan import Plan


def check_native(wanted: Wanted, shown: Shown) -> None:
    """Refuse what does not go with it."""
    if not wanted.dry_run:
        raise Usage("--native shows what would be sent: it needs --dry-run", hint="add --dry-run, or leave it out")
    if wanted.count is not None:
        raise Usage("--native shows one instance: it does not go with --count", hint="leave out one of them")
    if shown.output is not None or shown.columns or shown.no_header or shown.quiet:
        raise Usage("--native shows the provider's own form, and no other", hint="leave out -o, -c, -q and --no-header")


def show_native(session: Session, plan: Plan) -> None:
    """Write it to standard output."""
    if plan.imports:
        raise NotAllowed(
            f"the image of {plan.resource} has to be imported first",
            hint="the plan without --native says from where",
            resource=plan.resource,
        )
    stream = session.environment.stdout
    for line in session.cloud.preview(plan).splitlines():
        stream.write((visible(line) if stream.isatty() else line) + "\n")
