"""A catalogue's text to its form, with every problem at once. Imports the YAML parser: only where the cache has no answer."""

from __future__ import annotations

from typing import TypeVar

from dcctl import sizes, strict_yaml
from dcctl.catalogue.form import CatalogueForm, ImageForm, RealmForm, SectionForm
from dcctl.catalogue.profiles import read_profile
from dcctl.checker import Checker
from dcctl.errors import CatalogueError, Problems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from dcctl.errors import DcctlError
    from dcctl.strict_yaml import Node

T = TypeVar("T")

VERSION = 1
_TOP = ("version", "hardware_profiles", "realms", "images")
_REALM = ("name", "limits")
_IMAGE = ("source", "sha256", "sha512", "architecture", "user", "description", "minimum")
_DIGESTS = {"sha256": 64, "sha512": 128}
_MOST = 1_000_000


def read(content: bytes, file: str) -> tuple[CatalogueForm, list[DcctlError]]:
    """The form and what is wrong with the file; if something is, the form is not to be used."""
    empty: CatalogueForm = {"hardware_profiles": {}, "realms": {}, "images": {}}
    try:
        document, faults = strict_yaml.examine(content, file, CatalogueError)
    except Problems as problem:
        return empty, list(problem.problems)
    except CatalogueError as problem:
        return empty, [problem]
    checker = Checker(file, CatalogueError, faults)
    if document.value is None:
        checker.wrong(document, "the catalogue is empty; it begins with version: 1")
        return empty, checker.problems
    top = checker.record(document, "the catalogue", _TOP, required=("version",))
    checker.version(top.get("version"), VERSION)
    form: CatalogueForm = {
        "hardware_profiles": _entries(checker, top, "hardware_profiles", "hardware profile", read_profile),
        "realms": _entries(checker, top, "realms", "realm", _realm),
        "images": _entries(checker, top, "images", "image", _image),
    }
    return form, checker.problems


def _entries(
    checker: Checker, top: dict[str, Node], section: str, noun: str, read_one: Callable[[Checker, str, Node], T]
) -> dict[str, T]:
    if section not in top:
        return {}
    found = {}
    for name, pair in checker.mapping(top[section], section).items():
        checker.name(pair.key, f"an {noun}" if noun == "image" else f"a {noun}")
        found[name] = read_one(checker, f"{noun} {name}", pair.value)
    return found


def _realm(checker: Checker, what: str, node: Node) -> RealmForm:
    name, limits, sections = what.partition(" ")[2], {}, {}
    for key, pair in checker.mapping(node, what).items():
        if key == "name":
            name = checker.text(pair.value, f"the name of {what}") or name
        elif key == "limits":
            limits = _limits(checker, what, pair.value)
        elif not is_driver_name(key):
            checker.wrong(
                pair.key,
                f"{what}: a driver's name is lower-case letters, digits and -, not {strict_yaml.kind(pair.key)}",
            )
        elif near := _misspelt(key):
            checker.wrong(pair.key, f"{what} has an unknown key {key}; did you mean {near}?", resource=key)
        elif isinstance(pair.value.value, dict):
            sections[key] = _section(pair.key, pair.value.value)
        else:
            remedy = f"; write {key}: {{}}" if pair.value.value is None else ""
            checker.wrong(
                pair.key,
                f"{what}: {key}, taken for a driver's section, must be a mapping, not {strict_yaml.kind(pair.value)}{remedy}",
                resource=key,
            )
    return {"name": name, "limits": limits, "position": (node.line, node.column), "sections": sections}


def is_driver_name(name: str) -> bool:
    """Whether a driver may be called so; whether there is one is asked only when it is selected."""
    return name.isascii() and name[:1].isalpha() and name == name.lower() and name.replace("-", "").isalnum()


