"""Trying a driver against the contract, and telling a person what came of it."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum

from dcctl.errors import Failed, NotAllowed, NotFound, NotSupported, Usage
from dcctl.job import Job
from dcctl.model import ImageState
from dcctl.registry import BUILT_IN
from dcctl.render.options import Format
from dcctl.words import plural, suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from typing import TextIO

    from dcctl.cli.session import Session
    from dcctl.model import Realm
    from dcctl.render.terminal import Terminal
    from dcctl.testing.report import Finding, Subject
    from dcctl.testing.selected import SelectedCloud
    from dcctl.testing.verdict import Check

MADE_FROM_A_FILE = "the class can be asked without the provider's library"
"""The check that imports the class by its name, which a class that was made from a file does not have."""


class ReportFormat(StrEnum):
    """The values of ``-o`` of a report."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"


_STYLES = {"kept": "green", "broken": "bold red", "gap": "yellow"}
_CLEAR_LINE = "\r\x1b[K"
_WORDS = {"kept": "kept", "broken": "broken", "gap": "not tried"}


def must_be_allowed(session: Session) -> None:
    """Raises ``NotAllowed`` unless nothing real is made, or the selected context says that things may be destroyed in it."""
    config, driver = session.config, session.driver
    if driver.simulated or config.conformance.value:
        return
    where = config.file or session.config_file
    selected = config.context.value
    if selected is not None and config.contexts.get(selected) == config.driver.value:
        hint = (
            f"write conformance: true into the context {selected} of {visible(where)} if everything in it may be lost"
        )
    else:
        hint = (
            f"write a context with driver: {config.driver.value} and conformance: true into {visible(where)}, and select it,"
            " if everything in it may be lost"
        )
    raise NotAllowed(
        f"the suite makes and destroys instances, and nothing says that the driver {driver.name} may be tried here",
        hint=hint,
        resource=driver.name,
    )


def selected_cloud(
    session: Session,
    *,
    realm: str | None,
    image: str | None,
    hwp: str | None,
    timeout: float,
    shared: bool,
    image_file: str | None,
) -> SelectedCloud:
    """The harness for what the options and the configuration name; without an image, the realm's first that is available."""
    from dcctl.testing.selected import SelectedCloud  # noqa: PLC0415  one command needs the suite

    cloud, config = session.cloud, session.config
    place = session.place(realm)
    profile = hwp or config.hwp.value
    template = _image(session, place, image)
    if profile is not None:  # image and profile must fit, as for everybody who creates an instance
        from dcctl.creation import CreateRequest  # noqa: PLC0415  loaded with the suite

        cloud.plan_create(CreateRequest(image=template, hwp=profile, realm=place.id))
    excused = {}
    family, _, file = config.driver.value.partition(":")
    if file and family in BUILT_IN:
        excused[MADE_FROM_A_FILE] = f"the class was made from {file}"
    return SelectedCloud(
        session.driver,
        config.driver_settings(session.driver),
        cloud.realms,
        realm=place,
        image=template,
        hwp=None if profile is None else cloud.catalogue.profile(profile),
        timeout=timeout,
        shared=shared,
        image_file=None if image_file is None else _importable(session, image_file),
        excused=excused,
    )


def _importable(session: Session, file: str) -> str:
    """The absolute path of a file that the driver may be given to import."""
    import os  # noqa: PLC0415  loaded already

    from dcctl.abilities import ImportImages  # noqa: PLC0415  loaded already

    if not issubclass(session.driver, ImportImages):
        raise NotSupported(f"the driver {session.driver.name} imports no images", hint="leave --image-file away")
    if not os.path.isfile(file):
        raise Usage(f"there is no file {visible(file)}", hint="give an image that the driver accepts")
    return os.path.abspath(file)


def _image(session: Session, realm: Realm, name: str | None) -> str:
    """The id of the image that is called so; without a name, of the first from which an instance can start."""
    found = session.cloud.images(realm=realm.id).items
    for image in found:
        if name in (image.id, image.name) or (name is None and image.state is ImageState.AVAILABLE):
            return image.id
    if name is None:
        message, hint = (
            f"the realm {realm.id} has no image that instances could start from",
            "import one, or name one with --image",
        )
    else:
        message = f"the realm {realm.id} has no image {visible(name)}"
        hint = suggestion(name, [image.name for image in found]) or "dcctl image list shows them all"
    raise NotFound(message, hint=hint, resource=name, realm=realm.id)


def try_out(session: Session, harness: SelectedCloud, output: ReportFormat | None) -> None:
    """Make every check and show what came of it. Raises ``Failed`` if the driver broke its word, ``Cancelled`` after a signal."""
    from dcctl.render.json_text import indented  # noqa: PLC0415  one command needs the suite
    from dcctl.testing import report  # noqa: PLC0415  as above

    driver, named = harness.driver, session.config.driver.value
    target = named if ":" in named else f"{driver.__module__}:{driver.__qualname__}"
    subject = report.Subject(driver, target, harness.realm.id, harness.image, harness.hwp.name)
    shown = output or (ReportFormat.JSON if session.config.output.value in ("json", "jsonl") else ReportFormat.TABLE)
    session.format = Format.JSON if shown is ReportFormat.JSON else Format.TABLE
    terminal = session.screen
    if shown is ReportFormat.TABLE:
        write_head(subject, terminal)
    found = []
    at_work = AtWork(session.environment.stderr, session.environment.environ)
    for finding in _until_stopped(session, report.findings(harness, at_work.on)):
        at_work.clear()
        found.append(finding)
        if shown is ReportFormat.TABLE:
            write_finding(finding, terminal, verbose=session.verbose)
    if shown is ReportFormat.TABLE:
        write_end(found, terminal)
    elif shown is ReportFormat.JSON:
        terminal.write(indented(report.as_data(subject, found)) + "\n")
    else:
        terminal.write(report.as_junit(subject, found))
    conclude(subject, found)


