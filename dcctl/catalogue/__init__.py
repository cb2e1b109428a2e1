"""The catalogue: hardware profiles, realms and images to import, from ``profiles.yaml``.

    catalogue = load(None)
    small = catalogue.profile("small")
    realms = catalogue.realms(MockDriver)

Reading needs the YAML parser only when the file has changed since the last command; nouns are built when they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeVar

from dcctl import cache, files, paths
from dcctl.errors import CatalogueError, NotFound, Problems, raise_all
from dcctl.frozen import frozen
from dcctl.hardware import Choices, Fixed, HardwareProfile, Property, Range
from dcctl.words import as_name, suggestion, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcctl.catalogue.form import Allowed, CatalogueForm, RealmForm
    from dcctl.driver import Driver
    from dcctl.errors import DcctlError
    from dcctl.model import Realm

T = TypeVar("T")


@frozen
class CatalogueImage:
    """A known template that can be imported by name. ``source``: an https URL, or an absolute path; ``digest``: ``sha256:…``."""

    name: str
    source: str
    digest: str | None = None
    architecture: str | None = None
    user: str | None = None
    description: str | None = None
    minimum_storage_gib: int | None = None
    minimum_memory_mib: int | None = None


@frozen
class RealmEntry:
    """A realm as the file has it, whatever the driver. ``sections``: what it says for each driver, unchecked."""

    id: str
    name: str
    limits: Mapping[str, int] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


class _Lazy(Mapping[str, T]):
    """Nouns by name, in the order of the file, each built when it is asked for."""

    def __init__(self, forms: Mapping[str, Any], build: Callable[[str], T]) -> None:
        self._forms = forms
        self._build = build
        self._built: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._built:
            if name not in self._forms:
                raise KeyError(name)
            self._built[name] = self._build(name)
        return self._built[name]

    def __contains__(self, name: object) -> bool:
        return name in self._forms

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)


class Catalogue:
    """What ``load`` returns. Every name in it is safe to show, and every size is checked; read-only."""

    def __init__(self, path: str, form: CatalogueForm) -> None:
        self.path = path
        self._form = form
        self.profiles: Mapping[str, HardwareProfile] = _Lazy(form["hardware_profiles"], self._profile)
        self.images: Mapping[str, CatalogueImage] = _Lazy(form["images"], self._image)
        self.realm_entries: Mapping[str, RealmEntry] = _Lazy(form["realms"], self._realm_entry)

    def profile(self, name: str) -> HardwareProfile:
        """The hardware profile with this name. Raises ``NotFound`` with close matches."""
        return self._found(self.profiles, name, "hardware profile")

    def image(self, name: str) -> CatalogueImage:
        """The importable image with this name. Raises ``NotFound`` with close matches."""
        return self._found(self.images, name, "image in the catalogue")

    def realms(self, driver: type[Driver]) -> tuple[Realm, ...]:
        """The realms that have a section for this driver, its options checked; if there are none, the driver's implicit ones.

        Raises ``CatalogueError`` or ``Problems`` for options that the driver does not declare or that have wrong values.
        """
        problems: list[DcctlError] = []
        realms = [
            self._realm(identifier, form, driver, problems)
            for identifier, form in self._form["realms"].items()
            if driver.name in form["sections"]
        ]
        raise_all(problems)
        return tuple(realms) or driver.implicit_realms()

    def sections(self) -> dict[str, tuple[str, str]]:
        """Each driver that a realm has a section for: the first such realm, and the section's place as file:line:column."""
        found: dict[str, tuple[str, str]] = {}
        for realm, form in self._form["realms"].items():
            for driver, section in form["sections"].items():
                line, column = section["position"]
                found.setdefault(driver, (realm, f"{visible(self.path)}:{line}:{column}"))
        return found

    def _found(self, among: Mapping[str, T], name: str, noun: str) -> T:
        if name not in among:
            raise NotFound(f"there is no {noun} {as_name(name)}", hint=suggestion(name, among), resource=name)
        return among[name]

    def _profile(self, name: str) -> HardwareProfile:
        form = self._form["hardware_profiles"][name]
        return HardwareProfile(name, {Property(key): _allowed(allowed) for key, allowed in form.items()})

    def _image(self, name: str) -> CatalogueImage:
        form = self._form["images"][name]
        source = form["source"]
        if "://" not in source:
            here = os.path.dirname(os.path.abspath(self.path))
            source = os.path.normpath(paths.expand(source, os.environ, relative_to=here))
        return CatalogueImage(
            name=name,
            source=source,
            digest=form["digest"],
            architecture=form["architecture"],
            user=form["user"],
            description=form["description"],
            minimum_storage_gib=form["minimum_storage_gib"],
            minimum_memory_mib=form["minimum_memory_mib"],
        )

    def _realm_entry(self, identifier: str) -> RealmEntry:
        form = self._form["realms"][identifier]
        sections = {
            driver: {option: value for option, (value, _) in section["options"].items()}
            for driver, section in form["sections"].items()
        }
        return RealmEntry(identifier, form["name"], dict(form["limits"]), sections)

    def _realm(self, identifier: str, form: RealmForm, driver: type[Driver], problems: list[DcctlError]) -> Realm:
        from dcctl.model import Realm  # noqa: PLC0415  whoever has a driver has the model already
        from dcctl.settings import parse_values  # noqa: PLC0415

        section = form["sections"][driver.name]
        options = section["options"]
        values, wrong = parse_values(driver.realm_options, {name: value for name, (value, _) in options.items()})
        for name, message in wrong.items():
            line, column = options[name][1] if name in options else section["position"]
            problems.append(
                CatalogueError(
                    f"realm {identifier}, {driver.name}: {visible(message)}",
                    hint=None if name in options else f"add {name} to the section",
                    resource=name,
                    where=f"{visible(self.path)}:{line}:{column}",
                )
            )
        return Realm(identifier, form["name"], values, dict(form["limits"]))


