"""Writing a package for a new driver: one that passes its tests at once, with a provider in memory to be replaced."""

from __future__ import annotations

import os
from contextlib import suppress

from dcctl.driver import CONTRACT
from dcctl.errors import Conflict, Failed, Usage
from dcctl.frozen import frozen
from dcctl.registry import BUILT_IN, ENTRY_POINTS
from dcctl.words import visible

LONGEST_NAME = 40

FILES = {
    "pyproject.toml": "pyproject.toml.in",
    "README.md": "README.md.in",
    "ci.sh": "ci.sh.in",
    "src/@PACKAGE@/__init__.py": "init.py.in",
    "src/@PACKAGE@/driver.py": "driver.py.in",
    "src/@PACKAGE@/provider.py": "provider.py.in",
    "src/@PACKAGE@/py.typed": None,
    "tests/test_contract.py": "test_contract.py.in",
}
"""Each file of the package, and the template that it is made from; None: it is empty."""

_OURS = ("drivers",)
"""Names whose package would be one of dcctl's own."""


@frozen
class Naming:
    """What is called how, made of the driver's name."""

    name: str

    @property
    def project(self) -> str:
        return f"dcctl-{self.name}"

    @property
    def package(self) -> str:
        return f"dcctl_{self.name.replace('-', '_')}"

    @property
    def short(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))

    def fill(self, text: str) -> str:
        """The text with names in the places that wait for them."""
        words = {
            "NAME": self.name,
            "PROJECT": self.project,
            "PACKAGE": self.package,
            "CLASS": f"{self.short}Driver",
            "SHORT": self.short,
            "GROUP": ENTRY_POINTS,
            "CONTRACT": str(CONTRACT),
        }
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text


def naming(name: str) -> Naming:
    """Raises ``Usage`` for what cannot be the name of a new driver, ``Conflict`` for one that dcctl has itself."""
    parts = name.split("-")
    if (
        not (name.isascii() and name == name.lower() and name[:1].isalpha() and len(name) <= LONGEST_NAME)
        or not all(part.isalnum() for part in parts)
        or name in _OURS
    ):
        raise Usage(
            f"a driver cannot be called {visible(name)}",
            hint=f"use at most {LONGEST_NAME} lower-case letters and digits, in parts joined by -, such as rack",
        )
    if name in BUILT_IN:
        raise Conflict(f"dcctl has a driver called {name} itself", hint="choose another name")
    return Naming(name)


def write(wanted: Naming, directory: str) -> list[str]:
    """Write the package and return the paths of its files. The directory must be new or empty.

    Raises ``Conflict`` when something is in it, ``Failed`` when it cannot be written; then what was written is removed.
    """
    made = not os.path.lexists(directory)
    if not made and (not os.path.isdir(directory) or os.listdir(directory)):
        raise Conflict(
            f"{visible(directory)} exists already, and is no empty directory",
            hint="name a new directory",
            resource=directory,
        )
    written: list[str] = []
    try:
        for path, template in FILES.items():
            target = os.path.join(directory, *wanted.fill(path).split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "x", encoding="utf-8") as file:
                written.append(target)
                file.write("" if template is None else wanted.fill(_template(template)))
    except (OSError, ValueError) as error:
        _remove(written, directory, itself=made)
        reason = getattr(error, "strerror", None) or error
        raise Failed(
            f"cannot write {visible(directory)}: {reason}",
            hint="nothing was left there; name another directory",
            resource=directory,
        ) from error
    return written


def _template(name: str) -> str:
    with open(os.path.join(os.path.dirname(__file__), "templates", name), encoding="utf-8") as file:
        return file.read()


def _remove(written: list[str], directory: str, *, itself: bool) -> None:
    """What was written, and the directories that are empty then. What somebody else put there meanwhile stays."""
    for path in written:
        with suppress(OSError):
            os.unlink(path)
    for folder, _, _ in os.walk(directory, topdown=False):
        if itself or folder != directory:
            with suppress(OSError):
                os.rmdir(folder)
