"""YAML as our files use it: text to data in which every key and value knows its line and column.

Strict, so that what a person sees is what dcctl reads: YAML 1.2 core rules (``no`` is a text, ``52:54:00:12:34:56`` is a text, ``0777``
is seven hundred and seventy-seven), duplicate keys, tags, merge keys and second documents refused. Safe for hostile files: the tree is
built from parser events in a loop, since PyYAML's C loader recurses and ends the process with a segmentation fault on a file of 50,000
brackets; size, depth, aliases and the number of values (aliases counted as often as they are used) are bounded.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

import yaml

from dcctl.errors import DcctlError, raise_all
from dcctl.words import visible

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: the same events, 5 times slower
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

LARGEST_FILE = 4 * 1024 * 1024  # 10,000 profiles take 1.7 MB
DEEPEST = 32  # our own formats need 6
MOST_ALIASES = 1000
MOST_VALUES = 500_000  # 10,000 profiles have some 200,000
MOST_FAULTS = 100  # more are not a help

Scalar = str | int | float | bool | None


class Node(NamedTuple):
    """A value and where it stands; ``start`` and ``end`` are offsets in characters, for editing."""

    value: Scalar | list[Node] | dict[str, Pair]
    line: int
    column: int
    start: int
    end: int
    flow: bool = False


class Pair(NamedTuple):
    """A key of a mapping and its value."""

    key: Node
    value: Node


def plain(node: Node) -> object:
    """The value without its positions. Recursion is bounded by ``DEEPEST``."""
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    if isinstance(node.value, dict):
        return {name: plain(pair.value) for name, pair in node.value.items()}
    return node.value


def kind(node: Node) -> str:
    """What a person calls it: ``a mapping``, ``a list``, ``nothing``, ``the number 5``, ``the text "x"``."""
    value = node.value
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        shown = visible(value if len(value) <= 60 else value[:57] + "...")
        return f'the text "{shown}"'
    return f"the number {value}"


class Fault(NamedTuple):
    """Something that is refused, but does not keep the rest of the file from being read."""

    line: int
    column: int
    error: DcctlError


def parse(content: bytes, file: str, error: type[DcctlError]) -> Node:
    """The one document of a file. Raises ``error``, with the place, for whatever is wrong with it, or ``Problems`` with several."""
    document, faults = examine(content, file, error)
    raise_all([fault.error for fault in faults])
    return document


def examine(content: bytes, file: str, error: type[DcctlError]) -> tuple[Node, list[Fault]]:
    """The document as far as it can be made out, and the faults that were found on the way, for whoever looks for more of them.

    Raises as ``parse`` does for what ends the reading: bytes that are not UTF-8, syntax, and everything that is too large.
    """
    text = decode(content, file, error)
    builder = _Builder(file, error)
    return builder.build(text), builder.faults


def decode(content: bytes, file: str, error: type[DcctlError]) -> str:
    """The text without its byte-order mark; refuses what is too large, not UTF-8, or holds characters that YAML forbids."""
    if len(content) > LARGEST_FILE:
        raise error(f"the file is larger than {LARGEST_FILE // 1024 // 1024} MiB", where=f"{visible(file)}:1:1")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        where = _place(content[: problem.start].decode("utf-8"), file)
        raise error(
            f"the byte 0x{content[problem.start]:02x} is not UTF-8; save the file as UTF-8", where=where
        ) from None
    text = text.removeprefix("\ufeff")
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        where = _place(text[: forbidden.start()], file)
        raise error(
            f"the control character {visible(forbidden.group())} must be removed, or written as an escape in double quotes",
            where=where,
        )
    return text


_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _place(before: str, file: str) -> str:
    return f"{visible(file)}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


_CORE = re.compile(
    r"""(?P<null>|~|null|Null|NULL)
      | (?P<bool>true|True|TRUE|false|False|FALSE)
      | (?P<int>[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)
      | (?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))""",
    re.VERBOSE,
)


class _Mark(Protocol):
    """A place in the text, counted from 0; the C parser and the pure one have a class each."""

    line: int
    column: int
    index: int


def _mark(mark: _Mark | None) -> _Mark:
    """The place of an event: PyYAML's types allow for none, which its parsers never give."""
    if mark is None:
        raise TypeError("a parsed event has no place")
    return mark


class _Open:
    """A collection whose end has not been seen."""

    __slots__ = ("anchor", "column", "entries", "flow", "items", "key", "line", "size", "start")

    def __init__(self, event: yaml.events.CollectionStartEvent, entries: dict[str, Pair] | None) -> None:
        mark = _mark(event.start_mark)
        self.line, self.column, self.start = mark.line + 1, mark.column + 1, mark.index
        self.flow = bool(event.flow_style)
        self.anchor: str | None = event.anchor
        self.entries = entries
        self.items: list[Node] = []
        self.key: Node | None = None
        self.size = 1


