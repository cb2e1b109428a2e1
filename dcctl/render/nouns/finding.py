"""How findings are shown."""

from __future__ import annotations

from dcctl.nouns.findings import Finding, Verdict
from dcctl.render.noun import KEPT, Column, Noun

_STYLES = {Verdict.GOOD: "green", Verdict.NOTE: "yellow", Verdict.WRONG: "red"}


def _record(finding: Finding) -> dict[str, object]:
    return {
        "realm": finding.realm,
        "check": finding.check,
        "verdict": finding.verdict,
        "message": finding.message,
        "hint": finding.hint,
        "resource": finding.resource,
        "repair": finding.repair,
        "destroys": finding.destroys,
    }


FINDING: Noun[Finding] = Noun(
    "finding",
    columns=(
        Column("realm", "REALM", lambda finding: finding.realm, worth=6),
        Column("check", "CHECK", lambda finding: finding.check, worth=KEPT),
        Column(
            "verdict",
            "VERDICT",
            lambda finding: finding.verdict,
            style=lambda finding: _STYLES[finding.verdict],
            worth=KEPT,
        ),
        Column("message", "FOUND", lambda finding: finding.message, worth=KEPT),
        Column("hint", "WHAT TO DO", lambda finding: finding.hint, worth=4, least=20),
        Column("repair", "WITH --FIX", lambda finding: finding.repair, wide=True),
    ),
    record=_record,
    identity=lambda finding: finding.check.replace(" ", "-"),
)