def _misspelt(key: str) -> str | None:
    """``limits`` for ``limit``: otherwise a slip of the pen would be taken for the section of a driver that nobody has."""
    from difflib import get_close_matches  # noqa: PLC0415  only for realms, only on a cold cache

    close = get_close_matches(key, _REALM, n=1, cutoff=0.8)
    return close[0] if close else None


def _section(key: Node, entries: dict[str, strict_yaml.Pair]) -> SectionForm:
    options = {
        option: (strict_yaml.plain(pair.value), (pair.key.line, pair.key.column)) for option, pair in entries.items()
    }
    return {"position": (key.line, key.column), "options": options}


def _limits(checker: Checker, what: str, node: Node) -> dict[str, int]:
    found = {}
    for key, value in checker.record(node, f"limits of {what}", ("instances", "cpu", "memory", "storage")).items():
        label = f"the limit of {key} of {what}"
        if key in ("memory", "storage"):
            limit = checker.converted(value, label, sizes.memory if key == "memory" else sizes.storage)
        else:
            # No instances: a realm that is being emptied.
            limit = checker.whole_number(value, label, least=0 if key == "instances" else 1, most=_MOST)
        if limit is not None:
            found[key] = limit
    return found


def _image(checker: Checker, what: str, node: Node) -> ImageForm:
    found = checker.record(node, what, _IMAGE, required=("source",))
    texts = {
        key: checker.text(found[key], f"{key} of {what}")
        for key in ("source", "architecture", "user", "description")
        if key in found
    }
    digest = _digest(checker, what, found)
    source = texts.get("source")
    if source is not None:
        _check_source(checker, what, found["source"], source, digest)
    architecture = texts.get("architecture")
    if architecture is not None and not sizes.is_label(architecture):
        checker.wrong(found["architecture"], f"architecture of {what} must be a word such as x86_64")
    user = texts.get("user")
    if user is not None and not is_user(user):
        checker.wrong(found["user"], f"user of {what} must be an account such as debian")
    minimum = (
        checker.record(found["minimum"], f"minimum of {what}", ("storage", "memory")) if "minimum" in found else {}
    )
    storage, memory = minimum.get("storage"), minimum.get("memory")
    return {
        "source": source or "",
        "digest": digest,
        "architecture": architecture,
        "user": user,
        "description": texts.get("description"),
        "minimum_storage_gib": storage and checker.converted(storage, f"minimum storage of {what}", sizes.storage),
        "minimum_memory_mib": memory and checker.converted(memory, f"minimum memory of {what}", sizes.memory),
    }


def is_user(name: str) -> bool:
    """Whether an account may be called so."""
    return name.isascii() and len(name) <= 32 and name[:1].isalpha() and name.translate(_USER_MARKS).isalnum()


_USER_MARKS = str.maketrans("", "", "_-.")


def _digest(checker: Checker, what: str, found: dict[str, Node]) -> str | None:
    given = [algorithm for algorithm in _DIGESTS if algorithm in found]
    if len(given) > 1:
        checker.wrong(found[given[1]], f"{what} has both {' and '.join(given)}; one is enough")
    for algorithm in given:
        node = found[algorithm]
        text = checker.text(node, f"{algorithm} of {what}")
        if text is None:
            continue
        if len(text) != _DIGESTS[algorithm] or not set(text.lower()) <= set("0123456789abcdef"):
            checker.wrong(node, f"{algorithm} of {what} must be {_DIGESTS[algorithm]} hexadecimal digits")
            continue
        return f"{algorithm}:{text.lower()}"
    return None


def _check_source(checker: Checker, what: str, node: Node, source: str, digest: str | None) -> None:
    scheme, separator, rest = source.partition("://")
    if not separator:
        return  # a path
    if scheme not in ("https", "http") or not rest or " " in source:
        checker.wrong(node, f"source of {what} must be a path or begin with https:// or http://")
    elif scheme == "http" and digest is None:
        checker.wrong(
            node, f"source of {what} comes over http, where anybody may change it; give its sha256, or use https"
        )
