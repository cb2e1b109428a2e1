"""What ``output`` and ``color`` can be, wherever they are set."""

from __future__ import annotations

OUTPUTS = ("table", "wide", "json", "jsonl", "yaml", "csv", "name")
COLORS = ("auto", "always", "never")
