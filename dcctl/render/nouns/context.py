"""How contexts are shown."""

from __future__ import annotations

from dcctl.frozen import frozen
from dcctl.render.noun import KEPT, Column, Noun


@frozen
class Context:
    """A context of the configuration file, and whether it is the selected one."""

    name: str
    driver: str
    selected: bool


CONTEXT: Noun[Context] = Noun(
    "context",
    columns=(
        Column("selected", "", lambda row: row.selected, text=lambda row: "*" if row.selected else " ", worth=KEPT),
        Column("name", "NAME", lambda row: row.name, worth=KEPT),
        Column("driver", "DRIVER", lambda row: row.driver, worth=5),
    ),
    record=lambda row: {"name": row.name, "driver": row.driver, "selected": row.selected},
    identity=lambda row: row.name,
)
