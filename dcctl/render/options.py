"""How a person wants to see things: the values of ``-o``, ``-c``, ``--sort``, ``-f``, ``--no-header``, ``-q`` and ``--show-secrets``."""

from __future__ import annotations

from enum import StrEnum

from dcctl.frozen import frozen


class Format(StrEnum):
    """The values of ``-o``."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    NAME = "name"

    @property
    def lines_of_json(self) -> bool:
        """Whether a script reads the output as JSON, and so wants errors and notes as JSON too."""
        return self in (Format.JSON, Format.JSONL)


class Diagram(StrEnum):
    """More values of ``-o`` where a state machine is shown: pictures of it."""

    DRAWING = "drawing"
    DOT = "dot"
    MERMAID = "mermaid"
    SVG = "svg"


@frozen
class OutputOptions:
    """``quiet``: only names, whatever the default format is. ``columns``, ``sort`` and ``filters`` are as typed."""

    format: Format = Format.TABLE
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    header: bool = True
    quiet: bool = False
    show_secrets: bool = False
