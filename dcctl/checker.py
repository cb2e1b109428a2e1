"""Walking a strict YAML document: each question returns the value or notes what is wrong, so that one run finds every problem."""

from __future__ import annotations

from dcctl.strict_yaml import MOST_FAULTS as MOST_PROBLEMS
from dcctl.strict_yaml import Node, Pair, kind
from dcctl.words import suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from dcctl.errors import DcctlError
    from dcctl.strict_yaml import Fault

LONGEST_NAME = 100


class Checker:
    """Collects the problems of one file."""

    def __init__(self, file: str, error: type[DcctlError], faults: Sequence[Fault] = ()) -> None:
        """``faults``: what the parser found. Nothing else is said of these places: what stands there is no longer what was written."""
        self.file = file
        self.error = error
        self._found: list[tuple[int, int, DcctlError]] = list(faults)
        self._faulty = frozenset((fault.line, fault.column) for fault in faults)

    @property
    def problems(self) -> list[DcctlError]:
        """Everything that was noted, in the order of the file."""
        return [problem for _, _, problem in sorted(self._found, key=lambda found: found[:2])]

    def wrong(self, at: Node, message: str, *, resource: str | None = None) -> None:
        """Note a problem at a key or value. The message says what would be right, since a list of problems shows no hints."""
        if len(self._found) > MOST_PROBLEMS or (at.line, at.column) in self._faulty:
            return
        if len(self._found) == MOST_PROBLEMS:
            message = f"more than {MOST_PROBLEMS} problems; this and later ones are not shown"
        where = f"{visible(self.file)}:{at.line}:{at.column}"
        self._found.append((at.line, at.column, self.error(visible(message), where=where, resource=resource)))

    def mapping(self, node: Node, what: str) -> dict[str, Pair]:
        """The entries; none if it is something else, which is noted."""
        if isinstance(node.value, dict):
            return node.value
        self.wrong(node, f"{what} must be a mapping, not {kind(node)}" + ("; write {}" if node.value is None else ""))
        return {}

    def record(
        self, node: Node, what: str, known: Collection[str], *, required: Collection[str] = ()
    ) -> dict[str, Node]:
        """The values of a mapping with known keys; unknown and missing ones are noted."""
        if not isinstance(node.value, dict):
            self.mapping(node, what)
            return {}
        found = {}
        for name, pair in node.value.items():
            if name in known:
                found[name] = pair.value
            else:
                self.unknown(pair.key, f"{what} has an unknown key {name}", name, known)
        for name in required:
            if name not in node.value:
                self.wrong(node, f"{what} lacks {name}")
        return found

    def unknown(self, at: Node, message: str, name: str, known: Collection[str]) -> None:
        """Note a wrong word, with what was probably meant."""
        if len(self._found) < MOST_PROBLEMS:
            hint = suggestion(name, known) or f"known: {', '.join(sorted(known))}"
            self.wrong(at, f"{message}; {hint}", resource=name)
        else:
            self.wrong(at, message)

    def version(self, node: Node | None, known: int) -> None:
        """Note a version that this dcctl cannot read."""
        if node is not None and (node.value != known or isinstance(node.value, bool)):
            newer = isinstance(node.value, int) and node.value > known
            remedy = "it needs a newer dcctl" if newer else f"write version: {known}"
            self.wrong(node, f"the version is {kind(node)}, and this dcctl reads version {known}; {remedy}")

    def text(self, node: Node, what: str) -> str | None:
        """A text on one line, not empty."""
        if not isinstance(node.value, str):
            quote = "; quote it" if isinstance(node.value, (int, float)) else ""
            self.wrong(node, f"{what} must be a text, not {kind(node)}{quote}")
            return None
        if not node.value.strip() or any(ord(character) < 32 for character in node.value):
            self.wrong(node, f"{what} must be a text on one line, not empty")
            return None
        return node.value

    def switch(self, node: Node, what: str) -> bool | None:
        """True or false."""
        if not isinstance(node.value, bool):
            self.wrong(node, f"{what} must be true or false, not {kind(node)}")
            return None
        return node.value

    def whole_number(self, node: Node, what: str, *, least: int, most: int) -> int | None:
        """A whole number between the two, both included."""
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(node, f"{what} must be a whole number from {least} to {most}, not {kind(node)}")
            return None
        return value

    def converted(self, node: Node, what: str, convert: Callable[[str], int]) -> int | None:
        """A text that ``convert`` understands; its ``ValueError`` says what would be right."""
        if isinstance(node.value, (dict, list, bool)) or node.value is None:
            self.wrong(node, f"{what} cannot be {kind(node)}")
            return None
        try:
            return convert(node.value if isinstance(node.value, str) else str(node.value))
        except ValueError as problem:
            self.wrong(node, f"{what} {problem}")
            return None

    def name(self, key: Node, what: str) -> None:
        """Note a name that could not be typed, shown or listed safely."""
        name = str(key.value)
        if not is_name(name):
            self.wrong(
                key,
                f"{kind(key).removeprefix('the text ')} cannot be the name of {what}: a name is at most {LONGEST_NAME} letters,"
                " digits and . _ : + @ -, beginning with a letter or digit",
                resource=name,
            )


def is_name(name: str) -> bool:
    """Whether something in our files may be called so: safe in a shell, a table, a path; ``/`` separates realm and name."""
    return (
        name.isascii()
        and len(name) <= LONGEST_NAME
        and name[:1].isalnum()
        and all(character.isalnum() or character in "._:+@-" for character in name)
    )