def load(path: str | None = None) -> Catalogue:
    """The catalogue in this file; None: the one that comes with dcctl, which is never looked for in the working directory.

    Raises ``CatalogueError``, or ``Problems`` with one ``CatalogueError`` for everything that is wrong, each with its place.
    """
    file = path if path is not None else paths.default_catalogue()
    status = files.status(file, CatalogueError, trusted=path is None)
    stored: Any = cache.load("catalogue", file, status, os.environ)
    if stored is not None:
        return Catalogue(file, stored)
    from dcctl.catalogue.reader import read  # noqa: PLC0415  22 ms with the YAML parser, only after an edit

    content, status = files.read(file, CatalogueError)
    form, problems = read(content, file)
    raise_all(problems)
    cache.store("catalogue", file, status, form, os.environ)
    return Catalogue(file, form)


def inspect(path: str | None = None) -> tuple[Catalogue, list[DcctlError]]:
    """The catalogue as far as it can be made out, and everything that is wrong with the file, for whoever looks for more of that.

    Raises ``CatalogueError`` for a file that cannot be read.
    """
    from dcctl.catalogue.reader import read  # noqa: PLC0415  as in load()

    file = path if path is not None else paths.default_catalogue()
    files.status(file, CatalogueError, trusted=path is None)
    form, problems = read(files.read(file, CatalogueError)[0], file)
    return Catalogue(file, form), problems


def check(path: str | None = None) -> list[CatalogueError]:
    """Everything that is wrong with a catalogue, in the order of the file; nothing if it can be used."""
    try:
        load(path)
    except Problems as problems:
        return [problem for problem in problems.problems if isinstance(problem, CatalogueError)]
    except CatalogueError as problem:
        return [problem]
    return []


def _allowed(form: Allowed) -> Fixed | Range | Choices:
    if form[0] == "fixed":
        return Fixed(form[1])
    if form[0] == "range":
        return Range(form[1], form[2], form[3])
    return Choices(form[1], form[2])