class _Builder:
    """Events to nodes, with an explicit stack."""

    def __init__(self, file: str, error: type[DcctlError]) -> None:
        self.file = visible(file)
        self.error = error
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.aliases = 0
        self.documents = 0
        self.faults: list[Fault] = []
        self.result: Node | None = None

    def build(self, text: str) -> Node:
        try:
            self._follow(text)
        except self.error as end:
            raise_all([*(fault.error for fault in self.faults), end])
        return self.result if self.result is not None else Node(None, 1, 1, 0, 0)

    def _follow(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=_Loader):
                self._take(event)
        except yaml.MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            line, column, index = (mark.line + 1, mark.column + 1, mark.index) if mark is not None else (1, 1, 0)
            reason = f"not valid YAML: {problem.problem or problem.context}"
            if text[index : index + 1] == "\t":
                reason = "indented with a tabulator; use spaces"
            raise self._wrong(reason, line, column) from None
        except yaml.YAMLError as problem:
            raise self._wrong(f"not valid YAML: {str(problem).splitlines()[0]}", 1, 1) from None

    def _note(self, message: str, line: int, column: int) -> None:
        """Go on without what is wrong here."""
        if len(self.faults) == MOST_FAULTS:
            raise self._wrong(f"more than {MOST_FAULTS} problems; this and later ones are not shown", line, column)
        self.faults.append(Fault(line, column, self._wrong(message, line, column)))

    def _note_at(self, message: str, event: yaml.events.Event) -> None:
        mark = _mark(event.start_mark)
        self._note(message, mark.line + 1, mark.column + 1)

    def _wrong(self, message: str, line: int, column: int) -> DcctlError:
        return self.error(visible(message), where=f"{self.file}:{line}:{column}")

    def _wrong_at(self, message: str, event: yaml.events.Event) -> DcctlError:
        mark = _mark(event.start_mark)
        return self._wrong(message, mark.line + 1, mark.column + 1)

    def _take(self, event: yaml.events.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event)
            mark, end = _mark(event.start_mark), _mark(event.end_mark)
            node = Node(self._scalar(event), mark.line + 1, mark.column + 1, mark.index, end.index)
            self._add(node, 1, event.anchor)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._refuse_tag(event)
            if len(self.stack) >= DEEPEST:
                raise self._wrong_at(f"nested more than {DEEPEST} levels deep", event)
            self.stack.append(_Open(event, {} if isinstance(event, yaml.MappingStartEvent) else None))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self.stack.pop()
            value = done.items if done.entries is None else done.entries
            node = Node(value, done.line, done.column, done.start, _mark(event.end_mark).index, done.flow)
            self._add(node, done.size, done.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._wrong_at("a second document begins here; one file is one document", event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            raise self._wrong_at(f"more than {MOST_ALIASES} aliases", event)
        known = self.anchors.get(event.anchor or "")
        if known is None:
            self._note_at(f"the alias *{event.anchor} has no finished anchor before it", event)
        node, size = known or (Node(None, 0, 0, 0, 0), 1)
        mark, end = _mark(event.start_mark), _mark(event.end_mark)
        placed = node._replace(line=mark.line + 1, column=mark.column + 1, start=mark.index, end=end.index)
        self._add(placed, size, None)

    def _add(self, node: Node, size: int, anchor: str | None) -> None:
        """Put a finished value where it belongs. ``size``: how many values it holds, itself included."""
        if anchor is not None:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.result = node
            return
        parent = self.stack[-1]
        parent.size += size
        if parent.size > MOST_VALUES:
            raise self._wrong(
                f"more than {MOST_VALUES} values, aliases counted as often as used", node.line, node.column
            )
        if parent.entries is None:
            parent.items.append(node)
        elif parent.key is None:
            self._check_key(node, parent.entries)
            parent.key = node
        else:
            if isinstance(parent.key.value, str):
                parent.entries.setdefault(parent.key.value, Pair(parent.key, node))
            parent.key = None

    def _check_key(self, key: Node, entries: dict[str, Pair]) -> None:
        """Note what may not be a key. Of a duplicate the first counts from here on."""
        if not isinstance(key.value, str):
            self._note(f"a key must be a text, not {kind(key)}; quote it", key.line, key.column)
        elif key.value == "<<" and key.end - key.start == len(key.value):  # in quotes it is a key like others
            self._note("merge keys (<<) are not part of YAML 1.2; write the keys out", key.line, key.column)
        elif (earlier := entries.get(key.value)) is not None:
            self._note(f"duplicate key {key.value}, first on line {earlier.key.line}; remove one", key.line, key.column)

    def _refuse_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._note_at(f"the tag {tag} is not allowed; remove it", event)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        """The value by the core schema of YAML 1.2; only what is not quoted can be anything but a text."""
        text: str = event.value
        match = _CORE.fullmatch(text) if event.implicit[0] else None
        if match is None:
            return text
        if match.lastgroup == "null":
            return None
        if match.lastgroup == "bool":
            return text[0] in "tT"
        if len(text) > 18:
            self._note_at("a number of more than 18 characters; quote it if it is a text", event)
            return text
        if match.lastgroup == "int":
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
