"""How collections are shown: what the selected driver supports of each."""

from __future__ import annotations

from dcctl.frozen import frozen
from dcctl.render.noun import KEPT, Column, Noun


@frozen
class Collection:
    """One collection, what can be done in it, and where it comes from: the driver or the catalogue."""

    name: str
    verbs: tuple[str, ...]
    source: str


COLLECTION: Noun[Collection] = Noun(
    "collection",
    columns=(
        Column("name", "NAME", lambda row: row.name, worth=KEPT),
        Column("verbs", "VERBS", lambda row: row.verbs, text=lambda row: ", ".join(row.verbs), worth=5, least=16),
        Column("source", "FROM", lambda row: row.source, worth=3),
    ),
    record=lambda row: {"name": row.name, "verbs": list(row.verbs), "source": row.source},
    identity=lambda row: row.name,
)
