"""The formats for scripts: JSON, JSON lines, YAML, CSV and names. All but ``name`` are exact; every row is written as it comes."""

from __future__ import annotations

from dcctl.render.json_text import compact, indented
from dcctl.render.values import exact
from dcctl.words import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dcctl.render.noun import Column, Row
    from dcctl.render.terminal import Terminal


def write_json(records: Iterable[Mapping[str, object]], terminal: Terminal) -> None:
    """A list, also of one and of none."""
    lead = "[\n  "
    for record in records:
        terminal.write(f"{lead}{indented(record, '  ')}")
        lead = ",\n  "
    terminal.write("[]\n" if lead.startswith("[") else "\n]\n")


def write_json_object(record: Mapping[str, object], terminal: Terminal) -> None:
    terminal.write(f"{indented(record)}\n")


def write_jsonl(records: Iterable[Mapping[str, object]], terminal: Terminal) -> None:
    for record in records:
        terminal.write(f"{compact(record)}\n")


def write_yaml(records: Iterable[Mapping[str, object]], terminal: Terminal) -> None:
    """A list, row by row: YAML lists may be put one after the other."""
    empty = True
    for record in records:
        terminal.write(_yaml([_plain(record)]))
        empty = False
    if empty:
        terminal.write("[]\n")


def write_yaml_object(record: Mapping[str, object], terminal: Terminal) -> None:
    terminal.write(_yaml(_plain(record)))


def write_csv(rows: Iterable[Row], columns: Sequence[Column[Row]], terminal: Terminal, *, header: bool) -> None:
    """RFC 4180 with plain line feeds. Values are exact, but for control characters on a terminal."""
    if header:
        terminal.write(_csv_line([column.key for column in columns]))
    for row in rows:
        cells = [exact(column.value(row)) for column in columns]
        terminal.write(_csv_line([visible(cell) for cell in cells] if terminal.interactive else cells))


def write_names(names: Iterable[str], terminal: Terminal) -> None:
    for name in names:
        terminal.write(f"{visible(name)}\n")


def _csv_line(cells: Sequence[str]) -> str:
    if len(cells) == 1 and not cells[0]:
        return '""\n'  # an empty line would be no row at all
    return ",".join(map(_csv_cell, cells)) + "\n"


def _csv_cell(cell: str) -> str:
    if cell.isalnum() or not any(mark in cell for mark in ',"\n\r'):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _yaml(value: object) -> str:
    import yaml  # noqa: PLC0415  14 ms that only YAML need pay

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the C library may be missing; it is three times as fast
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, default_flow_style=False, width=10**6)
    return text


def _plain(value: object) -> object:
    """Without enums, tuples and read-only mappings, which YAML's safe writer refuses."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        return {str.__str__(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
