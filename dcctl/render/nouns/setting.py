"""How the configuration is shown: each value, and where it comes from."""

from __future__ import annotations

from dcctl.frozen import frozen
from dcctl.render.noun import KEPT, Column, Noun


@frozen
class SettingRow:
    """One value. ``origin``: flag, environment, file or default; ``detail``: which flag, variable, place or reason."""

    name: str
    value: str | None
    origin: str
    detail: str


SETTING: Noun[SettingRow] = Noun(
    "setting",
    columns=(
        Column("name", "NAME", lambda row: row.name, worth=KEPT),
        Column("value", "VALUE", lambda row: row.value, worth=KEPT),
        Column("origin", "FROM", lambda row: row.origin, worth=5),
        Column("detail", "WHERE", lambda row: row.detail, worth=4, least=20),
    ),
    record=lambda row: {"name": row.name, "value": row.value, "origin": row.origin, "detail": row.detail},
    identity=lambda row: row.name,
)
