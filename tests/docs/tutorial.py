"""The tutorial as a reader types it: files and commands, in the order of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "drivers" / "README.md"

_BLOCK = re.compile(r"(?:^`(?P<path>[\w./-]+)`\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One block. With a ``path`` it is the end of that file, otherwise commands for a shell."""

    chapter: str
    path: str | None
    text: str


def steps() -> list[Step]:
    """Raises ``ValueError`` for a block that is neither a file nor commands, since a reader would not know what to do with it."""
    found = []
    for chapter in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title = chapter.partition("\n")[0]
        for block in _BLOCK.finditer(chapter):
            if (block["path"] is None) != (block["kind"] == "sh"):
                raise ValueError(f"a block of {title} is neither a file nor commands: {block['text'][:60]}")
            found.append(Step(title, block["path"], block["text"]))
    return found
