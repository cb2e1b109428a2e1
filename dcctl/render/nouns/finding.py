"""How findings are shown."""

from __future__ import annotations

from dataclasses import replace

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


_REALM = Column[Finding]("realm", "REALM", lambda finding: finding.realm, worth=KEPT)
_MESSAGE = Column[Finding]("message", "FOUND", lambda finding: finding.message, worth=KEPT, folds=20)

FINDING: Noun[Finding] = Noun(
    "finding",
    columns=(
        _REALM,
        Column("check", "CHECK", lambda finding: finding.check, worth=KEPT, folds=10),
        Column(
            "verdict",
            "VERDICT",
            lambda finding: finding.verdict,
            style=lambda finding: _STYLES[finding.verdict],
            worth=KEPT,
        ),
        _MESSAGE,
        Column("hint", "WHAT TO DO", lambda finding: finding.hint, worth=4, folds=16),
        Column("repair", "WITH --FIX", lambda finding: finding.repair, wide=True),
    ),
    record=_record,
    identity=lambda finding: finding.check.replace(" ", "-"),
)

REPAIR: Noun[Finding] = replace(
    FINDING,
    columns=(
        _REALM,
        Column("repair", "WHAT --FIX DOES", lambda finding: finding.repair, worth=KEPT),
        Column("resource", "TO", lambda finding: finding.resource, worth=KEPT, folds=16),
        _MESSAGE,
        *(replace(column, wide=True) for column in FINDING.columns if column.key in ("check", "verdict", "hint")),
    ),
)
"""A finding as the work that it asks for: of a dry run."""
