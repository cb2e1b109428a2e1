"""Write the manual pages: ``python tools/man_pages.py man`` (``make man``).

Section 1 comes from the tree of commands, section 7 from the contract and from what the drivers declare, section 5 is written here. The
pages are checked in; ``tests/docs/test_man_pages.py`` compares them with what this program writes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from manual import commands, drivers, files
from manual.roff import Page


def pages() -> list[Page]:
    """Every page that is generated."""
    return [*commands.pages(), *files.pages(), *drivers.pages()]


def main(folder: Path) -> None:
    """Write all pages; what else lies in the folder is left alone."""
    for page in pages():
        # A folder for each section, as man(1) wants below a directory of its path.
        section = folder / f"man{page.file[-1]}"
        section.mkdir(parents=True, exist_ok=True)
        (section / page.file).write_text(page.text(), encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/man_pages.py FOLDER")
    main(Path(sys.argv[1]))
