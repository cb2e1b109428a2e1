"""What became of the checks of one driver: as data, and as the XML that CI systems read (JUnit's)."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from dcctl.abilities import OPTIONAL
from dcctl.testing import run
from dcctl.testing.verdict import sentences
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from dcctl.driver import Driver
    from dcctl.testing.harness import Harness
    from dcctl.testing.verdict import Check, Result


class Outcome(StrEnum):
    """How a check ended."""

    KEPT = "kept"
    BROKEN = "broken"
    GAP = "gap"


@dataclass(frozen=True)
class Finding:
    """One check. ``story``: what the driver did, or why nobody can tell; None where it kept its word. ``rule``: the sentence."""

    name: str
    rule: int
    outcome: Outcome
    story: str | None
    seconds: float


def findings(
    harness: Harness, beginning: Callable[[Check, int, int], None] | None = None
) -> Generator[Finding, None, None]:
    """Run the suite. Each finding comes as soon as its check is made; closing the iterator cleans up."""
    with closing(run(harness, beginning)) as results:
        begin = monotonic()
        for result in results:
            yield _finding(result, monotonic() - begin)
            begin = monotonic()


def _finding(result: Result, seconds: float) -> Finding:
    name, rule = result.check.name, result.check.rule
    if result.broken is not None:
        return Finding(name, result.broken.rule, Outcome.BROKEN, visible(result.broken.story), seconds)
    if result.gap is not None:
        return Finding(name, rule, Outcome.GAP, visible(result.gap), seconds)
    return Finding(name, rule, Outcome.KEPT, None, seconds)


@dataclass(frozen=True)
class Subject:
    """What was tried, and where. ``target``: module:Class, or what the class was made from."""

    driver: type[Driver]
    target: str
    realm: str
    image: str
    hwp: str

    @property
    def declared(self) -> dict[str, object]:
        """What the class says: the words from which the checks are made."""
        return {
            "actions": sorted(self.driver.states.declared_actions),
            "states": list(self.driver.states.states),
            "abilities": [ability.sentence for ability in self.driver.abilities],
            "optional": [ability.__name__ for ability in OPTIONAL if issubclass(self.driver, ability)],
            "concurrency": self.driver.concurrency,
        }


def counts(found: Sequence[Finding]) -> dict[Outcome, int]:
    """How many checks ended in which way; every way is a key."""
    counted = Counter(finding.outcome for finding in found)
    return {outcome: counted[outcome] for outcome in Outcome}


def as_data(subject: Subject, found: Sequence[Finding]) -> dict[str, object]:
    """The whole, as JSON has it: ``report`` in dcctl/schema/output.json."""
    text = sentences()
    return {
        "driver": subject.driver.name,
        "class": subject.target,
        "contract": subject.driver.contract,
        "realm": subject.realm,
        "image": subject.image,
        "hwp": subject.hwp,
        "declares": subject.declared,
        "counts": {str(outcome): count for outcome, count in counts(found).items()},
        "checks": [
            {
                "name": finding.name,
                "outcome": finding.outcome,
                "sentence": finding.rule,
                "says": text[finding.rule],
                "story": finding.story,
                "seconds": round(finding.seconds, 3),
            }
            for finding in found
        ],
    }


def as_junit(subject: Subject, found: Sequence[Finding]) -> str:
    """The whole, as a document of JUnit's: a broken sentence is a failure, a gap is a skipped test."""
    from xml.etree.ElementTree import Element, SubElement, indent, tostring  # noqa: PLC0415  9 ms, for CI only

    counted = counts(found)
    suite = Element(
        "testsuite",
        name=f"dcctl conformance of {subject.driver.name}",
        tests=str(len(found)),
        failures=str(counted[Outcome.BROKEN]),
        errors="0",
        skipped=str(counted[Outcome.GAP]),
        time=f"{sum(finding.seconds for finding in found):.3f}",
    )
    for finding in found:
        case = SubElement(suite, "testcase", classname=subject.target, name=finding.name, time=f"{finding.seconds:.3f}")
        if finding.outcome is Outcome.BROKEN:
            failure = SubElement(case, "failure", message=finding.story or "", type=f"sentence {finding.rule}")
            failure.text = f"{finding.rule}. {sentences()[finding.rule]}"
        elif finding.outcome is Outcome.GAP:
            SubElement(case, "skipped", message=finding.story or "")
    indent(suite)
    return tostring(suite, encoding="unicode", xml_declaration=False) + "\n"
