"""A manual page in man(7) macros, ASCII, lines short. Only what our pages need."""

from __future__ import annotations

import re
import textwrap

from dcctl import __version__

REVISED = "2026-11-25"
"""The date in the footer: when the pages last changed considerably. Not today's, so that the same tree makes the same pages."""

_WIDTH = 78
_CODE = re.compile(r"``(.+?)``")
_STRESSED = re.compile(r"\*(\w+)\*")
_CHARACTERS = {
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    "–": r"\(en",
    "…": "...",
    "→": r"\(->",
}


class Page:
    """One page: ``Page("dcctl-hwp", 1, "hardware profiles")``, then its sections from top to bottom.

    Texts are plain; ``code`` in double backticks becomes bold. Sentences begin on lines of their own, as roff wants them.
    """

    def __init__(self, name: str, section: int, summary: str) -> None:
        self.file = f"{name}.{section}"
        self._lines = [
            r".\" Made by tools/man_pages.py; changes here are lost.",
            f'.TH {escaped(name.upper())} {section} {REVISED} "dcctl {__version__}" "dcctl manual"',
            ".SH NAME",
            rf"{escaped(name)} \- {inline(summary)}",
        ]
        self._after_heading = True

    def heading(self, text: str) -> Page:
        return self._heading("SH", text.upper())

    def subheading(self, text: str) -> Page:
        return self._heading("SS", text)

    def paragraph(self, text: str) -> Page:
        """A paragraph; the first after a heading needs no break before it."""
        if not self._after_heading:
            self._lines.append(".PP")
        return self._text(text)

    def synopsis(self, line: str) -> Page:
        """One way to call the command; what is not an option is a place holder and set off by its capitals."""
        if not self._after_heading:
            self._lines.append(".br")
        self._lines.append(self._guarded(inline(line)))
        self._after_heading = False
        return self

    def tagged(self, tag: str, text: str) -> Page:
        """A term and what it means."""
        self._lines += [".TP", self._guarded(inline(tag))]
        return self._text(text)

    def example(self, lines: str) -> Page:
        """Lines as they are."""
        if not self._after_heading:
            self._lines.append(".PP")
        self._lines += [".RS 4", ".nf"]
        self._lines += [self._guarded(escaped(line)) for line in lines.strip("\n").split("\n")]
        self._lines += [".fi", ".RE"]
        self._after_heading = False
        return self

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _heading(self, macro: str, text: str) -> Page:
        self._lines.append(f'.{macro} "{escaped(text)}"' if " " in text else f".{macro} {escaped(text)}")
        self._after_heading = True
        return self

    def _text(self, text: str) -> Page:
        for sentence in re.split(r"(?<=[.:;?!]) +(?=[A-Z`])", " ".join(text.split())):
            wrapped = textwrap.wrap(inline(sentence), _WIDTH, break_long_words=False, break_on_hyphens=False)
            self._lines += [self._guarded(line) for line in wrapped]
        self._after_heading = False
        return self

    @staticmethod
    def _guarded(line: str) -> str:
        """A text that begins like a request is no request; an empty line would be one."""
        return r"\&" + line if not line or line.startswith((".", "'")) else line


def escaped(text: str) -> str:
    return "".join(_CHARACTERS.get(character, character) for character in text)


def inline(text: str) -> str:
    """Escaped, with ``code`` in bold and *stressed* words in italics."""
    parts = _CODE.split(text)
    return "".join(rf"\fB{escaped(part)}\fR" if odd % 2 else _stressed(part) for odd, part in enumerate(parts))


def _stressed(text: str) -> str:
    parts = _STRESSED.split(text)
    return "".join(rf"\fI{escaped(part)}\fR" if odd % 2 else escaped(part) for odd, part in enumerate(parts))
