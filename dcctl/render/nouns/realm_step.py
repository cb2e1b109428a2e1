"""How the steps of ``realm init`` are shown."""

from __future__ import annotations

from dcctl.nouns.realm_steps import RealmStep
from dcctl.render.noun import KEPT, Column, Noun

REALM_STEP: Noun[RealmStep] = Noun(
    "step",
    columns=(
        Column("realm", "REALM", lambda step: step.realm, worth=KEPT),
        Column("step", "STEP", lambda step: step.name, worth=KEPT),
        Column("sentence", "WHAT IT DOES", lambda step: step.sentence, worth=5, least=20),
    ),
    record=lambda step: {"realm": step.realm, "step": step.name, "sentence": step.sentence},
    identity=lambda step: step.name,
    none="nothing is missing: there is nothing to make",
)