class AtWork:
    """What is being tried, on one line of standard error that goes away again, if a person sees it.

    No thread draws it, unlike ``Progress``: the suite forks, and what another thread holds at that moment stays held in the child.
    """

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        from dcctl.render.terminal import Terminal  # noqa: PLC0415  loaded already

        self._terminal = Terminal(stream, color="never", environ=environ)

    def on(self, check: Check, number: int, total: int) -> None:
        if self._terminal.interactive:
            text = f"{number} of {total}: {visible(check.name)}"
            self._terminal.write(f"{_CLEAR_LINE}{text[: self._terminal.width - 1]}")
            self._terminal.flush()

    def clear(self) -> None:
        if self._terminal.interactive:
            self._terminal.write(_CLEAR_LINE)
            self._terminal.flush()


def _until_stopped(session: Session, found: Generator[Finding, None, None]) -> Iterator[Finding]:
    """The findings as they come. When a signal asks to stop, what the suite made is destroyed, and ``Cancelled`` raised."""
    job = Job()
    session.add_job(job)
    with closing(found):
        for finding in found:
            yield finding
            job.check()


def _folded(terminal: Terminal, lead: str, text: str) -> str:
    """``lead`` and the text beside it as lines: on a terminal no wider than that, the rest below the text; elsewhere one line for grep."""
    if not terminal.interactive:
        return f"{lead}{text}\n"
    from textwrap import wrap  # noqa: PLC0415  2 ms, for people only

    room = max(terminal.width - 1 - len(lead), 20)
    return lead + f"\n{' ' * len(lead)}".join(wrap(text, room, break_on_hyphens=False) or [""]) + "\n"


def write_head(subject: Subject, terminal: Terminal) -> None:
    """What is tried, and what it says of itself."""
    driver, declared = subject.driver, subject.declared
    title = _folded(terminal, f"{driver.name}: ", f"{visible(driver.summary)} ({visible(subject.target)})")
    terminal.write(title.replace(driver.name, terminal.paint(driver.name, "bold"), 1))
    lines = {
        "actions": declared["actions"],
        "create takes": declared["abilities"],
        "can also": declared["optional"],
    }
    for label, words in lines.items():
        listed = ", ".join(words) if isinstance(words, list) else ""
        terminal.write(_folded(terminal, f"  {label:<13} ", visible(listed) or "-"))
    terminal.write(f"  {'calls at once':<13} {driver.concurrency}\n")
    where = f"realm {subject.realm}, image {subject.image}, hardware profile {subject.hwp}"
    terminal.write(_folded(terminal, f"  {'tried in':<13} ", visible(where)) + "\n")


def write_finding(finding: Finding, terminal: Terminal, *, verbose: bool) -> None:
    """One line for what was broken, with the story below; for gaps and for what was kept only if somebody wants to read it all."""
    if finding.outcome == "broken" or verbose:
        mark = f"{finding.outcome:<6}"
        line = _folded(terminal, f"{mark}  ", finding.name)
        terminal.write(line.replace(mark, terminal.paint(mark, _STYLES[finding.outcome]), 1))
    if finding.outcome == "broken":
        from dcctl.testing.verdict import sentences  # noqa: PLC0415  what is kept needs no words

        terminal.write(_folded(terminal, " " * 8, finding.story or ""))
        terminal.write(_folded(terminal, " " * 8, f"sentence {finding.rule}: {sentences()[finding.rule]}"))
    terminal.flush()


def write_end(found: Sequence[Finding], terminal: Terminal) -> None:
    """What could not be tried and why, and the sum."""
    from dcctl.testing.report import counts  # noqa: PLC0415  loaded with the suite

    gaps: dict[str, list[str]] = {}
    for finding in found:
        if finding.outcome == "gap":
            gaps.setdefault(finding.story or "", []).append(finding.name)
    if gaps:
        terminal.write(f"{terminal.paint('Not tried', 'yellow')}, so nobody knows:\n")
    for reason, names in gaps.items():
        for name in names:
            terminal.write(_folded(terminal, "  ", name))
        terminal.write(_folded(terminal, " " * 8, reason))
    if gaps:
        more = "More can be tried with a test file that has a harness of its own: dcctl-driver(7)."
        terminal.write(_folded(terminal, "", more) + "\n")
    counted = counts(found)
    rules = len({finding.rule for finding in found if finding.outcome != "gap"})
    seconds = sum(finding.seconds for finding in found)
    summary = f"{plural(len(found), 'check')} of {plural(rules, 'sentence')}: " + ", ".join(
        terminal.paint(f"{count} {_WORDS[outcome]}", _STYLES[outcome] if count else None)
        for outcome, count in counted.items()
    )
    terminal.write(f"{summary}, in {seconds:.1f} s\n")


def conclude(subject: Subject, found: Sequence[Finding]) -> None:
    """Raises ``Failed`` if a sentence was broken."""
    broken = sorted({finding.rule for finding in found if finding.outcome == "broken"})
    if broken:
        raise Failed(
            f"the driver {subject.driver.name} breaks {plural(len(broken), 'sentence')} of the contract:"
            f" {', '.join(map(str, broken))}",
            hint="read man dcctl-driver",
            resource=subject.driver.name,
        )
