"""``dcctl doctor``: look at everything, mend what was asked for, and say how it is then."""

from __future__ import annotations

from dcctl.cli import this_machine
from dcctl.cli.progress import Progress
from dcctl.errors import DcctlError, Failed
from dcctl.nouns.findings import Finding, Verdict
from dcctl.render.nouns.finding import FINDING, REPAIR
from dcctl.words import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dcctl.cli.options import Shown
    from dcctl.cli.session import Session


def examine(session: Session, realm: str | None, shown: Shown, *, fix: bool, yes: bool, dry_run: bool) -> None:
    """Show what was found, after the repairs if there were any. Raises ``Failed`` when something is wrong."""
    dry_run = dry_run and fix  # looking alone changes nothing
    output = session.output(REPAIR if dry_run else FINDING, shown)
    found = _look(session, realm)
    failures: list[DcctlError] = []
    repairs = [finding for finding in found if finding.repair is not None] if fix else []
    if dry_run:
        output.list(repairs)
        return
    if repairs:
        failures = _mend(session, repairs, yes=yes)
        found = _look(session, realm)
    output.list(found)
    for failure in failures:
        session.report(failure)
    wrong = [finding for finding in found if finding.verdict is Verdict.WRONG]
    if wrong or failures:
        mendable = sum(finding.repair is not None for finding in wrong)
        hint = f"dcctl doctor --fix mends {mendable} of them" if mendable and not fix else "each line says what to do"
        raise Failed(f"{plural(len(wrong), 'thing')} wrong", hint=hint)


def _look(session: Session, realm: str | None) -> list[Finding]:
    found = list(this_machine.findings(session))
    if realm is not None:
        return found + session.cloud.health.findings(realm)
    try:
        return found + session.cloud.health.findings()
    except DcctlError as error:
        if any(finding.check == "catalogue" and finding.verdict is Verdict.WRONG for finding in found):
            return found  # that is why, and it is said
        return [*found, Finding("driver", Verdict.WRONG, error.message, error.hint)]


def _mend(session: Session, repairs: list[Finding], *, yes: bool) -> list[DcctlError]:
    """Do the repairs one after the other, each said before it is done; those that failed."""
    destroying = [finding for finding in repairs if finding.destroys]
    if destroying:
        session.require_consent([], yes=yes)
        for finding in () if yes else destroying:  # what is done is said as it is done
            session.note(f"{finding.realm}: {finding.message}; to mend it: {finding.repair}")
        session.confirm(f"Remove {plural(len(destroying), 'thing')} for good?", yes=yes)
    session.begin_work()
    failures = []
    with Progress(session, "repair") as progress:
        for finding in repairs:
            session.note(f"{finding.realm or 'this machine'}: {finding.repair} ({visible(finding.resource or '')})")
            try:
                if finding.realm is None:
                    this_machine.repair(finding)
                else:
                    session.cloud.health.repair(finding, progress.job(finding.check))
            except DcctlError as error:
                failures.append(error)
    return failures
